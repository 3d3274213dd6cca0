/** What `onFailure` and `onStateChangeSuccess` are told. Times are Unix ms. */
export interface JobNotice {
  /** Why the last run ended as it did, one line. */
  readonly reason: string;
  /** When the failure began: the scheduled time of the first failed run. */
  readonly sinceMs: number;
  /** Failures in a row. In a recovery, those before it. */
  readonly failures: number;
  /** Scheduled time of this tick. */
  readonly nowMs: number;
  /** Time until the last answer, ms, or null. */
  readonly latencyMs: number | null;
  /** Which kind of failure, where the job tells kinds apart. In a recovery, null. */
  readonly condition: string | null;
}
