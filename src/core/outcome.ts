/**
 * What a run of a job found. `inconclusive` is a fault on our side, such as a platform limit: it counts
 * neither as a failure nor as a success.
 */
export type OutcomeStatus = "up" | "down" | "inconclusive";

export interface Outcome {
  readonly status: OutcomeStatus;
  /** One line for a person: what was seen, not which exception was thrown. */
  readonly reason: string;
  /** Time until the answer, ms; null where nothing answered. */
  readonly latencyMs: number | null;
  /**
   * Which of several kinds of failure this is, as a short word. With ONSTATECHANGE a lasting failure that
   * changes its condition is told again. Null for jobs that have only one kind.
   */
  readonly failureKind: string | null;
}

/** Condition of a failure that lies in the job's own code and says nothing of what it watches. */
export const JOB_ERROR = "job fault";

/** The job succeeded. */
export function up(reason = "ok", latencyMs: number | null = null): Outcome {
  return { status: "up", reason, latencyMs, failureKind: null };
}

/** The job failed, for `reason`. */
export function down(
  reason: string,
  latencyMs: number | null = null,
  failureKind: string | null = null,
): Outcome {
  return { status: "down", reason, latencyMs, failureKind };
}

/** The job could not find out, through no fault of what it watches. */
export function inconclusive(reason: string): Outcome {
  return { status: "inconclusive", reason, latencyMs: null, failureKind: null };
}
