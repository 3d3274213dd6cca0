import { withoutSpace } from "./inbound-mail.ts";

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

/** Characters that are looked at: ours is short, and who passes it on adds a few words. */
const MAX_SUBJECT = 2_000;

/**
 * A subject without the prefixes and tags that forwarders, filters and lists put before it.
 *
 * @param serverName `[serverName]` is one of those tags
 * @returns `rest` without white space, and whether a prefix says that a person or a rule forwarded the message
 */
export function withoutPrefixes(
  subject: string,
  serverName: string,
): { readonly isForward: boolean; readonly rest: string } {
  const ownTag = withoutSpace(`[${serverName}]`);
  let rest = withoutSpace(subject.slice(0, MAX_SUBJECT));
  let isForward = false;
  for (;;) {
    const prefix = FORWARD.exec(rest)?.[0];
    isForward ||= prefix !== undefined;
    const start = prefix ?? (rest.startsWith(ownTag) ? ownTag : TAG.exec(rest)?.[0]);
    if (start === undefined) return { isForward, rest };
    rest = rest.slice(start.length);
  }
}

export function isForwarded(subject: string): boolean {
  return withoutPrefixes(subject, "").isForward;
}
