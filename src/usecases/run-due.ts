import { PLAN_LIMITS } from "../domain/plan.ts";
import type { SeenFailure } from "../domain/ping.ts";
import type { Clock, Damage, Network, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { cutShards, type Shard, type Turn } from "../domain/shard.ts";
import { errorText } from "../domain/text.ts";
import { addUsage, NO_USAGE, type Usage } from "../domain/usage.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import { withinLimit } from "../timing/time-limit.ts";
import type { LastKnown } from "./last-known.ts";
import type { Meter } from "./meter.ts";
import { PingBook, type PingReader } from "./ping-book.ts";
import { notRun, runJobs, TIME_USED_UP, type JobRun } from "./run-jobs.ts";
import { Room } from "./room.ts";
import type { ShardReport, Shards } from "./shard-task.ts";

export interface DueDependencies {
  readonly settings: Settings;
  readonly store: Pick<Store, "recentProbes">;
  readonly pings: PingReader;
  readonly network: Network;
  readonly clock: Clock;
  readonly meter: Meter;
  readonly lastKnown: Pick<LastKnown, "turnOf" | "rememberTurns">;
  /** Null where all is run in place. */
  readonly shards: Shards | null;
}

/** Scheduled time of the tick, and when its jobs must have ended by the clock, Unix ms. */
export interface DueTimes {
  /** Of this invocation. */
  readonly tickId: string;
  readonly nowMs: number;
  readonly deadlineMs: number;
}

export interface DueRuns {
  /** One for each due job, in the order of the list. */
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

/** Runs all that is due: a few jobs in place, many in shards, all at once. Each job gives one outcome. */
export async function runDue(
  due: readonly PlannedJob[],
  times: DueTimes,
  dependencies: DueDependencies,
): Promise<DueRuns> {
  const { settings, shards, lastKnown } = dependencies;
  const turnOf = (identity: string): Turn => lastKnown.turnOf(identity);
  const waiting = due.filter((job) => job.awaitsPings);
  const cut = cutShards(
    due.filter((job) => !job.awaitsPings),
    shards === null ? { ...settings.sharding, inPlace: Infinity } : settings.sharding,
    turnOf,
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
  const byIdentity = new Map(parts.flatMap(({ runs }) => runs.map((run) => [run.planned.identity, run])));
  lastKnown.rememberTurns(new Map([...byIdentity].map(([identity, run]) => [identity, turnAfter(run)])));
  return {
    runs: due.flatMap(({ identity }) => byIdentity.get(identity) ?? []),
    probes: parts.reduce((sum, { probes }) => sum + probes, 0),
    usage: parts.reduce((sum, { usage }) => addUsage(sum, usage), NO_USAGE),
    damage: book.damage,
    unseenFailures: book.unseenFailures,
  };
}

/** A run that takes longer than this holds up others, ms. */
const SLOW_MS = 2_000;

/** What is down may hang, and is no loss to begin late. */
function turnAfter({ outcome, hasBegun }: JobRun): Turn {
  if (!hasBegun) return "first";
  return outcome.status === "up" && (outcome.latencyMs ?? 0) < SLOW_MS ? "as listed" : "last";
}

async function runInPlace(
  jobs: readonly PlannedJob[],
  pings: PingBook,
  times: DueTimes,
  dependencies: DueDependencies,
): Promise<PartRuns> {
  const { settings, store, network, clock, meter, shards } = dependencies;
  const { subrequests } = PLAN_LIMITS[settings.plan];
  let probes = 0;
  const runs = await runJobs(jobs, {
    network,
    store,
    pings,
    ...times,
    elapsedMs: () => clock.nowMs(),
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
  { tickId, nowMs, deadlineMs }: DueTimes,
  { clock }: Pick<DueDependencies, "clock">,
): Promise<PartRuns> {
  const left = new Map(jobs.map((job) => [job.identity, job]));
  const runs: JobRun[] = [];
  let probes = 0;
  let usage = NO_USAGE;
  let failures = 0;
  let reason = TIME_USED_UP;
  for (let call = 1; call <= MAX_CALLS && left.size > 0 && failures < MAX_FAILURES; call++) {
    const leftMs = deadlineMs - clock.nowMs();
    if (leftMs <= 0) break;
    const refs = [...left.values()].map(({ identity, file, index }) => ({ identity, file, index }));
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
