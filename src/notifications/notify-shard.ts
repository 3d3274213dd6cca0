import { MAX_CONNECTIONS } from "../core/plan.ts";
import { loadSome } from "../job-loading/load-some.ts";
import { mapConcurrent } from "../core/time/concurrency.ts";
import type { Notification } from "../mail/group-by-recipient.ts";
import { notifyJob } from "./notify-job.ts";
import type { ShardDependencies, ShardMemory } from "../execution/run-shard.ts";
import type { NotifyTask } from "./notify-task.ts";

/** Lets the jobs tell that ran here, or new ones where they are gone. */
export async function notifyShard(
  { tickId, nowMs, leftMs, requests }: NotifyTask,
  memory: ShardMemory,
  { files, settings, clock, spawners }: Pick<ShardDependencies, "files" | "settings" | "clock" | "spawners">,
): Promise<readonly (readonly Notification[] | null)[]> {
  const endMs = clock.nowMs() + leftMs;
  const gone = requests.map(({ job }) => job).filter((job) => memory.recall(tickId, job) === undefined);
  const made = await loadSome(files, settings, gone, spawners.of(nowMs));
  const again = new Map(made.jobs.map((job) => [job.jobKey, job]));
  const context = { settings, nowMs, leftMs: () => endMs - clock.nowMs() };
  return mapConcurrent(requests, MAX_CONNECTIONS, async ({ job, before, outcome, decision }) => {
    const definition = memory.recall(tickId, job) ?? again.get(job.jobKey);
    return definition === undefined ? null : notifyJob(definition, before, outcome, decision, context);
  });
}
