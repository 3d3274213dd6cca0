import type { Runners } from "./rpc.ts";

/** Of the object that runs the ticks. */
export const TICK = "tick";

/** The bindings of wrangler.toml. Variables are read by parse-settings, which checks them. */
export interface Bindings {
  readonly DB: D1Database;
  readonly EMAIL: SendEmail;
  /** Without it every tick is one invocation, with the limits of one. */
  readonly RUNNERS?: Runners;
  /** Counts who tries to sign in. Without it each copy of the Worker counts for itself. */
  readonly SIGN_INS?: RateLimit;
  readonly [variable: string]: unknown;
}
