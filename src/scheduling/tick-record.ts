import type { OutcomeStatus } from "../core/outcome.ts";
import type { JobFrequency } from "../core/time/frequency.ts";

/** A job's status changed, as kept for people to read. */
export interface StatusChange {
  readonly jobKey: string;
  readonly name: string;
  readonly from: OutcomeStatus | null;
  readonly to: OutcomeStatus;
  readonly reason: string;
  readonly atMs: number;
}

/** One tick, as the ledger keeps it. Times are Unix ms. */
export interface TickRecord {
  readonly scheduledAtMs: number;
  readonly startedAtMs: number;
  readonly finishedAtMs: number;
  readonly frequencies: readonly JobFrequency[];
  /** Those whose slot is older than the tick: no event had come for them. */
  readonly caughtUp: readonly JobFrequency[];
  readonly jobs: number;
  readonly up: number;
  readonly down: number;
  readonly inconclusive: number;
}
