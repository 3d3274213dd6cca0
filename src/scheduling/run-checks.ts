import type { Clock, Network, Random } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { JobFile } from "../job-loading/job-file.ts";
import { loadJobs } from "../job-loading/load-jobs.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import { verifyConnectivity, type AskReference } from "../execution/connectivity.ts";
import type { TickMemory } from "./tick-memory.ts";
import { createLoopback, type SentLoopbacks } from "../self-check/create-loopback.ts";
import type { UsageMeter } from "../usage/usage-meter.ts";
import type { PingReader } from "../heartbeats/heartbeat-reader.ts";
import { runDue, type DueTimes } from "../execution/run-due.ts";
import type { NotifyClient } from "../notifications/notify-task.ts";
import type { ShardClient } from "../execution/shard-task.ts";
import type { LoopbackStore } from "../self-check/ports.ts";
import type { TickStore } from "./ports.ts";
import type { CheckResults } from "./check-results.ts";

export interface CheckDependencies {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly store: TickStore & LoopbackStore;
  readonly pings: PingReader;
  readonly network: Network;
  readonly askReference: AskReference;
  readonly clock: Clock;
  readonly random: Random;
  /** Outlives the tick, where the runtime lets it. */
  readonly memory: TickMemory;
  /** Counts what this invocation uses. */
  readonly meter: UsageMeter;
  /** Runs what is too much for one invocation; null where all is run in place. */
  readonly shards: (ShardClient & NotifyClient) | null;
}

export interface CheckedJobs {
  readonly checkResults: Omit<CheckResults, "news">;
  readonly probes: SentLoopbacks;
}

/** Loads all jobs and runs those that are due. Nothing is decided or written. */
export async function runChecks(
  dependencies: CheckDependencies,
  isDue: (job: JobDefinition) => boolean,
  times: DueTimes,
): Promise<CheckedJobs> {
  const { settings, files, clock, random, askReference, memory } = dependencies;
  const { jobs, loadErrors } = await loadJobs(files, settings);
  const seen = await runDue(jobs.filter(isDue), times, { ...dependencies, runProfiles: memory.runProfiles });
  memory.pendingUsage.add(seen.usage);
  const mailed = Array.from({ length: seen.probes }, () => createLoopback(settings, random, clock.nowMs()));
  const { runs, connectivity } = await verifyConnectivity(seen.runs, settings.referenceTargets, askReference);
  return {
    checkResults: {
      jobs,
      runs,
      loadErrors,
      connectivity,
      repaired: seen.damage,
      unreportedFailures: seen.unreportedFailures,
    },
    probes: {
      probes: mailed.map(({ probe }) => probe),
      messages: mailed.map(({ message }) => message),
    },
  };
}
