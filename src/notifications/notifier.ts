import { MAX_CONNECTIONS } from "../core/plan.ts";
import type { Decision } from "../alerting/evaluate.ts";
import type { JobState } from "../alerting/job-state.ts";
import { errorText } from "../core/text.ts";
import type { ActiveMaintenance } from "../alerting/maintenance.ts";
import { mapConcurrent } from "../core/time/concurrency.ts";
import { withTimeout } from "../core/time/timeout.ts";
import type { Notification } from "../mail/group-by-recipient.ts";
import { requestedMails, notifyJob, fallbackNotification, type NotifyContext } from "./notify-job.ts";
import type { JobRun } from "../execution/run-jobs.ts";
import type { NotifyClient } from "./notify-task.ts";

export interface TickContext extends NotifyContext {
  /** Of this invocation, as its shards were told it. */
  readonly tickId: string;
}

/** What a job's run leads to. */
export interface EvaluatedRun {
  readonly run: JobRun;
  readonly before: JobState;
  readonly decision: Decision;
  /** Under which it was run; null where it was not. */
  readonly maintenance: ActiveMaintenance | null;
}

/**
 * Lets jobs tell what was decided, each where it ran. A tick may be decided more than once; no job is asked to
 * tell the same thing twice.
 */
export class Notifier {
  readonly #context: TickContext;
  readonly #shards: NotifyClient | null;
  readonly #told = new Map<string, Promise<readonly Notification[]>>();

  constructor(context: TickContext, shards: NotifyClient | null) {
    this.#context = context;
    this.#shards = shards;
  }

  /** What the jobs have to tell, in their order. */
  async notifyAll(decided: readonly EvaluatedRun[]): Promise<readonly Notification[]> {
    const pendingAlert = decided.filter(
      ({ run, decision }) => decision.notification !== null || run.emails.length > 0,
    );
    this.#askShards(pendingAlert);
    const notifications = await mapConcurrent(pendingAlert, MAX_CONNECTIONS, async (one) => [
      ...requestedMails(one.run.emails, one.run.definition.jobKey, this.#context.nowMs),
      ...(await this.#tell(one)),
    ]);
    return notifications.flat();
  }

  #tell(one: EvaluatedRun): Promise<readonly Notification[]> {
    const { run, before, decision } = one;
    const told =
      this.#told.get(keyOf(one)) ?? notifyJob(run.definition, before, run.outcome, decision, this.#context);
    this.#told.set(keyOf(one), told);
    return told;
  }

  /** One question to each shard, all at once. */
  #askShards(pendingAlert: readonly EvaluatedRun[]): void {
    const shards = this.#shards;
    if (shards === null) return;
    const remote = pendingAlert.filter((one) => isSentByJob(one) && !this.#told.has(keyOf(one)));
    for (const [shard, group] of Map.groupBy(remote, ({ run }) => run.shard)) {
      if (shard === null) continue;
      const answers = this.#askShard(shards, shard, group);
      group.forEach((one, index) =>
        this.#told.set(
          keyOf(one),
          answers.then((all) => all[index] ?? []),
        ),
      );
    }
  }

  async #askShard(
    shards: NotifyClient,
    shard: string,
    group: readonly EvaluatedRun[],
  ): Promise<readonly (readonly Notification[])[]> {
    const { tickId, nowMs } = this.#context;
    const leftMs = Math.max(0, this.#context.leftMs());
    const requests = group.map(({ run, before, decision }) => {
      const { jobKey, file, index } = run.definition;
      return { job: { jobKey, file, index }, before, outcome: run.outcome, decision };
    });
    let answers: readonly (readonly Notification[] | null)[] = [];
    let problem = "its file does not give it any more";
    try {
      const notification = shards.notify(shard, { tickId, nowMs, leftMs, requests });
      answers = await withTimeout(leftMs + ANSWER_GRACE_MS, notification, () => {
        throw new Error("no answer in time");
      });
    } catch (error) {
      problem = `where it ran cannot be reached (${errorText(error)})`;
    }
    return group.map(
      ({ run, before, decision }, index) =>
        answers[index] ??
        fallbackNotification(run.definition, before, run.outcome, decision, this.#context, problem),
    );
  }
}

/** Time for an answer to arrive from where the jobs ran, ms. */
const ANSWER_GRACE_MS = 2_000;

function keyOf({ run, decision }: EvaluatedRun): string {
  return `${run.definition.jobKey} ${decision.notification}`;
}

/** What is told without the job needs nobody to be asked. */
function isSentByJob({ decision }: EvaluatedRun): boolean {
  return decision.notification !== null && decision.notification !== "inconclusive";
}
