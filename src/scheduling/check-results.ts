/** What a tick found out, before anything is decided. */
import type { Outcome } from "../core/outcome.ts";
import type { ReportedFailure } from "../heartbeats/ping.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import type { Notification } from "../mail/group-by-recipient.ts";
import type { JobRun } from "../execution/run-jobs.ts";
import type { JobLoadError } from "../job-loading/load-error.ts";
import type { TickView } from "./ports.ts";

/** What a tick found out, before anything is decided. */
export interface CheckResults {
  /** All jobs that exist, whether they were due or not. */
  readonly jobs: readonly JobDefinition[];
  readonly runs: readonly JobRun[];
  readonly loadErrors: readonly JobLoadError[];
  /** Of this instance's own connection; null where nothing was found out. */
  readonly connectivity: Outcome | null;
  /** What this instance has to tell besides. */
  readonly news: readonly Notification[];
  /** What was repaired on the way. */
  readonly repaired: TickView["corruptRows"];
  /** Failures of heartbeats that no tick had seen, by identity. */
  readonly unreportedFailures: ReadonlyMap<string, ReportedFailure>;
}
