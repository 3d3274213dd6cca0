import { headerOf, withInner, type Envelope, type InboundMessage } from "./inbound-mail.ts";
import { isFromDaemon, isReport, isReportByServer } from "./mail-report.ts";
import type { MailError, Message } from "../message.ts";
import { isForwarded } from "./forwarded-subject.ts";
import { oneLine } from "../../core/text.ts";

/** A message that the mail service accepted. */
export interface AcceptedMessage {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly acceptedAtMs: number;
}

/** Accepted mail that turns out not to have arrived. */
export interface BounceStore {
  /** Messages that went out with one of these mails and count as accepted since then. Never a probe. */
  findAccepted(mailIds: readonly string[], sinceMs: number): Promise<readonly AcceptedMessage[]>;
  /**
   * Makes accepted messages failed deliveries, and writes `notifications` to the outbox; both or neither. Does nothing
   * where none of them counts as accepted any more.
   */
  failAccepted(
    ids: readonly string[],
    error: MailError,
    nowMs: number,
    notifications: readonly Message[],
  ): Promise<void>;
}

/** What a message says of mail of ours. */
export interface Bounce {
  /** `returned`: the mail itself came in, so it was routed to this Worker. `bounced`: a report says so. */
  readonly kind: "returned" | "bounced";
  /** Of the mails (X-Checker-Mail), unguessable. */
  readonly mailIds: readonly string[];
  /** In the report's words, one line. */
  readonly reason: string;
}

/** Each is looked up. A report is about one mail. */
const MAX_MAIL_IDS = 5;

/**
 * Which mail of ours did not arrive, by this message; null where it says nothing of that kind. A warning that delivery is
 * delayed is no failure, and what was read, answered, forwarded or complained about has arrived.
 */
export function readBounce(message: InboundMessage, envelope: Envelope, mailFrom: string): Bounce | null {
  // Routed or redirected as it is. A report would not have our header among its own.
  const ownIds = idsIn(`X-Checker-Mail: ${headerOf(message, "x-checker-mail")}`, mailFrom);
  if (ownIds.length > 0 && !isReport(message)) {
    const reason = "it came back to this Checker, so its address is routed to it and no person reads it";
    return { kind: "returned", mailIds: ownIds, reason };
  }
  const mailIds = [...new Set(idTexts(message).flatMap((text) => idsIn(text, mailFrom)))].slice(
    0,
    MAX_MAIL_IDS,
  );
  if (mailIds.length === 0) return null;
  const reason = failureReason(message, envelope);
  return reason === null ? null : { kind: "bounced", mailIds, reason: oneLine(reason.toWellFormed()) };
}

function idTexts(message: InboundMessage): readonly string[] {
  return withInner(message).flatMap(({ headers, bodies, parts }) => [
    ...headers.map(({ name, value }) => `${name}: ${value}`),
    ...bodies,
    ...parts.map(({ text }) => text),
  ]);
}

/** In our header, or in a Message-ID, which the mail service may leave. */
function idsIn(text: string, mailFrom: string): string[] {
  const domain = mailFrom.slice(mailFrom.lastIndexOf("@") + 1).toLowerCase();
  const pattern =
    /x-checker-mail:[\s>|]*([0-9a-f]{32})(?![0-9a-f])|(?<![0-9a-f])([0-9a-f]{32})@([a-z\d.-]+)/gi;
  const ids: string[] = [];
  for (const [, marked, local, host] of text.matchAll(pattern)) {
    const id = marked ?? (host?.toLowerCase() === domain ? local : undefined);
    if (id !== undefined) ids.push(id.toLowerCase());
    if (ids.length > MAX_MAIL_IDS) break;
  }
  return ids;
}

const STATUS_PART = /^message\/(global-)?delivery-status$/;
const ARRIVED_PART = /^message\/((global-)?disposition-notification|feedback-report)$/;

/** Null where the message reports no failure. */
function failureReason(message: InboundMessage, envelope: Envelope): string | null {
  const parts = withInner(message).flatMap((one) => one.parts);
  const recipients = parts
    .filter(({ type }) => STATUS_PART.test(type))
    .flatMap(({ text }) => text.split(/\r?\n[\t ]*\r?\n/))
    .filter((group) => field(group, "action") !== "");
  if (recipients.length > 0) {
    const failed = recipients.find((group) => /^failed\b/i.test(field(group, "action")));
    return failed === undefined ? null : statusText(failed);
  }
  if (parts.some(({ type }) => ARRIVED_PART.test(type))) return null;
  const [text = ""] = message.bodies.filter((body) => body.trim() !== "");
  const explanation = beforeCopy(text);
  const code = explanation.split("\n").find((line) => !line.startsWith(">") && FAILURE_CODE.test(line));
  const subject = headerOf(message, "subject");
  // A person who answers or forwards has the mail.
  if (isForwarded(subject) || REPLY.test(subject)) return null;
  if (code !== undefined) return code;
  // A robot that answers is no mail server.
  if (!isReportByServer(message) && !isFromDaemon(envelope)) return null;
  if (DELAY.test(`${subject}\n${explanation}`)) return null;
  return firstSentence(explanation) ?? firstSentence(subject) ?? "a report says that it was not delivered";
}

/** A field's value, unfolded. */
function field(group: string, name: string): string {
  const match = new RegExp(`^${name}:[ \\t]*(.*(?:\\r?\\n[ \\t]+.*)*)`, "im").exec(group);
  return match?.[1]?.trim() ?? "";
}

function statusText(group: string): string {
  const status = field(group, "status");
  const diagnostic = field(group, "diagnostic-code").replace(/^[\w-]+;\s*/, "");
  if (diagnostic === "") return `status ${status === "" ? "of delivery: failed" : status}`;
  return status === "" || diagnostic.includes(status) ? diagnostic : `${status} ${diagnostic}`;
}

/** An enhanced status (RFC 3463), or a reply that only SMTP gives: 500 to 504 are HTTP as well, and stand in alerts. */
const FAILURE_CODE = /(?<![\d.])5\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\d.])5(21|23|41|5\d)[ -](?=\D)/;

const REPLY = /^\s*(re|aw|sv|antw|ynt|odp|rif|r|回复|回覆|返信|答复)\s*(\[\d+\])?\s*[:：]/iu;

/** Words of warnings that a message waits, in the languages of common mail servers. */
const DELAY = new RegExp(
  [
    "delayed|will (continue|keep|be retried|retry|try)|still being retried|not yet (been )?delivered|warning: could not send",
    "need not (re)?send|not need to (re)?send|temporar|verzöger|noch nicht zugestellt|weiterhin versuch|retardé|réessay",
    "retrasad|demorad|reintent|ritard|atrasad|vertraag|opóźni|задерж|遅延|再送|延迟|延遲|重试",
  ].join("|"),
  "iu",
);

/** What stands before the headers of our mail: a copy of it may hold any words. */
function beforeCopy(text: string): string {
  const at = text.search(/x-checker-mail:/i);
  if (at < 0) return text;
  const before = text.slice(0, at).split(/\n[>| \t\r]*\n/);
  return before.length > 1 ? before.slice(0, -1).join("\n\n") : text;
}

/** The first line that says something, and is no greeting. */
function firstSentence(text: string): string | undefined {
  const lines = text.split("\n").map((line) => line.trim());
  return lines.find((line) => line.replaceAll(/[^\p{L}]/gu, "").length >= 6 && !/[,:]$/.test(line));
}
