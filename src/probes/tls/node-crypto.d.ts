/** What is used of workerd's node:crypto, whose types @cloudflare/workers-types does not have. */
declare module "node:crypto" {
  export class X509Certificate {
    constructor(der: Uint8Array);
    readonly subject: string;
    readonly issuer: string;
    readonly subjectAltName: string | undefined;
    readonly validFrom: string;
    readonly validTo: string;
    checkHost(
      name: string,
      options?: { subject?: "default" | "always" | "never"; wildcards?: boolean; partialWildcards?: boolean },
    ): string | undefined;
    checkIP(address: string): string | undefined;
  }
}
