import type { Network } from "./ports.ts";

/** What every probe is given besides its target. */
export interface ProbeContext {
  /** Aborted when the job's time is over. The probe must give up its connection then. */
  readonly signal: AbortSignal;
  readonly network: Network;
  /** Scheduled time of the tick, Unix ms: "now" for what depends on the date. */
  readonly nowMs: number;
  /** A clock for measuring latencies, ms from an arbitrary start. */
  readonly elapsedMs: () => number;
}
