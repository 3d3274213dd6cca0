import { withInner, type Envelope, type InboundMessage } from "./inbound-mail.ts";

/** Parts that nothing else has: RFC 3464, RFC 6533, RFC 8098 and RFC 5965. */
const REPORT_PART = /^message\/((global-)?(delivery-status|disposition-notification)|feedback-report)$/;
const DAEMON = /^(mailer-daemon|mail-daemon|postmaster)(@|$)/;
const SERVER = /^([\w.-]*daemon|mailer|mail[-_.]?(system|delivery|server)|microsoftexchange[\da-f]*)(@|$)/;
/** Not X-Auto-Response-Suppress: our own mail has that. */
const AUTO_REPLY_HEADER = /^x-auto-?(reply|replied|respond|responder|responded|reply-from)$/;

/**
 * Whether a mail server or a robot says by its form that it reports on a message, or answers one. Many do not say so:
 * that none of this is there proves nothing.
 */
export function isReport(message: InboundMessage): boolean {
  return withInner(message).some(
    (one) =>
      one.from === "" ||
      DAEMON.test(one.from) ||
      one.parts.some(({ type }) => REPORT_PART.test(type)) ||
      one.headers.some(
        ({ name, value }) =>
          name === "x-failed-recipients" ||
          AUTO_REPLY_HEADER.test(name) ||
          (name === "content-type" && /^\s*multipart\/report\b/i.test(value)) ||
          // RFC 3834. A forwarded message of ours keeps its `auto-generated`.
          (name === "auto-submitted" && /^\s*auto-(replied|notified)\b/i.test(value)) ||
          (name === "precedence" && /^\s*auto[_-]?reply\b/i.test(value)),
      ),
  );
}

/** Whether its sender is a mail server, as most of them say in From. */
export function isReportByServer({ from, headers }: InboundMessage): boolean {
  return (
    from === "" ||
    DAEMON.test(from) ||
    SERVER.test(from) ||
    headers.some(
      ({ name, value }) =>
        name === "x-failed-recipients" || (name === "content-type" && /^\s*multipart\/report\b/i.test(value)),
    )
  );
}

/** Whether the envelope is that of a mail server's own message (RFC 5321 section 4.5.5). */
export function isFromDaemon({ from }: Envelope): boolean {
  const sender = from.replaceAll(/[<>\s]/g, "").toLowerCase();
  return sender === "" || DAEMON.test(sender);
}
