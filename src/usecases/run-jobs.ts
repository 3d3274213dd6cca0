import type { LoopbackProbe } from "../domain/loopback.ts";
import { JobFrequency } from "../domain/frequency.ts";
import { down, inconclusive, JOB_FAULT, up, type Outcome } from "../domain/outcome.ts";
import { MAX_CONNECTIONS } from "../domain/plan.ts";
import { isPlatformLimit } from "../domain/platform-limit.ts";
import type { Network, Store } from "../domain/ports.ts";
import { StoreFault } from "../domain/store-fault.ts";
import { errorText, formatDuration, oneLine } from "../domain/text.ts";
import { JobBase, type RequestedEmail } from "../job/job-base.ts";
import type { JobContext } from "../job/job-context.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import { Slots } from "../timing/slots.ts";
import { withinLimit } from "../timing/time-limit.ts";
import { NOT_WATCHED, type PingBook } from "./ping-book.ts";
import { watchNetwork } from "./watch-network.ts";

export interface JobRun {
  readonly planned: PlannedJob;
  /** The shard that ran it; null for one that ran where the tick is. */
  readonly shard: string | null;
  readonly outcome: Outcome;
  /** Mails that `execute` itself asked for. */
  readonly emails: readonly RequestedEmail[];
  /** Further mails that it asked for: more than one run may. */
  readonly refusedEmails: number;
  /** It reached out into the public network: its outcome may be due to this instance's own connection. */
  readonly publicNetwork: boolean;
  /** False where the tick's time was over before its turn came. */
  readonly hasBegun: boolean;
  /** What its first look at its target took, ms. */
  readonly tookMs: number;
}

/** What is said of a job that did not run, and is no fault of its target. */
export function notRun(reason: string): Omit<JobRun, "planned" | "shard"> {
  return {
    outcome: inconclusive(oneLine(reason, 500)),
    emails: [],
    refusedEmails: 0,
    publicNetwork: false,
    hasBegun: false,
    tookMs: 0,
  };
}

export const TIME_USED_UP = "not run: the jobs before it used up the time of this tick";
const CUT_SHORT = "cut short: the time of this tick was over";

/** Whether its tick gave it the time that a job has. */
export function hadTime({ outcome: { status, reason } }: Pick<JobRun, "outcome">): boolean {
  return status !== "inconclusive" || (reason !== TIME_USED_UP && reason !== CUT_SHORT);
}

/** What the runs of a tick share. */
export interface RunEnvironment {
  readonly network: Network;
  readonly store: Pick<Store, "recentProbes">;
  /** Scheduled time of the tick, Unix ms. */
  readonly nowMs: number;
  readonly elapsedMs: () => number;
  /** When the tick must have ended, on the clock of `elapsedMs`. */
  readonly deadlineMs: number;
  /** The same for jobs of every minute, as the next minute's tick follows. Default: no earlier. */
  readonly minuteDeadlineMs?: number;
  /** Time without which a job need not begin, ms: it hangs for so long. Default: none. */
  readonly needsMs?: (job: PlannedJob) => number;
  /** Called when the loopback job wants a probe mailed. */
  readonly mailProbe: () => void;
  /** Default: without end. */
  readonly room?: JobRoom;
  /** What heartbeats are judged by. They run where the tick is; elsewhere there is none. */
  readonly pings?: Pick<PingBook, "of">;
}

/** What an invocation may still ask the outside. */
export interface JobRoom {
  /** For one more job, beside those that are under way. */
  hasRoom(): boolean;
  /**
   * Keeps room for so many further looks at a target, so that nothing that begins meanwhile takes it.
   *
   * @returns what gives it back; null where there is not so much
   */
  promise(looks: number): (() => void) | null;
}

const ENDLESS: JobRoom = { hasRoom: () => true, promise: () => () => undefined };

/**
 * Runs every job, at most six at a time. Each gives exactly one outcome, whatever it does; those for which there
 * was no room are left out.
 */
export async function runJobs(
  jobs: readonly PlannedJob[],
  environment: RunEnvironment,
): Promise<readonly JobRun[]> {
  const slots = new Slots(MAX_CONNECTIONS);
  const { room = ENDLESS } = environment;
  const runs = await Promise.all(
    jobs.map(async (planned): Promise<JobRun | null> => {
      const watched = watchNetwork(environment.network);
      const { frequency } = planned;
      const { deadlineMs, minuteDeadlineMs = deadlineMs } = environment;
      const own = {
        ...environment,
        network: watched.network,
        deadlineMs: frequency === JobFrequency.MINUTE ? minuteDeadlineMs : deadlineMs,
      };
      let hasBegun = false;
      let tookMs = 0;
      const begin = async (): Promise<Outcome | null> => {
        if (!planned.awaitsPings && !room.hasRoom()) return null;
        const startedMs = own.elapsedMs();
        const leftMs = own.deadlineMs - startedMs;
        hasBegun = leftMs > 0 && leftMs >= (environment.needsMs?.(planned) ?? 0);
        if (!hasBegun) return notRun(TIME_USED_UP).outcome;
        const outcome = await runJob(planned, own);
        tookMs = own.elapsedMs() - startedMs;
        return outcome;
      };
      const first = await (planned.awaitsPings ? begin() : slots.use(begin));
      const outcome = first === null ? null : await confirm(first, planned, own, slots);
      if (outcome === null) return null;
      const emails = JobBase.takeRequestedEmails(planned.job);
      return {
        planned,
        shard: null,
        outcome,
        emails,
        refusedEmails: JobBase.takeRefusedEmails(planned.job),
        publicNetwork: watched.publicNetwork(),
        hasBegun,
        tookMs,
      };
    }),
  );
  return runs.filter((run) => run !== null);
}

/**
 * A failure is looked at again as often as its job asks for. The slot is free during the pauses, so that
 * many failures at once hold up nobody else. What cannot be looked at again for want of time counts as it is; what
 * cannot for want of room is left to another invocation, which is null: to call it down would be an alarm that
 * its owner did not ask for.
 */
async function confirm(
  first: Outcome,
  planned: PlannedJob,
  environment: RunEnvironment,
  slots: Slots,
): Promise<Outcome | null> {
  const { times } = planned.confirmation;
  // What pings said is sure, and another look would find the same.
  if (first.status !== "down" || times === 0 || planned.awaitsPings) return first;
  const giveBack = (environment.room ?? ENDLESS).promise(times);
  if (giveBack === null) {
    // Whoever runs it next shall not send its mails as well.
    JobBase.takeRequestedEmails(planned.job);
    JobBase.takeRefusedEmails(planned.job);
    return null;
  }
  return lookAgain(first, planned, environment, slots).finally(giveBack);
}

async function lookAgain(
  first: Outcome,
  planned: PlannedJob,
  environment: RunEnvironment,
  slots: Slots,
): Promise<Outcome> {
  const { times, pauseMs } = planned.confirmation;
  let outcome = first;
  let failures = 1;
  for (let again = 0; again < times && outcome.status === "down"; again++) {
    const pause = pauseFor(times - again, pauseMs, environment);
    if (pause === null) break;
    await new Promise((resolve) => setTimeout(resolve, pause));
    const next = await slots.use(() => runJob(planned, environment));
    if (next.status === "up")
      return { ...next, reason: oneLine(`${next.reason} (at try ${again + 2})`, 500) };
    // A try that could not be made says nothing, and the failure before it stands.
    if (next.status === "inconclusive") continue;
    failures += 1;
    outcome = next;
  }
  return failures === 1
    ? outcome
    : { ...outcome, reason: oneLine(`${outcome.reason} (${failures} tries)`, 500) };
}

/** Time for a look at a target after a pause, ms. */
const LOOK_MS = 1_000;

/** Shorter pauses where the tick has no time for whole ones: its owner asked for so many looks. Null without time. */
function pauseFor(looks: number, pauseMs: number, environment: RunEnvironment): number | null {
  const leftMs = environment.deadlineMs - environment.elapsedMs();
  const pause = Math.min(pauseMs, Math.floor(leftMs / looks) - LOOK_MS);
  return pause < 0 || pause >= leftMs ? null : pause;
}

function isTimeLeft({ deadlineMs, elapsedMs }: RunEnvironment): boolean {
  return elapsedMs() < deadlineMs;
}

async function runJob(planned: PlannedJob, environment: RunEnvironment): Promise<Outcome> {
  const leftMs = environment.deadlineMs - environment.elapsedMs();
  if (!isTimeLeft(environment)) return notRun(TIME_USED_UP).outcome;
  try {
    return await runWithin(planned, leftMs, environment);
  } catch (error) {
    return thrownOutcome(error);
  }
}

/** What is thrown may be anything, even something that throws when it is looked at. */
function thrownOutcome(error: unknown): Outcome {
  try {
    if (isPlatformLimit(error)) return inconclusive(`cannot be checked from here: ${errorText(error)}`);
    // Only what this Checker keeps for itself is in its database.
    if (error instanceof StoreFault) return inconclusive(oneLine(`cannot be checked: ${error.message}`, 500));
    return down(`the job failed: ${errorText(error)}`);
  } catch {
    return down("the job failed: it threw something that cannot be read");
  }
}

/** @throws what the job throws */
async function runWithin(
  { job, timeLimitMs }: PlannedJob,
  leftMs: number,
  environment: RunEnvironment,
): Promise<Outcome> {
  const limitMs = Math.min(timeLimitMs, leftMs);
  const startedMs = environment.elapsedMs();
  const controller = new AbortController();
  const running = execute(job, contextFor(environment, controller.signal));
  const result = await withinLimit(limitMs, running, () => {
    const reason = `did not end within ${formatDuration(limitMs)}`;
    controller.abort(new Error(reason));
    // Cut short by the tick before its own time was over: that is not the target's fault.
    return limitMs < timeLimitMs ? inconclusive(CUT_SHORT) : down(reason);
  });
  return toOutcome(result, environment.elapsedMs() - startedMs);
}

async function execute(job: JobBase, context: JobContext): Promise<unknown> {
  return await job.execute(context);
}

function contextFor(environment: RunEnvironment, signal: AbortSignal): JobContext {
  const { network, nowMs, elapsedMs, store, mailProbe, pings } = environment;
  return {
    signal,
    network,
    nowMs,
    elapsedMs,
    loopback: {
      recent: (): Promise<readonly LoopbackProbe[]> => store.recentProbes(RECENT_PROBES),
      mailProbe,
    },
    pings: {
      of: (identity) => pings?.of(identity) ?? Promise.reject(new Error(NOT_WATCHED)),
    },
  };
}

/** The newest decided probe is among these, even with some still on their way. */
export const RECENT_PROBES = 5;

/** A job's answer as an outcome. Anything but a boolean or an outcome is a fault of the job, not an "up". */
function toOutcome(result: unknown, tookMs: number): Outcome {
  const latencyMs = Math.max(0, Math.round(tookMs));
  if (result === true) return up("execute returned true", latencyMs);
  if (result === false) return down("execute returned false", latencyMs);
  if (isOutcome(result)) {
    const { status, reason, condition } = result;
    return {
      status,
      reason: oneLine(reason, 500),
      latencyMs: typeof result.latencyMs === "number" && result.latencyMs >= 0 ? result.latencyMs : null,
      // Kept as a text: another type would come back from the database as a new condition each time.
      condition: typeof condition === "string" ? oneLine(condition, 100) : null,
    };
  }
  const got = result === null ? "null" : typeof result;
  return down(`execute returned ${got} instead of a boolean or an outcome`, null, JOB_FAULT);
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== "object" || value === null) return false;
  const { status, reason } = value as Partial<Outcome>;
  return (status === "up" || status === "down" || status === "inconclusive") && typeof reason === "string";
}
