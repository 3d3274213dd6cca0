import { JobFrequency } from "../domain/frequency.ts";
import { isCheckedLess, isSkipped, paceAfter, USUAL_PACE, type Pace } from "../domain/hanging.ts";
import { PLAN_LIMITS } from "../domain/plan.ts";
import type { SeenFailure } from "../domain/ping.ts";
import type { Clock, Damage, Network, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { cutShards, type Shard } from "../domain/shard.ts";
import { errorText, oneLine } from "../domain/text.ts";
import { addUsage, NO_USAGE, type Usage } from "../domain/usage.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import { withinLimit } from "../timing/time-limit.ts";
import type { LastKnown } from "./last-known.ts";
import type { Meter } from "./meter.ts";
import { PingBook, type PingReader } from "./ping-book.ts";
import { hadTime, notRun, runJobs, TIME_USED_UP, type JobRun } from "./run-jobs.ts";
import { Room } from "./room.ts";
import type { ShardReport, Shards } from "./shard-task.ts";

export interface DueDependencies {
  readonly settings: Settings;
  readonly store: Pick<Store, "recentProbes">;
  readonly pings: PingReader;
  readonly network: Network;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly lastKnown: Pick<LastKnown, "paceOf" | "rememberPaces">;
  /** Null where all is run in place. */
  readonly shards: Shards | null;
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
  readonly damage: readonly Damage[];
  /** Failures of heartbeats that no tick had seen, by identity. */
  readonly unseenFailures: ReadonlyMap<string, SeenFailure>;
}

/** Of what ran in one place. */
type PartRuns = Omit<DueRuns, "damage" | "unseenFailures">;

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
  due: readonly PlannedJob[],
  times: DueTimes,
  dependencies: DueDependencies,
): Promise<DueRuns> {
  const { settings, shards, lastKnown } = dependencies;
  const { hungEveryMinutes: everyMinutes } = times;
  const checked = due.filter(
    ({ identity, frequency }) =>
      frequency !== JobFrequency.MINUTE || !isSkipped(lastKnown.paceOf(identity), everyMinutes, times.nowMs),
  );
  const waiting = checked.filter((job) => job.awaitsPings);
  const cut = cutShards(
    checked.filter((job) => !job.awaitsPings),
    shards === null ? { ...settings.sharding, inPlace: Infinity } : settings.sharding,
    (identity) => lastKnown.paceOf(identity).turn,
    (identity) => lastKnown.paceOf(identity).waited,
  );
  const book = new PingBook(
    dependencies.pings,
    waiting.map(({ identity }) => identity),
    times.nowMs,
    new Map(waiting.map(({ identity, frequency }) => [identity, frequency])),
  );
  const parts = await Promise.all([
    runInPlace([...waiting, ...cut.inPlace], book, times, dependencies),
    ...(shards === null ? [] : cut.shards.map((shard) => runShard(shard, shards, times, dependencies))),
  ]);
  const runs = parts.flatMap((part) => part.runs);
  const before = new Map(runs.map(({ planned: { identity } }) => [identity, lastKnown.paceOf(identity)]));
  const paces = new Map(runs.map((run) => [run.planned.identity, paceOf(before, run)]));
  lastKnown.rememberPaces(paces);
  const given = runs.filter((run) => !isPostponed(run, paces));
  const byIdentity = new Map(given.map((run) => [run.planned.identity, withPace(run, paces, everyMinutes)]));
  return {
    runs: due.flatMap(({ identity }) => byIdentity.get(identity) ?? []),
    probes: parts.reduce((sum, { probes }) => sum + probes, 0),
    usage: parts.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
    damage: book.damage,
    unseenFailures: book.unseenFailures,
  };
}

function paceOf(before: ReadonlyMap<string, Pace>, run: JobRun): Pace {
  const { status, latencyMs } = run.outcome;
  return paceAfter(before.get(run.planned.identity) ?? USUAL_PACE, {
    status,
    latencyMs,
    tookMs: run.tookMs,
    hadTime: run.hasBegun && hadTime(run),
  });
}

/** What is not postponed begins however little time is left. */
function needsMsOf({ identity, frequency }: PlannedJob, lastKnown: DueDependencies["lastKnown"]): number {
  return frequency === JobFrequency.MINUTE ? lastKnown.paceOf(identity).needsMs : 0;
}

/** What runs less often than every minute would wait for long. */
function isPostponed(run: JobRun, paces: ReadonlyMap<string, Pace>): boolean {
  const { identity, frequency } = run.planned;
  return frequency === JobFrequency.MINUTE && !hadTime(run) && paces.get(identity)?.turn === "postponed";
}

/** Says of a job that is checked less often that it is. */
function withPace(run: JobRun, paces: ReadonlyMap<string, Pace>, everyMinutes: number): JobRun {
  const { planned, outcome } = run;
  const pace = paces.get(planned.identity) ?? USUAL_PACE;
  if (planned.frequency !== JobFrequency.MINUTE || !isCheckedLess(pace, everyMinutes)) return run;
  const why = `checked every ${everyMinutes} minutes while the plan's Durable Object time is nearly used up`;
  return { ...run, outcome: { ...outcome, reason: `${oneLine(outcome.reason, 400)} (${why})` } };
}

async function runInPlace(
  jobs: readonly PlannedJob[],
  pings: PingBook,
  times: DueTimes,
  dependencies: DueDependencies,
): Promise<PartRuns> {
  const { settings, store, network, clock, meter, shards, lastKnown } = dependencies;
  const { subrequests } = PLAN_LIMITS[settings.plan];
  let probes = 0;
  const runs = await runJobs(jobs, {
    network,
    store,
    pings,
    ...times,
    elapsedMs: () => clock.nowMs(),
    needsMs: (job) => needsMsOf(job, lastKnown),
    mailProbe: () => (probes += 1),
    room: new Room(meter, subrequests),
  });
  const begun = new Set(runs.map(({ planned }) => planned));
  const left = jobs.filter((job) => !begun.has(job));
  if (left.length === 0) return { runs, probes, usage: NO_USAGE };
  if (shards === null) {
    const reason = `not run: the plan's limit of ${subrequests} requests an invocation is used up; bind RUNNERS in wrangler.toml`;
    return { runs: [...runs, ...allNotRun(left, null, reason)], probes, usage: NO_USAGE };
  }
  const rest = await runShard({ name: "REST", jobs: left }, shards, times, dependencies);
  return { runs: [...runs, ...rest.runs], probes: probes + rest.probes, usage: rest.usage };
}

/** Asks until every job of the shard was run, or there is no hope. */
async function runShard(
  { name, jobs }: Shard<PlannedJob>,
  shards: Shards,
  { tickId, nowMs, ...ends }: DueTimes,
  { clock, lastKnown }: Pick<DueDependencies, "clock" | "lastKnown">,
): Promise<PartRuns> {
  const isOfMinute = jobs[0]?.frequency === JobFrequency.MINUTE;
  const deadlineMs = isOfMinute ? ends.minuteDeadlineMs : ends.deadlineMs;
  const left = new Map(jobs.map((job) => [job.identity, job]));
  const runs: JobRun[] = [];
  let probes = 0;
  let usage = NO_USAGE;
  let failures = 0;
  let reason = TIME_USED_UP;
  for (let call = 1; call <= MAX_CALLS && left.size > 0 && failures < MAX_FAILURES; call++) {
    const leftMs = deadlineMs - clock.nowMs();
    if (leftMs <= 0) break;
    const refs = [...left.values()].map((job) => {
      const { identity, file, index } = job;
      return { identity, file, index, needsMs: needsMsOf(job, lastKnown) };
    });
    let report: ShardReport;
    try {
      report = await withinLimit(
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
    for (const { identity, ...run } of report.runs) {
      const planned = left.get(identity);
      // What was answered before is not counted again.
      if (planned === undefined) continue;
      left.delete(identity);
      runs.push({ planned, shard: name, ...run });
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

function allNotRun(jobs: readonly PlannedJob[], shard: string | null, reason: string): JobRun[] {
  return jobs.map((planned) => ({ planned, shard, ...notRun(reason) }));
}
