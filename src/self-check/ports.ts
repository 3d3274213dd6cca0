/** What the self-check needs from the database. Adapters implement these. */
import type { StatusView } from "./instance-status.ts";
import type { LoopbackMail } from "./loopback.ts";
import type { LoopbackResult } from "./loopback.ts";
/** Every method may reject with a DatabaseError, and may be called again then: nothing is done twice. */
export interface LoopbackStore {
  /** The newest `limit` probes, newest first. */
  recentLoopbacks(limit: number): Promise<readonly LoopbackMail[]>;
  /** Marks the probe as returned, once only and not after `timeoutMs`. */
  receiveLoopback(token: string, nowMs: number, timeoutMs: number): Promise<LoopbackResult>;
}

export interface StatusStore {
  readStatus(): Promise<StatusView>;
}
