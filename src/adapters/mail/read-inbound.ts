import PostalMime, { type Email } from "postal-mime";
import { errorText } from "../../domain/text.ts";

/** A probe of ours is one or two KB; forwarding adds headers, not megabytes. */
export const MAX_INBOUND_BYTES = 256 * 1024;

const REPORT = /^\s*multipart\/report\b/i;
/** Parts that nothing else has: RFC 3464, RFC 6533, RFC 8098 and RFC 5965. */
const REPORT_PART = /^message\/((global-)?(delivery-status|disposition-notification)|feedback-report)$/;
const PARSE_LIMITS = { maxNestingDepth: 20, maxHeadersSize: 128 * 1024 };
/** Messages within messages that are opened. */
const MAX_FORWARDS = 3;

export type InboundMail =
  | { readonly ok: true; readonly texts: readonly string[] }
  | {
      readonly ok: false;
      /** For the sender. */
      readonly reason: string;
    };

/**
 * Every text of a message in which a token of ours may stand, decoded: subject, headers, plain and HTML
 * bodies, also those of messages that were forwarded whole.
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
  const texts = await textsOf(await PostalMime.parse(bytes, PARSE_LIMITS), MAX_FORWARDS);
  return texts === null ? { ok: false, reason: "this is a report about a message" } : { ok: true, texts };
}

/** Null when a report is anywhere inside, also in a message that was forwarded. */
async function textsOf(mail: Email, depth: number): Promise<string[] | null> {
  if (isReport(mail)) return null;
  const headers = mail.headers.map(({ value }) => value);
  const html = mail.html === undefined ? [] : [stripMarkup(mail.html)];
  const texts = [mail.subject ?? "", ...headers, mail.text ?? "", ...html];
  if (depth === 0) return texts;
  for (const { mimeType, content } of mail.attachments) {
    // "Forward as attachment": the whole message is in there.
    if (mimeType !== "message/rfc822" || typeof content === "string") continue;
    const inner = await textsOf(await PostalMime.parse(content, PARSE_LIMITS), depth - 1);
    if (inner === null) return null;
    texts.push(...inner);
  }
  return texts;
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
      await reader.cancel();
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
