import { MAX_CONNECTIONS, PLAN_LIMITS } from "../domain/plan.ts";
import type { Clock, Network, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import type { JobRef } from "../domain/shard.ts";
import type { JobFile } from "../job/job-file.ts";
import { loadSome } from "../job/load-some.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import type { TickSpawners } from "../job/tick-spawners.ts";
import { mapWithSlots } from "../timing/slots.ts";
import type { Telling } from "./bundle.ts";
import type { Meter } from "./meter.ts";
import { tell } from "./notify.ts";
import { Room } from "./room.ts";
import { notRun, runJobs } from "./run-jobs.ts";
import type { ReportedRun, ShardReport, ShardTask, TellTask } from "./shard-task.ts";

export interface ShardDependencies {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly store: Pick<Store, "recentProbes">;
  readonly network: Network;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly spawners: TickSpawners;
}

/** Ticks of which jobs are kept: one that takes long overlaps with the next. */
const MAX_TICKS = 2;

/** A shard's jobs as they are in the memory of one Durable Object: those that ran may have to tell of it. */
export class ShardMemory {
  /** By tick, the newest last. */
  readonly #ticks = new Map<string, Map<string, PlannedJob>>();

  keep(tickId: string, jobs: readonly PlannedJob[]): void {
    const kept = this.#ticks.get(tickId) ?? new Map<string, PlannedJob>();
    for (const job of jobs) kept.set(job.identity, job);
    this.#ticks.set(tickId, kept);
    for (const oldest of [...this.#ticks.keys()].slice(0, -MAX_TICKS)) this.#ticks.delete(oldest);
  }

  recall(tickId: string, { identity }: JobRef): PlannedJob | undefined {
    return this.#ticks.get(tickId)?.get(identity);
  }
}

/** Runs the jobs of a shard, as many as this invocation has room for. */
export async function runShard(
  task: ShardTask,
  memory: ShardMemory,
  dependencies: ShardDependencies,
): Promise<ShardReport> {
  const { files, settings, store, network, clock, meter, spawners } = dependencies;
  const startedMs = clock.nowMs();
  const { jobs, missing } = await loadSome(files, settings, task.jobs, spawners.of(task.nowMs));
  memory.keep(task.tickId, jobs);
  const needs = new Map(task.jobs.map(({ identity, needsMs }) => [identity, needsMs]));
  let probes = 0;
  const runs = await runJobs(jobs, {
    network,
    store,
    nowMs: task.nowMs,
    elapsedMs: () => clock.nowMs(),
    deadlineMs: startedMs + task.leftMs,
    needsMs: ({ identity }) => needs.get(identity) ?? 0,
    mailProbe: () => (probes += 1),
    room: new Room(meter, PLAN_LIMITS[settings.plan].subrequests),
  });
  meter.wasAwake(clock.nowMs() - startedMs);
  const notMade = [...missing].map(([identity, why]): ReportedRun => ({
    identity,
    ...notRun(`not run: ${why}`),
  }));
  return {
    runs: [
      ...runs.map(
        ({ planned: { identity }, outcome, emails, refusedEmails, publicNetwork, hasBegun, tookMs }) => ({
          identity,
          outcome,
          emails,
          refusedEmails,
          publicNetwork,
          hasBegun,
          tookMs,
        }),
      ),
      ...notMade,
    ],
    probes,
    usage: meter.take(),
  };
}

/** Lets the jobs tell that ran here, or new ones where they are gone. */
export async function tellShard(
  { tickId, nowMs, leftMs, told }: TellTask,
  memory: ShardMemory,
  { files, settings, clock, spawners }: Pick<ShardDependencies, "files" | "settings" | "clock" | "spawners">,
): Promise<readonly (readonly Telling[] | null)[]> {
  const endMs = clock.nowMs() + leftMs;
  const gone = told.map(({ job }) => job).filter((job) => memory.recall(tickId, job) === undefined);
  const made = await loadSome(files, settings, gone, spawners.of(nowMs));
  const again = new Map(made.jobs.map((job) => [job.identity, job]));
  const context = { settings, nowMs, leftMs: () => endMs - clock.nowMs() };
  return mapWithSlots(told, MAX_CONNECTIONS, async ({ job, before, outcome, decision }) => {
    const planned = memory.recall(tickId, job) ?? again.get(job.identity);
    return planned === undefined ? null : tell(planned, before, outcome, decision, context);
  });
}
