import { JobFrequency } from "../core/time/frequency.ts";
import {
  isCheckedLessOften,
  isSkipped,
  profileAfter,
  NORMAL_PROFILE,
  type RunProfile,
} from "./run-profile.ts";
import { PLAN_LIMITS } from "../core/plan.ts";
import type { ReportedFailure } from "../heartbeats/ping.ts";
import type { Clock, Network } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import { planShards, type Shard } from "../core/shard.ts";
import { errorText, oneLine } from "../core/text.ts";
import { addUsage, NO_USAGE, type Usage } from "../usage/usage.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import { withTimeout } from "../core/time/timeout.ts";
import type { RunProfiles } from "./run-profiles.ts";
import type { UsageMeter } from "../usage/usage-meter.ts";
import { HeartbeatReader, type PingReader } from "../heartbeats/heartbeat-reader.ts";
import { hadEnoughTime, notRun, runJobs, TIME_USED_UP, type JobRun } from "./run-jobs.ts";
import { SubrequestBudget } from "../usage/subrequest-budget.ts";
import type { ShardReport, ShardClient } from "./shard-task.ts";
import type { CorruptRow } from "../core/corrupt-row.ts";
import type { LoopbackStore } from "../self-check/ports.ts";

export interface DueDependencies {
  readonly settings: Settings;
  readonly store: Pick<LoopbackStore, "recentLoopbacks">;
  readonly pings: PingReader;
  readonly network: Network;
  readonly clock: Clock;
  readonly meter: UsageMeter;
  readonly runProfiles: RunProfiles;
  /** Null where all is run in place. */
  readonly shards: ShardClient | null;
}

/** Scheduled time of the tick, and when its jobs must have ended by the clock, Unix ms. */
export interface DueTimes {
  /** Of this invocation. */
  readonly tickId: string;
  readonly nowMs: number;
  readonly deadlineMs: number;
  /** The same for jobs of every minute. */
  readonly minuteDeadlineMs: number;
  /** At which minutes jobs are run that have hung for long: 1 for every minute. */
  readonly hungEveryMinutes: number;
}

export interface DueRuns {
  /** One for each due job, in the order of the list, but for jobs that hang and were postponed. */
  readonly runs: readonly JobRun[];
  /** How many probes of the mail the jobs asked for. */
  readonly probes: number;
  /** Of the shards that did not run in place. */
  readonly usage: Usage;
  /** Rows of pings that could not be read. */
  readonly damage: readonly CorruptRow[];
  /** Failures of heartbeats that no tick had seen, by identity. */
  readonly unreportedFailures: ReadonlyMap<string, ReportedFailure>;
}

/** Of what ran in one place. */
type PartRuns = Omit<DueRuns, "damage" | "unreportedFailures">;

/** Invocations that one shard may take, when one has no room for all of its jobs. */
const MAX_CALLS = 30;
/** A shard that fails is asked once more: its object may have been moved to another machine. */
const MAX_FAILURES = 2;
/** Time for an answer to arrive after the jobs' time is over, ms. */
const ANSWER_GRACE_MS = 5_000;

/**
 * Runs all that is due: a few jobs in place, many in shards, all at once. Each job gives one outcome, but for those that
 * hang: they are postponed where there is no time for them.
 */
export async function runDue(
  due: readonly JobDefinition[],
  times: DueTimes,
  dependencies: DueDependencies,
): Promise<DueRuns> {
  const { settings, shards, runProfiles } = dependencies;
  const { hungEveryMinutes: everyMinutes } = times;
  const checked = due.filter(
    ({ jobKey, frequency }) =>
      frequency !== JobFrequency.MINUTE || !isSkipped(runProfiles.of(jobKey), everyMinutes, times.nowMs),
  );
  const waiting = checked.filter((job) => job.isPassive);
  const cut = planShards(
    checked.filter((job) => !job.isPassive),
    shards === null ? { ...settings.sharding, inPlace: Infinity } : settings.sharding,
    (jobKey) => runProfiles.of(jobKey).startPriority,
    (jobKey) => runProfiles.of(jobKey).waited,
  );
  const book = new HeartbeatReader(
    dependencies.pings,
    waiting.map(({ jobKey }) => jobKey),
    times.nowMs,
    new Map(waiting.map(({ jobKey, frequency }) => [jobKey, frequency])),
  );
  const parts = await Promise.all([
    runInPlace([...waiting, ...cut.inPlace], book, times, dependencies),
    ...(shards === null ? [] : cut.shards.map((shard) => delegateShard(shard, shards, times, dependencies))),
  ]);
  const runs = parts.flatMap((part) => part.runs);
  const before = new Map(runs.map(({ definition: { jobKey } }) => [jobKey, runProfiles.of(jobKey)]));
  const profiles = new Map(runs.map((run) => [run.definition.jobKey, nextProfile(before, run)]));
  runProfiles.remember(profiles);
  const given = runs.filter((run) => !isPostponed(run, profiles));
  const byIdentity = new Map(
    given.map((run) => [run.definition.jobKey, withRunProfile(run, profiles, everyMinutes)]),
  );
  return {
    runs: due.flatMap(({ jobKey }) => byIdentity.get(jobKey) ?? []),
    probes: parts.reduce((sum, { probes }) => sum + probes, 0),
    usage: parts.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
    damage: book.damage,
    unreportedFailures: book.unreportedFailures,
  };
}

function nextProfile(before: ReadonlyMap<string, RunProfile>, run: JobRun): RunProfile {
  const { status, latencyMs } = run.outcome;
  return profileAfter(before.get(run.definition.jobKey) ?? NORMAL_PROFILE, {
    status,
    latencyMs,
    durationMs: run.durationMs,
    hadEnoughTime: run.hasStarted && hadEnoughTime(run),
  });
}

/** What is not postponed begins however little time is left. */
function needsMsOf({ jobKey, frequency }: JobDefinition, runProfiles: RunProfiles): number {
  return frequency === JobFrequency.MINUTE ? runProfiles.of(jobKey).needsMs : 0;
}

/** What runs less often than every minute would wait for long. */
function isPostponed(run: JobRun, paces: ReadonlyMap<string, RunProfile>): boolean {
  const { jobKey, frequency } = run.definition;
  return (
    frequency === JobFrequency.MINUTE &&
    !hadEnoughTime(run) &&
    paces.get(jobKey)?.startPriority === "postponed"
  );
}

/** Says of a job that is checked less often that it is. */
function withRunProfile(run: JobRun, paces: ReadonlyMap<string, RunProfile>, everyMinutes: number): JobRun {
  const { definition, outcome } = run;
  const pace = paces.get(definition.jobKey) ?? NORMAL_PROFILE;
  if (definition.frequency !== JobFrequency.MINUTE || !isCheckedLessOften(pace, everyMinutes)) return run;
  const why = `checked every ${everyMinutes} minutes while the plan's Durable Object time is nearly used up`;
  return { ...run, outcome: { ...outcome, reason: `${oneLine(outcome.reason, 400)} (${why})` } };
}

async function runInPlace(
  jobs: readonly JobDefinition[],
  pings: HeartbeatReader,
  times: DueTimes,
  dependencies: DueDependencies,
): Promise<PartRuns> {
  const { settings, store, network, clock, meter, shards, runProfiles } = dependencies;
  const { subrequests } = PLAN_LIMITS[settings.plan];
  let probes = 0;
  const runs = await runJobs(jobs, {
    network,
    store,
    pings,
    ...times,
    elapsedMs: () => clock.nowMs(),
    needsMs: (job) => needsMsOf(job, runProfiles),
    sendLoopback: () => (probes += 1),
    budget: new SubrequestBudget(meter, subrequests),
  });
  const begun = new Set(runs.map(({ definition }) => definition));
  const left = jobs.filter((job) => !begun.has(job));
  if (left.length === 0) return { runs, probes, usage: NO_USAGE };
  if (shards === null) {
    const reason = `not run: the plan's limit of ${subrequests} requests an invocation is used up; bind RUNNERS in wrangler.toml`;
    return { runs: [...runs, ...allNotRun(left, null, reason)], probes, usage: NO_USAGE };
  }
  const rest = await delegateShard({ name: "REST", jobs: left }, shards, times, dependencies);
  return { runs: [...runs, ...rest.runs], probes: probes + rest.probes, usage: rest.usage };
}

/** Asks until every job of the shard was run, or there is no hope. */
async function delegateShard(
  { name, jobs }: Shard<JobDefinition>,
  shards: ShardClient,
  { tickId, nowMs, ...ends }: DueTimes,
  { clock, runProfiles }: Pick<DueDependencies, "clock" | "runProfiles">,
): Promise<PartRuns> {
  const isOfMinute = jobs[0]?.frequency === JobFrequency.MINUTE;
  const deadlineMs = isOfMinute ? ends.minuteDeadlineMs : ends.deadlineMs;
  const left = new Map(jobs.map((job) => [job.jobKey, job]));
  const runs: JobRun[] = [];
  let probes = 0;
  let usage = NO_USAGE;
  let failures = 0;
  let reason = TIME_USED_UP;
  for (let call = 1; call <= MAX_CALLS && left.size > 0 && failures < MAX_FAILURES; call++) {
    const leftMs = deadlineMs - clock.nowMs();
    if (leftMs <= 0) break;
    const refs = [...left.values()].map((job) => {
      const { jobKey, file, index } = job;
      return { jobKey, file, index, needsMs: needsMsOf(job, runProfiles) };
    });
    let report: ShardReport;
    try {
      report = await withTimeout(
        leftMs + ANSWER_GRACE_MS,
        shards.run(name, { tickId, nowMs, leftMs, jobs: refs }),
        () => {
          throw new Error("no answer in time");
        },
      );
    } catch (error) {
      failures += 1;
      reason = `not run: what was to run it failed: ${errorText(error)}`;
      continue;
    }
    probes += report.probes;
    usage = addUsage(usage, report.usage);
    const before = left.size;
    for (const { jobKey, ...run } of report.runs) {
      const definition = left.get(jobKey);
      // What was answered before is not counted again.
      if (definition === undefined) continue;
      left.delete(jobKey);
      runs.push({ definition, shard: name, ...run });
    }
    if (call === MAX_CALLS)
      reason = `not run: ${MAX_CALLS} invocations had no room for it; set a smaller SHARD_SIZE`;
    if (left.size === before) {
      failures += 1;
      reason = "not run: what was to run it began none of its jobs";
    }
  }
  return { runs: [...runs, ...allNotRun([...left.values()], name, reason)], probes, usage };
}

function allNotRun(jobs: readonly JobDefinition[], shard: string | null, reason: string): JobRun[] {
  return jobs.map((definition) => ({ definition, shard, ...notRun(reason) }));
}
