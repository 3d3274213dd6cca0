import { MAX_OUTPUT } from "../../heartbeats/ping.ts";
import { withTimeout } from "../../core/time/timeout.ts";
import { createDecoder } from "./decoder.ts";

/** A ping's body is read so far, bytes, and for so long, ms: decoding it takes time that the plan limits. */
const MAX_READ = 32 * 1024 * 1024;
const READ_MS = 5_000;
/** Pieces that a body may come in: some are empty, and without end they would keep the time from being noticed. */
const MAX_PIECES = 50_000;
/** So much is decoded at once, bytes, so that little is in memory. */
const MAX_PIECE = 64 * 1024;
/** So many decoded characters are kept: more than MAX_OUTPUT, as colours and white space are left out of it. */
const KEPT = 4 * MAX_OUTPUT;

/**
 * The end of what some work printed, at most MAX_OUTPUT characters: the last lines mostly say what went wrong. "…" stands
 * where something is left out: before it, or after it where the body was not read to its end. Bytes that do not fit the
 * charset become U+FFFD. A body that breaks off or comes too slowly is taken as far as it came, since the ping counts
 * whatever came of its text.
 *
 * @param contentType of the body, which may name its charset
 */
export async function readOutput(
  body: ReadableStream<Uint8Array> | null,
  contentType: string | null = null,
): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const tail = new Tail(createDecoder(contentType));
  try {
    const isWhole = await withTimeout(READ_MS, fill(tail, reader), () => false);
    return tail.end(isWhole);
  } finally {
    // Not waited for: nothing of it is wanted any more.
    reader.cancel().catch(() => undefined);
  }
}

/** Whether all of it was read. */
async function fill(tail: Tail, reader: ReadableStreamDefaultReader<Uint8Array>): Promise<boolean> {
  try {
    for (let read = 0, pieces = 0; read <= MAX_READ && pieces < MAX_PIECES; pieces++) {
      const { done, value } = await reader.read();
      if (done) return true;
      tail.add(value.subarray(0, MAX_READ - read));
      read += value.byteLength;
    }
  } catch {
    // Whoever pings has gone.
  }
  return false;
}

/** Colours of a terminal. */
// eslint-disable-next-line no-control-regex
const ESCAPES = /\u001b\[[\d;?]*[A-Za-z]/g;
// UTF-16 or UTF-32 without a name leaves them between letters.
// eslint-disable-next-line no-control-regex
const NULS = /\0+/g;
const CONTROLS = /[\u2028\u2029]|(?![\n\t])\p{Cc}/gu;

/** The last characters of what is added. All of it is decoded: no letter is cut, whatever the charset. */
class Tail {
  readonly #decode: ReturnType<typeof createDecoder>;
  #text = "";
  #isCut = false;

  constructor(decode: ReturnType<typeof createDecoder>) {
    this.#decode = decode;
  }

  add(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.byteLength; from += MAX_PIECE) {
      this.#append(this.#decode(bytes.subarray(from, from + MAX_PIECE)));
    }
  }

  end(isWhole: boolean): string {
    // Half a letter at the end of what was read is none.
    if (isWhole) this.#append(this.#decode(null));
    const text = this.#text
      .replaceAll(NULS, "")
      .replaceAll(/\r\n?/g, "\n")
      .replaceAll(ESCAPES, "")
      .replaceAll(CONTROLS, " ")
      .trim();
    if (text === "") return "";
    const after = isWhole ? "" : "…";
    const isCut = this.#isCut || text.length + after.length > MAX_OUTPUT;
    if (!isCut) return text + after;
    // Half a pair of surrogates would not survive UTF-8.
    const kept = text.slice(1 + after.length - MAX_OUTPUT).replace(/^[\udc00-\udfff]/, "");
    return `…${kept}${after}`;
  }

  #append(text: string): void {
    this.#text += text;
    if (this.#text.length <= 2 * KEPT) return;
    this.#text = this.#text.slice(-KEPT);
    this.#isCut = true;
  }
}
