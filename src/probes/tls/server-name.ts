import { withoutBrackets } from "../../domain/address.ts";

/** The name as TLS and certificates write it: no final dot, no brackets, an internationalised one in ASCII. */
export function normaliseServerName(name: string): string {
  const bare = withoutBrackets(name).replace(/\.$/, "");
  return /^[\x21-\x7e]*$/.test(bare) ? bare.toLowerCase() : toAscii(bare);
}

/** Whether a normalised name is an IP address: those are not sent as SNI (RFC 6066 section 3). */
export function isIpAddress(name: string): boolean {
  return name.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}

/** The URL parser knows Punycode. */
function toAscii(name: string): string {
  return URL.parse(`https://${name}`)?.hostname ?? name;
}
