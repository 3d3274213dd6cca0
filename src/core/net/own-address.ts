/**
 * Whether mail to `address` is routed back to the Worker that sends from `mailFrom`, so that no person reads it.
 * Letter case never counts. Email Routing delivers a sub-address (`checker+x@…`) to the rule of `checker@…`.
 * Source: https://developers.cloudflare.com/email-service/configuration/email-routing-addresses/#subaddressing
 */
export function isOwnAddress(address: string, mailFrom: string): boolean {
  const own = mailFrom.toLowerCase();
  const given = address.toLowerCase();
  return given === own || given.replace(/\+[^@]*@/, "@") === own;
}
