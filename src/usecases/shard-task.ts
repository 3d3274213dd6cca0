/** What passes between a tick and the invocations that run its shards. All of it can be sent as it is. */
import type { Decision } from "../domain/decide.ts";
import type { JobState } from "../domain/job-state.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { JobRef } from "../domain/shard.ts";
import type { Usage } from "../domain/usage.ts";
import type { RequestedEmail } from "../job/job-base.ts";
import type { Telling } from "./bundle.ts";

export interface ShardTask {
  /** Of the invocation that asks: two may run one tick when the database cannot keep them apart. */
  readonly tickId: string;
  /** Scheduled time of the tick, Unix ms. */
  readonly nowMs: number;
  /** Time for the jobs, ms. No point in time: two machines need not agree on the time. */
  readonly leftMs: number;
  /** In the order in which they are to begin. */
  readonly jobs: readonly (JobRef & {
    /** Time without which it need not begin, ms. */
    readonly needsMs: number;
  })[];
}

export interface ReportedRun {
  readonly identity: string;
  readonly outcome: Outcome;
  readonly emails: readonly RequestedEmail[];
  readonly refusedEmails: number;
  readonly publicNetwork: boolean;
  readonly hasBegun: boolean;
  /** What its first look at its target took, ms. */
  readonly tookMs: number;
}

export interface ShardReport {
  /** A job that is missing here was not begun: this invocation had no room for it. */
  readonly runs: readonly ReportedRun[];
  /** How many probes of the mail the jobs asked for. */
  readonly probes: number;
  readonly usage: Usage;
}

/** What a job is to tell. */
export interface ToTell {
  readonly job: JobRef;
  readonly before: JobState;
  readonly outcome: Outcome;
  readonly decision: Decision;
}

export interface TellTask {
  /** As it was when the jobs were run. */
  readonly tickId: string;
  readonly nowMs: number;
  readonly leftMs: number;
  readonly told: readonly ToTell[];
}

/** Runs shards in invocations of their own. Every method may reject, whatever became of the task. */
export interface Shards {
  run(shard: string, task: ShardTask): Promise<ShardReport>;
  /**
   * Lets the jobs tell that ran there, if they still are there, else new ones. In the order of `told`; null for
   * one that cannot be made any more.
   */
  tell(shard: string, task: TellTask): Promise<readonly (readonly Telling[] | null)[]>;
}
