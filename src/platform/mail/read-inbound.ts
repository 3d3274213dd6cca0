import PostalMime, { decodeWords } from "postal-mime";
import type { InboundMessage } from "../../mail/inbound/inbound-mail.ts";
import { errorText } from "../../core/text.ts";

/** A probe of ours is one or two KB; forwarding adds headers, not megabytes. */
export const MAX_INBOUND_BYTES = 256 * 1024;

const INNER_MESSAGE = /^message\/(rfc822|global)$/;
/** Messages within are left closed by the parser and opened here, where their number is limited. */
const PARSE_OPTIONS = { maxNestingDepth: 20, maxHeadersSize: 128 * 1024, forceRfc822Attachments: true };
/**
 * Parsed in all for one message. A message within another is parsed once more for each level at which it
 * lies, so a chain of them would otherwise make minutes of work out of a few KB of headers.
 */
const MAX_PARSED_BYTES = 2 * MAX_INBOUND_BYTES;

export type InboundMail =
  | { readonly ok: true; readonly message: InboundMessage }
  | {
      readonly ok: false;
      /** For the sender. */
      readonly reason: string;
    };

/**
 * A message, decoded, with those that are inside it. Rejects only with what breaks `raw`.
 *
 * @param rawSize bytes, as announced; what comes is bounded as well
 */
export async function readInbound(raw: ReadableStream<Uint8Array>, rawSize: number): Promise<InboundMail> {
  const tooLarge: InboundMail = { ok: false, reason: "this message is too large" };
  if (rawSize > MAX_INBOUND_BYTES) return tooLarge;
  const bytes = await readAtMost(raw, MAX_INBOUND_BYTES);
  if (bytes === null) return tooLarge;
  try {
    const message = await openMessage(bytes, { left: MAX_PARSED_BYTES });
    return message === null
      ? { ok: false, reason: "this message holds too many others" }
      : { ok: true, message };
  } catch (error) {
    return { ok: false, reason: `this message cannot be read: ${errorText(error, 80)}` };
  }
}

/** Null when there is more to parse than is left. */
async function openMessage(
  raw: Uint8Array | ArrayBuffer,
  bytes: { left: number },
): Promise<InboundMessage | null> {
  bytes.left -= raw.byteLength;
  if (bytes.left < 0) return null;
  const mail = await PostalMime.parse(raw, PARSE_OPTIONS);
  const parts: { type: string; text: string }[] = [];
  const messages: InboundMessage[] = [];
  for (const { mimeType: type, content } of mail.attachments) {
    if (typeof content === "string") continue;
    if (INNER_MESSAGE.test(type)) {
      const inner = await openMessage(content, bytes);
      if (inner === null) return null;
      messages.push(inner);
    } else if (/^(text|message)\//.test(type)) {
      parts.push({ type, text: new TextDecoder().decode(content) });
    }
  }
  return {
    from: (mail.from?.address ?? "").trim().toLowerCase(),
    // The parser decodes a few of them by itself, such as the subject.
    headers: mail.headers.map(({ key, value }) => ({ name: key, value: decodeWords(value) })),
    bodies: [mail.text ?? "", ...(mail.html === undefined ? [] : [stripMarkup(mail.html)])],
    parts,
    messages,
  };
}

/** Null when there is more than `maxBytes`. */
async function readAtMost(raw: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array | null> {
  const reader: ReadableStreamDefaultReader<Uint8Array> = raw.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.byteLength;
    if (length > maxBytes) {
      // Not waited for: nothing of it is wanted any more.
      reader.cancel().catch(() => undefined);
      return null;
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return bytes;
}

/** Mail programs put tags into the middle of long words. Nothing is shown, so no tag needs understanding. */
function stripMarkup(html: string): string {
  return html.replaceAll(/<[^<>]*>/g, "");
}
