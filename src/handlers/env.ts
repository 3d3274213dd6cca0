/** The bindings of wrangler.toml. Variables are read by parse-settings, which checks them. */
export interface Bindings {
  readonly DB: D1Database;
  readonly EMAIL: SendEmail;
  readonly [variable: string]: unknown;
}
