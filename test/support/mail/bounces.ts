/** An alert, and what mail servers and people write about it. */
import { composeMime } from "../../../src/platform/mail/compose.ts";
import { attached, multipart, textEntity } from "../fuzz/mime.ts";

export const MAIL_ID = "0123456789abcdef0123456789abcdef";
export const GONE = "gone@mailbox.test";
const BODY = "shop failed.\n\nReason: HTTP 503, and a delayed answer; it will retry\n";

/** As it was mailed. */
export const ALERT = composeMime(
  { id: MAIL_ID, to: GONE, subject: "[checker-eu] shop failed", body: BODY, token: null },
  "checker@example.com",
  Date.parse("2026-11-23T10:00:00Z"),
);
/** As it stands in a text. */
export const COPY = ALERT.replaceAll("\r\n", "\n");

export const head = (from: string, subject: string, ...more: readonly string[]): string =>
  [`From: ${from}`, "To: checker@example.com", `Subject: ${subject}`, ...more].join("\r\n");
export const plain = (from: string, subject: string, text: string, ...more: readonly string[]): string =>
  `${head(from, subject, ...more)}\r\n\r\n${text.replaceAll(/\r?\n/g, "\r\n")}`;
export const status = (...fields: readonly string[]): string =>
  [
    "Content-Type: message/delivery-status",
    "",
    "Reporting-MTA: dns; mx.mailbox.test",
    "",
    ...fields,
    "",
  ].join("\r\n");
export const dsn = (
  statusPart: string,
  original = attached(ALERT),
  from = "MAILER-DAEMON@mx.mailbox.test",
): string =>
  `${head(from, "Undelivered Mail")}\r\n${multipart("report", [textEntity("plain", "I'm sorry."), statusPart, original], "; report-type=delivery-status")}`;
export const FAILED = status(
  `Final-Recipient: rfc822; ${GONE}`,
  "Action: failed",
  "Status: 5.1.1",
  "Diagnostic-Code: smtp; 550 5.1.1 no such",
  "  user here",
);
