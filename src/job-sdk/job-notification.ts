/** What `onFailure`, `onStateChangeSuccess` and `onFlapping` are told. Times are Unix ms. */
export interface JobNotification {
  /** Why the last run ended as it did, one line. */
  readonly reason: string;
  /** When the failure began: the scheduled time of the first failed run. */
  readonly sinceMs: number;
  /** Failures in a row. In a recovery, those before it. */
  readonly failures: number;
  /** Scheduled time of this tick. */
  readonly nowMs: number;
  /** In a recovery, when the failure was over: before `nowMs` where it was kept back. Otherwise null. */
  readonly endedMs: number | null;
  /** Time until the last answer, ms, or null. */
  readonly latencyMs: number | null;
  /** Which kind of failure, where the job tells kinds apart. In a recovery, null. */
  readonly failureKind: string | null;
  /** It is about a job that flaps: it begins to, or it has come to rest, failing or well. */
  readonly flapping: boolean;
  /** How often failures began or ended in the runs that are looked back on; 0 where it does not flap. */
  readonly changes: number;
}
