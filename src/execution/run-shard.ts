import { PLAN_LIMITS } from "../core/plan.ts";
import type { Clock, Network } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { JobRef } from "../core/shard.ts";
import type { JobFile } from "../job-loading/job-file.ts";
import { loadSome } from "../job-loading/load-some.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import type { TickSpawnerCache } from "../job-loading/spawner-cache.ts";
import type { UsageMeter } from "../usage/usage-meter.ts";
import { SubrequestBudget } from "../usage/subrequest-budget.ts";
import { notRun, runJobs } from "./run-jobs.ts";
import type { ReportedRun, ShardReport, ShardTask } from "./shard-task.ts";
import type { LoopbackStore } from "../self-check/ports.ts";

export interface ShardDependencies {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly store: Pick<LoopbackStore, "recentLoopbacks">;
  readonly network: Network;
  readonly clock: Clock;
  readonly meter: UsageMeter;
  readonly spawners: TickSpawnerCache;
}

/** Ticks of which jobs are kept: one that takes long overlaps with the next. */
const MAX_TICKS = 2;

/** A shard's jobs as they are in the memory of one Durable Object: those that ran may have to tell of it. */
export class ShardMemory {
  /** By tick, the newest last. */
  readonly #ticks = new Map<string, Map<string, JobDefinition>>();

  keep(tickId: string, jobs: readonly JobDefinition[]): void {
    const kept = this.#ticks.get(tickId) ?? new Map<string, JobDefinition>();
    for (const job of jobs) kept.set(job.jobKey, job);
    this.#ticks.set(tickId, kept);
    for (const oldest of [...this.#ticks.keys()].slice(0, -MAX_TICKS)) this.#ticks.delete(oldest);
  }

  recall(tickId: string, { jobKey }: JobRef): JobDefinition | undefined {
    return this.#ticks.get(tickId)?.get(jobKey);
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
  const needs = new Map(task.jobs.map(({ jobKey, needsMs }) => [jobKey, needsMs]));
  let probes = 0;
  const runs = await runJobs(jobs, {
    network,
    store,
    nowMs: task.nowMs,
    elapsedMs: () => clock.nowMs(),
    deadlineMs: startedMs + task.leftMs,
    needsMs: ({ jobKey }) => needs.get(jobKey) ?? 0,
    sendLoopback: () => (probes += 1),
    budget: new SubrequestBudget(meter, PLAN_LIMITS[settings.plan].subrequests),
  });
  meter.addDurableObjectTime(clock.nowMs() - startedMs);
  const notMade = [...missing].map(([jobKey, why]): ReportedRun => ({
    jobKey,
    ...notRun(`not run: ${why}`),
  }));
  return {
    runs: [
      // A job itself cannot be sent.
      ...runs.map(({ definition: { jobKey }, shard: _shard, ...result }) => ({ jobKey, ...result })),
      ...notMade,
    ],
    probes,
    usage: meter.take(),
  };
}
