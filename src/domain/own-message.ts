import { headerOf, withoutSpace, type Envelope, type InboundMessage } from "./inbound-mail.ts";
import { findTokens, LOOPBACK_MARK, probeText } from "./loopback.ts";
import { isFromDaemon, isReport } from "./mail-report.ts";

/** What identifies our own mail. */
export interface Identity {
  readonly serverName: string;
  readonly mailFrom: string;
}

/**
 * Prefixes of forwarded mail in the languages of common mail programs. None of them begins a reply or a report.
 * Source: https://en.wikipedia.org/wiki/List_of_email_subject_abbreviations
 */
const FORWARDS = [
  "fwd?|forwarded|forward|redirected|wg|wtr|weitergeleitet|weiterleitung|tr|transf|transfert|rv|rvm|reenv|reenviado|reenviar",
  "enc|encaminhado|encaminhada|res?env|i|inoltro|inoltrato|doorst|doorgestuurd|vs|vb|vl|fs|videresendt|vidarebefordrat|pd|przek",
  "fw[dt]|továbbítás|továbbítva|tvb|redir|redirecționat|předáno|přeposláno|preposlané|πρθ|προώθ|пересл|переслано|пересылка|İlt|ilt",
  "trs|ml|pārs|edasi|edastatud|הועבר|إعادةتوجيه|转发|轉寄|轉發|転送|전달|chuyểntiếp|ct",
].join("|");
const FORWARD = new RegExp(`^(${FORWARDS})(\\[\\d+\\]|\\(\\d+\\)|\\d+)?[:：]`, "iu");

/** What filters and lists put before a subject: `[EXTERNAL]`, `{Spam?}`, `***SPAM***`, `EXT:`. */
const TAG =
  /^(\[[^[\]]{0,200}\]|\{[^{}]{0,100}\}|\([^()]{0,100}\)|<[^<>]{0,100}>|【[^【】]{0,100}】|\*{1,10}[^*]{0,60}\*{1,10}|(extern(al|e|o|a)?|ext|(suspected|possible)?spam|bulk|caution|secure|encrypted)[:：>-])/iu;

/** Headers in which forwarders and lists keep the author of what they pass on. */
const AUTHORS =
  /^(reply-to|sender|resent-from|resent-sender|x-forwarded-for|(x-)?original-(from|sender)|x-[\w-]*-original-(from|sender))$/;

/** Characters that are looked at: ours is short, and who passes it on adds a few words. */
const MAX_SUBJECT = 2_000;

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
export function ownTokens(message: InboundMessage, own: Identity, envelope: Envelope): readonly string[] {
  return isReport(message) ? [] : tokensIn(message, own, envelope);
}

function tokensIn(message: InboundMessage, own: Identity, envelope: Envelope): readonly string[] {
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

/** Whether a prefix of the subject says that a person or a rule forwards something. */
export function isForwarded(subject: string): boolean {
  return readSubject(subject, { serverName: "" }).isForward;
}

function readSubject(text: string, { serverName }: Pick<Identity, "serverName">): Subject {
  const ownTag = withoutSpace(`[${serverName}]`);
  let rest = withoutSpace(text.slice(0, MAX_SUBJECT));
  let isForward = false;
  for (;;) {
    const prefix = FORWARD.exec(rest)?.[0];
    isForward ||= prefix !== undefined;
    const start = prefix ?? (rest.startsWith(ownTag) ? ownTag : TAG.exec(rest)?.[0]);
    if (start === undefined) break;
    rest = rest.slice(start.length);
  }
  const [, token, end] = new RegExp(`^${LOOPBACK_MARK}([0-9a-f]{32})(\\(fwd\\))?$`, "i").exec(rest) ?? [];
  return { isForward: isForward || end !== undefined, token: token?.toLowerCase() ?? null };
}

/** Whether something besides the subject says that the message is passed on, and not answered or reported. */
function isPassedOn(
  message: InboundMessage,
  { isForward, token }: Subject,
  own: Identity,
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

function isFromUs({ from }: InboundMessage, { mailFrom }: Identity): boolean {
  return from === mailFrom.toLowerCase();
}

/** Some rewrite From, so that DMARC does not reject what they pass on: `"checker@example.com via ops" <ops@…>`. */
function namesAuthor({ headers }: InboundMessage, { mailFrom }: Identity): boolean {
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
function beginsAsOurs({ bodies }: InboundMessage, { serverName }: Identity): boolean {
  const start = withoutSpace(probeText(serverName, LOOPBACK_MARK));
  return bodies.some((body) => withoutSpace(body).startsWith(start));
}
