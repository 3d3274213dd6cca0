import type { PingResult } from "../../heartbeats/ping.ts";
import { failAfter } from "../../core/time/timeout.ts";

/** Whoever pings does not wait longer, ms: `curl -m 10` is usual. */
const RECORD_MS = 8_000;

/** What becomes of a ping; rejects when the database takes more than 8 s. It may be recorded all the same. */
export function recordPingWithTimeout(recording: Promise<PingResult>): Promise<PingResult> {
  return failAfter(RECORD_MS, "the ping was not recorded", recording);
}
