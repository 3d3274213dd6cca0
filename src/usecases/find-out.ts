import type { Clock, Network, Random, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import type { JobFile } from "../job/job-file.ts";
import { loadJobs } from "../job/load-jobs.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import { judgeConnectivity, type AskReference } from "./connectivity.ts";
import type { TickFindings } from "./decide-tick.ts";
import type { LastKnown } from "./last-known.ts";
import { createProbe, type MailedProbes } from "./mail-probe.ts";
import type { Meter } from "./meter.ts";
import type { PingReader } from "./ping-book.ts";
import { runDue, type DueTimes } from "./run-due.ts";
import type { Shards } from "./shard-task.ts";

export interface FindDependencies {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly store: Store;
  readonly pings: PingReader;
  readonly network: Network;
  readonly askReference: AskReference;
  readonly clock: Clock;
  readonly random: Random;
  /** Outlives the tick, where the runtime lets it. */
  readonly lastKnown: LastKnown;
  /** Counts what this invocation uses. */
  readonly meter: Meter;
  /** Runs what is too much for one invocation; null where all is run in place. */
  readonly shards: Shards | null;
}

export interface Found {
  readonly findings: Omit<TickFindings, "news">;
  readonly probes: MailedProbes;
}

/** Loads all jobs and runs those that are due. Nothing is decided or written. */
export async function findOut(
  dependencies: FindDependencies,
  isDue: (job: PlannedJob) => boolean,
  times: DueTimes,
): Promise<Found> {
  const { settings, files, clock, random, askReference, lastKnown } = dependencies;
  const { jobs, faults } = await loadJobs(files, settings);
  const seen = await runDue(jobs.filter(isDue), times, dependencies);
  lastKnown.unrecorded.add(seen.usage);
  const mailed = Array.from({ length: seen.probes }, () => createProbe(settings, random, clock.nowMs()));
  const { runs, connectivity } = await judgeConnectivity(seen.runs, settings.referenceTargets, askReference);
  return {
    findings: {
      jobs,
      runs,
      faults,
      connectivity,
      repaired: seen.damage,
      unseenFailures: seen.unseenFailures,
    },
    probes: {
      probes: mailed.map(({ probe }) => probe),
      messages: mailed.map(({ message }) => message),
    },
  };
}
