import type { Notification } from "../mail/group-by-recipient.ts";
import type { Decision } from "../alerting/evaluate.ts";
import type { JobState } from "../alerting/job-state.ts";
import type { Outcome } from "../core/outcome.ts";
import type { JobRef } from "../core/shard.ts";

/** What a job is to tell. */
interface NotifyRequest {
  readonly job: JobRef;
  readonly before: JobState;
  readonly outcome: Outcome;
  readonly decision: Decision;
}

export interface NotifyTask {
  /** As it was when the jobs were run. */
  readonly tickId: string;
  readonly nowMs: number;
  readonly leftMs: number;
  readonly requests: readonly NotifyRequest[];
}

/** Notifies in the invocations that ran the jobs. May reject, whatever became of the task. */
export interface NotifyClient {
  /** In the order of `requests`; null for a job that its file does not give any more. */
  notify(shard: string, task: NotifyTask): Promise<readonly (readonly Notification[] | null)[]>;
}
