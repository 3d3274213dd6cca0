/** What passes between a tick and the invocations that run its shards. All of it can be sent as it is. */
import type { JobRef } from "../core/shard.ts";
import type { Usage } from "../usage/usage.ts";
import type { RunResult } from "./run-jobs.ts";

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

export interface ReportedRun extends RunResult {
  readonly jobKey: string;
}

export interface ShardReport {
  /** A job that is missing here was not begun: this invocation had no room for it. */
  readonly runs: readonly ReportedRun[];
  /** How many probes of the mail the jobs asked for. */
  readonly probes: number;
  readonly usage: Usage;
}

/** Runs shards in invocations of their own. Every method may reject, whatever became of the task. */
export interface ShardClient {
  run(shard: string, task: ShardTask): Promise<ShardReport>;
}
