/** What is used of workerd's node:crypto, whose types @cloudflare/workers-types does not have. */
declare module "node:crypto" {
  export const X509Certificate: new (der: Uint8Array) => object;
}
