import type { Outcome } from "../../src/core/outcome.ts";
import type { RequestedEmail } from "../../src/job-sdk/job-base.ts";
import type { JobLoadError } from "../../src/job-loading/load-error.ts";

/** What the runner's Worker is asked for: these jobs, and all jobs of these files. */
export interface RunRequest {
  readonly jobKeys: readonly string[];
  /** Names without ending. */
  readonly files: readonly string[];
}

/** What the runner's Worker answers. */
export interface RunReport {
  readonly jobs: readonly JobReport[];
  /** Those of the files that were asked for. */
  readonly faults: readonly JobLoadError[];
  /** Loopback probes that would have been mailed. */
  readonly probes: number;
}

export interface JobReport {
  readonly name: string;
  readonly jobKey: string;
  readonly outcome: Outcome;
  /** Failures in a row that it takes before a notice. */
  readonly minimum: number;
  /** What would be mailed once the minimum is reached. */
  readonly emails: readonly RequestedEmail[];
}
