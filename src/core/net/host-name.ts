import { withoutBrackets } from "./address.ts";

/** A host as connections and certificates name it, or what is wrong with it. */
export type ParsedHost = { readonly hostname: string } | { readonly problem: string };

export const HOLDS_INVISIBLE = "holds a character that cannot be seen";

/** Usually copied along. The joiners U+200C and U+200D are not among them: some languages write with them. */
export function holdsInvisible(text: string): boolean {
  return /[\p{Cs}\u00AD\u061C\u180E\u200B\u200E\u200F\u202A-\u202E\u2060-\u2069\uFEFF]|\u034F/u.test(text);
}

/**
 * `text` in the form in which it can be looked up: lower case, an internationalised name in its xn-- form (UTS #46), an
 * IPv6 address without brackets. Only what no resolver could ever find is a problem; whether the host exists is not asked.
 *
 * @param text a name, an IPv4 address, or an IPv6 address with or without brackets; no port
 */
export function parseHost(text: string): ParsedHost {
  if (holdsInvisible(text)) return { problem: HOLDS_INVISIBLE };
  const bare = withoutBrackets(text);
  if (bare.includes("%")) {
    return { problem: bare.includes(":") ? "names a zone (%) of one machine" : "has a % in it" };
  }
  const isIpv6 = bare.includes(":");
  // The URL parser drops some of these, and ends the name at the others.
  if (!isIpv6 && (bare !== text || /[\p{White_Space}\p{Cc}/?#@\\]/u.test(text))) {
    return { problem: "is not a host name" };
  }
  const url = URL.parse(isIpv6 ? `http://[${bare}]/` : `http://${text}/`);
  if (url === null) return { problem: isIpv6 ? "is not an IPv6 address" : "is not a host name" };
  const problem = problemOfHostname(url.hostname);
  return problem === null ? { hostname: withoutBrackets(url.hostname) } : { problem };
}

/**
 * Why no resolver could find a host, as the end of a sentence; null where one could. RFC 1035 section 2.3.4 has the
 * lengths. Underscores are usual in the names of services.
 *
 * @param hostname as the URL parser gives it: in ASCII and lower case
 */
export function problemOfHostname(hostname: string): string | null {
  if (hostname.startsWith("[")) return null;
  const name = hostname.replace(/\.$/, "");
  if (name.includes("*")) return "is a wildcard, which stands for no single host";
  const labels = name.split(".");
  if (labels.includes("")) return "has nothing between two dots";
  if (labels.some((label) => label.length > 63)) return "has a part of more than 63 characters";
  if (name.length > 253) return "is longer than 253 characters";
  if (!/^[a-z\d._-]+$/.test(name)) return "has a character that no host name has";
  if (!/(^|\.)xn--/.test(name)) return null;
  // The parser decodes such a part only where something is not ASCII. It takes this full stop for the usual one.
  const decoded = URL.parse(`http://${labels.join("\u3002")}\u3002/`);
  return decoded === null ? "has an xn-- part that stands for no letters" : null;
}
