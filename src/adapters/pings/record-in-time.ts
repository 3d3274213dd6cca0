import type { PingReceipt } from "../../domain/ping.ts";
import { endIn } from "../../timing/time-limit.ts";

/** Whoever pings does not wait longer, ms: `curl -m 10` is usual. */
const RECORD_MS = 8_000;

/** What becomes of a ping; rejects when the database takes more than 8 s. It may be recorded all the same. */
export function recordedInTime(recording: Promise<PingReceipt>): Promise<PingReceipt> {
  return endIn(RECORD_MS, "the ping was not recorded", recording);
}
