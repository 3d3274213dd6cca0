import type { Outcome } from "../../src/domain/outcome.ts";
import type { JobFault } from "../../src/domain/ports.ts";
import type { RequestedEmail } from "../../src/job/job-base.ts";

/** What the runner's Worker answers. */
export interface RunReport {
  readonly jobs: readonly JobReport[];
  readonly faults: readonly JobFault[];
  /** Loopback probes that would have been mailed. */
  readonly probes: number;
}

export interface JobReport {
  readonly name: string;
  readonly identity: string;
  readonly outcome: Outcome;
  /** Failures in a row that it takes before a notice. */
  readonly minimum: number;
  /** What would be mailed once the minimum is reached. */
  readonly emails: readonly RequestedEmail[];
}
