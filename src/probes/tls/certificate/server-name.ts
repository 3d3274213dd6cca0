import { withoutBrackets } from "../../../core/net/address.ts";

/**
 * The name as TLS and certificates write it: no final dot, no brackets, an internationalised one in ASCII, an address in
 * one spelling. The URL parser knows all of that; what it does not take is left as it is.
 */
export function normaliseServerName(name: string): string {
  const bare = withoutBrackets(name);
  const host = bare.includes(":") ? `[${bare}]` : bare;
  const hostname = URL.parse(`https://${host}`)?.hostname ?? bare.toLowerCase();
  return withoutBrackets(hostname).replace(/\.$/, "");
}

/** Whether a normalised name is an IP address: those are not sent as SNI (RFC 6066 section 3). */
export function isIpAddress(name: string): boolean {
  return name.includes(":") || /^\d{1,3}(\.\d{1,3}){3}$/.test(name);
}
