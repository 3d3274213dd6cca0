import { createMimeMessage, type MIMEMessage } from "mimetext/browser";
import { LOOPBACK_MARK } from "../../self-check/loopback.ts";
import type { Mail } from "../../mail/message.ts";
import { oneLine, withoutDirections } from "../../core/text.ts";
import { encodeHeaderText } from "./header-text.ts";

/**
 * The message as it goes over the wire (RFC 5322), with the addresses alone in From and To. Header values
 * are made one line here whatever they were: mimetext does not strip CR and LF.
 *
 * @param sentAtMs Unix time for the Date header
 */
export function composeMime(message: Mail, from: string, sentAtMs: number): string {
  const mime = createMimeMessage();
  mime.setSender({ addr: addressLine(from) });
  mime.setTo({ addr: addressLine(message.to) });
  setUnencoded(mime, "Subject", encodeHeaderText(oneLine(message.subject, 400)));
  mime.setHeader("Date", new Date(sentAtMs).toUTCString().replace("GMT", "+0000"));
  mime.setHeader("Message-ID", `<${message.id}@${addressLine(from).split("@").at(-1) ?? "localhost"}>`);
  // Message-ID is replaced on the way; by this one a mail is found in the outbox (message.mail_id).
  mime.setHeader("X-Checker-Mail", oneLine(message.id));
  // RFC 3834: keeps vacation notes and other robots from answering. Exchange has a header of its own, where "All" would
  // also suppress the report that an alert was not delivered. Source: [MS-OXCMAIL] 2.2.3.2.14
  mime.setHeader("Auto-Submitted", "auto-generated");
  mime.setHeader("X-Auto-Response-Suppress", message.token === null ? "DR, RN, NRN, OOF, AutoReply" : "All");
  if (message.token !== null) mime.setHeader("X-Checker-Loopback", `${LOOPBACK_MARK}${message.token}`);
  const body = withoutDirections(message.body).replaceAll(/\r\n|\r|\n/g, "\r\n");
  if (isPlainAscii(body)) mime.addMessage({ contentType: "text/plain", data: body, encoding: "7bit" });
  else mime.addMessage({ contentType: "text/plain", data: toBase64Lines(body), encoding: "base64" });
  return mime.asRaw();
}

/** Never shortened: RFC 5321 section 4.5.3.1 allows an address of 320 characters at most, and checks are elsewhere. */
function addressLine(address: string): string {
  return oneLine(address, 10_000);
}

/** mimetext encodes the subject by itself, as one word without limit. */
function setUnencoded(mime: MIMEMessage, name: string, value: string): void {
  const field = mime.headers.set(name, value);
  field.dump = (text) => (typeof text === "string" ? text : "");
}

/** RFC 5322 section 2.1.1: 998 characters a line at most. */
function isPlainAscii(body: string): boolean {
  return /^[\r\n\t\x20-\x7e]*$/.test(body) && body.split("\r\n").every((line) => line.length <= 900);
}

function toBase64Lines(text: string): string {
  const bytes = new TextEncoder().encode(text);
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll(/.{76}/g, "$&\r\n");
}
