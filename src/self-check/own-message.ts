import { headerOf, withoutSpace, type Envelope, type InboundMessage } from "../mail/inbound/inbound-mail.ts";
import { withoutPrefixes } from "../mail/inbound/forwarded-subject.ts";
import { findTokens, LOOPBACK_MARK, loopbackText } from "./loopback.ts";
import { isFromDaemon, isReport } from "../mail/inbound/mail-report.ts";

/** What identifies our own mail. */
export interface SenderIdentity {
  readonly serverName: string;
  readonly mailFrom: string;
}

/** Headers in which forwarders and lists keep the author of what they pass on. */
const AUTHORS =
  /^(reply-to|sender|resent-from|resent-sender|x-forwarded-for|(x-)?original-(from|sender)|x-[\w-]*-original-(from|sender))$/;

interface Subject {
  /** A prefix says that a person or a rule forwards. */
  readonly isForward: boolean;
  /** Of our probe, where only prefixes and tags stand before it. */
  readonly token: string | null;
}

/**
 * The tokens of a message that is our own probe: as we sent it, or as a rule, a mailbox or a mailing list passed it on.
 * What only quotes a probe has none: bounces, warnings, digests, complaints, answers of robots and people.
 *
 * Reports have no common form and no common language, so a message is not ours because nothing is wrong with it. It
 * must show what only our own message has after forwarding: our subject with nothing before it but tags and prefixes of
 * forwarding, and a trace of its author.
 */
export function ownTokens(
  message: InboundMessage,
  own: SenderIdentity,
  envelope: Envelope,
): readonly string[] {
  return isReport(message) ? [] : tokensIn(message, own, envelope);
}

function tokensIn(message: InboundMessage, own: SenderIdentity, envelope: Envelope): readonly string[] {
  // A header of our own: forwarders leave it or remove it, and nobody copies it to a message of theirs.
  const marked = findTokens(headerOf(message, "x-checker-loopback"));
  if (marked.length > 0) return marked;
  const subject = readSubject(headerOf(message, "subject"), own);
  if (subject.token !== null && isPassedOn(message, subject, own, envelope)) return [subject.token];
  if (isFromUs(message, own) && beginsAsOurs(message, own)) return message.bodies.flatMap(findTokens);
  // Forwarded as attachment: one message, under a subject that says so.
  const [inner, ...others] = message.messages;
  const forwardsOne = inner !== undefined && others.length === 0;
  return forwardsOne && (subject.isForward || subject.token !== null) ? tokensIn(inner, own, envelope) : [];
}

function readSubject(text: string, { serverName }: Pick<SenderIdentity, "serverName">): Subject {
  const { isForward, rest } = withoutPrefixes(text, serverName);
  const [, token, end] = new RegExp(`^${LOOPBACK_MARK}([0-9a-f]{32})(\\(fwd\\))?$`, "i").exec(rest) ?? [];
  return { isForward: isForward || end !== undefined, token: token?.toLowerCase() ?? null };
}

/** Whether something besides the subject says that the message is passed on, and not answered or reported. */
function isPassedOn(
  message: InboundMessage,
  { isForward, token }: Subject,
  own: SenderIdentity,
  envelope: Envelope,
): boolean {
  if (isForward || isFromUs(message, own)) return true;
  const shown = message.bodies.map(withoutSpace).filter((body) => body !== "");
  if (shown.length > 0 && !shown.some((body) => findTokens(body).includes(token ?? ""))) return false;
  if (namesAuthor(message, own)) return true;
  // A report that keeps the subject could have these two as well, so they do not count from a mail server.
  const isLikely = headerOf(message, "list-id") !== "" || beginsAsOurs(message, own);
  return isLikely && !isFromDaemon(envelope);
}

function isFromUs({ from }: InboundMessage, { mailFrom }: SenderIdentity): boolean {
  return from === mailFrom.toLowerCase();
}

/** Some rewrite From, so that DMARC does not reject what they pass on: `"checker@example.com via ops" <ops@…>`. */
function namesAuthor({ headers }: InboundMessage, { mailFrom }: SenderIdentity): boolean {
  const address = mailFrom.toLowerCase();
  const [local = "", domain = ""] = address.split("@").map((half) => half.replaceAll(/[^a-z\d]/g, ""));
  return headers.some(({ name, value }) => {
    const text = value.toLowerCase();
    if (AUTHORS.test(name) && text.includes(address)) return true;
    if (name !== "from") return false;
    const letters = text.replaceAll(/[^a-z\d]/g, "");
    return ["", "at", "a"].some((at) => letters.includes(`${local}${at}${domain}`));
  });
}

/** A quotation stands below an answer, or has marks before its lines. */
function beginsAsOurs({ bodies }: InboundMessage, { serverName }: SenderIdentity): boolean {
  const start = withoutSpace(loopbackText(serverName, LOOPBACK_MARK));
  return bodies.some((body) => withoutSpace(body).startsWith(start));
}
