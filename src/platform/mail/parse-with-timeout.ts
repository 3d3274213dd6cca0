import { failAfter } from "../../core/time/timeout.ts";
import { readInbound, type InboundMail } from "./read-inbound.ts";

/**
 * How long an inbound message may be read and parsed, and how long the database may take to know it, ms.
 * Cloudflare cancels email() after some 30 s, and what its sender is told then nobody documents.
 * Source: https://github.com/cloudflare/cloudflare-docs/issues/11723
 */
const READ_MS = 10_000;
const RECOGNISE_MS = 10_000;

/**
 * As `readInbound`, but rejects when reading and parsing together take more than 10 s, and lets the stream go
 * then. A timer cannot interrupt the parser while it computes: what bounds that is the message's size and
 * depth, and Cloudflare's limit of CPU time.
 */
export async function parseMailWithTimeout(
  raw: ReadableStream<Uint8Array>,
  rawSize: number,
): Promise<InboundMail> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = raw.getReader();
  try {
    return await failAfter(READ_MS, "the message was not read", readInbound(streamOf(reader), rawSize));
  } finally {
    // Not waited for: a stream that is stuck may be so in this as well.
    reader.cancel().catch(() => undefined);
  }
}

/** What `reader` reads, so that whoever holds the reader can end it, whoever reads. */
function streamOf(reader: ReadableStreamDefaultReader<Uint8Array>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}

/** What `work` in the database resolves to; rejects when that takes more than 10 s. */
export function classifyMailWithTimeout<T>(work: Promise<T>): Promise<T> {
  return failAfter(RECOGNISE_MS, "the database did not answer", work);
}
