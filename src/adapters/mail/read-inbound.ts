import PostalMime, { decodeWords, type Email } from "postal-mime";
import { errorText } from "../../domain/text.ts";

/** A probe of ours is one or two KB; forwarding adds headers, not megabytes. */
export const MAX_INBOUND_BYTES = 256 * 1024;

const REPORT = /^\s*multipart\/report\b/i;
/** Parts that nothing else has: RFC 3464, RFC 6533, RFC 8098 and RFC 5965. */
const REPORT_PART = /^message\/((global-)?(delivery-status|disposition-notification)|feedback-report)$/;
/** Messages within are left closed by the parser and opened here, where their number is limited. */
const PARSE_OPTIONS = { maxNestingDepth: 20, maxHeadersSize: 128 * 1024, forceRfc822Attachments: true };
/**
 * Parsed in all for one message. A message within another is parsed once more for each level at which it
 * lies, so a chain of them would otherwise make minutes of work out of a few KB of headers.
 */
const MAX_PARSED_BYTES = 2 * MAX_INBOUND_BYTES;

export type InboundMail =
  | { readonly ok: true; readonly texts: readonly string[] }
  | {
      readonly ok: false;
      /** For the sender. */
      readonly reason: string;
    };

/**
 * Every text of a message in which a token of ours may stand, decoded: subject, headers, plain and HTML
 * bodies, also those of messages that were forwarded whole. Rejects only with what breaks `raw`.
 *
 * @param rawSize bytes, as announced; what comes is bounded as well
 */
export async function readInbound(raw: ReadableStream<Uint8Array>, rawSize: number): Promise<InboundMail> {
  const tooLarge: InboundMail = { ok: false, reason: "this message is too large" };
  if (rawSize > MAX_INBOUND_BYTES) return tooLarge;
  const bytes = await readAtMost(raw, MAX_INBOUND_BYTES);
  if (bytes === null) return tooLarge;
  try {
    return await openMail(bytes);
  } catch (error) {
    return { ok: false, reason: `this message cannot be read: ${errorText(error, 80)}` };
  }
}

async function openMail(bytes: Uint8Array): Promise<InboundMail> {
  const texts: string[][] = [];
  let parsedBytes = 0;
  // Grows while it is walked, by the messages that are found.
  const messages: (Uint8Array | ArrayBuffer)[] = [bytes];
  for (const message of messages) {
    parsedBytes += message.byteLength;
    if (parsedBytes > MAX_PARSED_BYTES) return { ok: false, reason: "this message holds too many others" };
    const mail = await PostalMime.parse(message, PARSE_OPTIONS);
    if (isReport(mail)) return { ok: false, reason: "this is a report about a message" };
    texts.push(textsOf(mail));
    for (const inner of messagesIn(mail)) messages.push(inner);
  }
  // Never spread into arguments: a message may have more headers than a call may have of those.
  return { ok: true, texts: texts.flat() };
}

function textsOf(mail: Email): string[] {
  // The parser decodes a few of them by itself, such as the subject.
  const headers = mail.headers.map(({ value }) => decodeWords(value));
  const html = mail.html === undefined ? [] : [stripMarkup(mail.html)];
  return [...headers, mail.text ?? "", ...html];
}

/** Those that were forwarded whole, be it as attachment or not. */
function messagesIn(mail: Email): (Uint8Array | ArrayBuffer)[] {
  return mail.attachments.flatMap(({ mimeType, content }) =>
    mimeType === "message/rfc822" && typeof content !== "string" ? [content] : [],
  );
}

/**
 * A report that a message could not be delivered has that message inside, token and all, and proves the
 * opposite of its arrival. Not all of them are as RFC 3464 wants them: qmail and Exim write one plain text,
 * and robots that hold a message back until somebody confirms it write an answer (RFC 3834). What forwards
 * a message of ours leaves its `auto-generated` as it is.
 */
function isReport(mail: Email): boolean {
  if (mail.attachments.some(({ mimeType }) => REPORT_PART.test(mimeType))) return true;
  if (/^mailer-daemon@/i.test(mail.from?.address ?? "")) return true;
  return mail.headers.some(
    ({ key, value }) =>
      key === "x-failed-recipients" ||
      (key === "content-type" && REPORT.test(value)) ||
      (key === "auto-submitted" && /^auto-replied\b/i.test(value)),
  );
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
