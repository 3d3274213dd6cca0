import { sleep } from "../core/time/sleep.ts";
import type { LoopbackMail } from "../self-check/loopback.ts";
import { JobFrequency } from "../core/time/frequency.ts";
import { down, inconclusive, JOB_ERROR, up, type Outcome } from "../core/outcome.ts";
import { MAX_CONNECTIONS } from "../core/plan.ts";
import { isPlatformLimit } from "../core/net/platform-limit.ts";
import type { Network } from "../core/ports.ts";
import { DatabaseError } from "../core/database-error.ts";
import { errorText, formatDuration, oneLine } from "../core/text.ts";
import { JobBase, type RequestedEmail } from "../job-sdk/job-base.ts";
import type { JobContext } from "../job-sdk/job-context.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import { Semaphore } from "../core/time/concurrency.ts";
import { withTimeout } from "../core/time/timeout.ts";
import { NOT_REGISTERED, type HeartbeatReader } from "../heartbeats/heartbeat-reader.ts";
import { trackPublicNetwork } from "./track-public-network.ts";
import type { LoopbackStore } from "../self-check/ports.ts";
import type { RequestBudget } from "../usage/subrequest-budget.ts";

/** What came of one run of a job. Can be sent to another invocation as it is. */
export interface RunResult {
  readonly outcome: Outcome;
  /** Mails that `execute` itself asked for. */
  readonly emails: readonly RequestedEmail[];
  /** Further mails that it asked for: more than one run may. */
  readonly refusedEmails: number;
  /** It reached out into the public network: its outcome may be due to this instance's own connection. */
  readonly publicNetwork: boolean;
  /** False where the tick's time was over before its turn came. */
  readonly hasStarted: boolean;
  /** What its first look at its target took, ms. */
  readonly durationMs: number;
}

export interface JobRun extends RunResult {
  readonly definition: JobDefinition;
  /** The shard that ran it; null for one that ran where the tick is. */
  readonly shard: string | null;
}

/** What is said of a job that did not run, and is no fault of its target. */
export function notRun(reason: string): RunResult {
  return {
    outcome: inconclusive(oneLine(reason, 500)),
    emails: [],
    refusedEmails: 0,
    publicNetwork: false,
    hasStarted: false,
    durationMs: 0,
  };
}

export const TIME_USED_UP = "not run: the jobs before it used up the time of this tick";
const CUT_SHORT = "cut short: the time of this tick was over";

/** Whether its tick gave it the time that a job has. */
export function hadEnoughTime({ outcome: { status, reason } }: Pick<JobRun, "outcome">): boolean {
  return status !== "inconclusive" || (reason !== TIME_USED_UP && reason !== CUT_SHORT);
}

/** What the runs of a tick share. */
export interface RunEnvironment {
  readonly network: Network;
  readonly store: Pick<LoopbackStore, "recentLoopbacks">;
  /** Scheduled time of the tick, Unix ms. */
  readonly nowMs: number;
  readonly elapsedMs: () => number;
  /** When the tick must have ended, on the clock of `elapsedMs`. */
  readonly deadlineMs: number;
  /** The same for jobs of every minute, as the next minute's tick follows. Default: no earlier. */
  readonly minuteDeadlineMs?: number;
  /** Time without which a job need not begin, ms: it hangs for so long. Default: none. */
  readonly needsMs?: (job: JobDefinition) => number;
  /** Called when the loopback job wants a probe mailed. */
  readonly sendLoopback: () => void;
  /** Default: without end. */
  readonly budget?: RequestBudget;
  /** What heartbeats are judged by. They run where the tick is; elsewhere there is none. */
  readonly pings?: Pick<HeartbeatReader, "of">;
}

const UNLIMITED: RequestBudget = { canStart: () => true, tryReserve: () => () => undefined };

/**
 * Runs every job, at most six at a time. Each gives exactly one outcome, whatever it does; those for which there
 * was no room are left out.
 */
export async function runJobs(
  jobs: readonly JobDefinition[],
  environment: RunEnvironment,
): Promise<readonly JobRun[]> {
  const slots = new Semaphore(MAX_CONNECTIONS);
  const { budget = UNLIMITED } = environment;
  const runs = await Promise.all(
    jobs.map(async (definition): Promise<JobRun | null> => {
      const watched = trackPublicNetwork(environment.network);
      const { frequency } = definition;
      const { deadlineMs, minuteDeadlineMs = deadlineMs } = environment;
      const own = {
        ...environment,
        network: watched.network,
        deadlineMs: frequency === JobFrequency.MINUTE ? minuteDeadlineMs : deadlineMs,
      };
      let hasStarted = false;
      let durationMs = 0;
      const begin = async (): Promise<Outcome | null> => {
        if (!definition.isPassive && !budget.canStart()) return null;
        const startedMs = own.elapsedMs();
        const leftMs = own.deadlineMs - startedMs;
        hasStarted = leftMs > 0 && leftMs >= (environment.needsMs?.(definition) ?? 0);
        if (!hasStarted) return notRun(TIME_USED_UP).outcome;
        const outcome = await runJob(definition, own);
        durationMs = own.elapsedMs() - startedMs;
        return outcome;
      };
      const first = await (definition.isPassive ? begin() : slots.use(begin));
      const outcome = first === null ? null : await retryFailedCheck(first, definition, own, slots);
      if (outcome === null) return null;
      const emails = JobBase.takeRequestedEmails(definition.job);
      return {
        definition,
        shard: null,
        outcome,
        emails,
        refusedEmails: JobBase.takeRefusedEmails(definition.job),
        publicNetwork: watched.publicNetwork(),
        hasStarted,
        durationMs,
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
async function retryFailedCheck(
  first: Outcome,
  definition: JobDefinition,
  environment: RunEnvironment,
  slots: Semaphore,
): Promise<Outcome | null> {
  const { retries } = definition.retryPolicy;
  // What pings said is sure, and another look would find the same.
  if (first.status !== "down" || retries === 0 || definition.isPassive) return first;
  const giveBack = (environment.budget ?? UNLIMITED).tryReserve(retries);
  if (giveBack === null) {
    // Whoever runs it next shall not send its mails as well.
    JobBase.takeRequestedEmails(definition.job);
    JobBase.takeRefusedEmails(definition.job);
    return null;
  }
  return retryOnce(first, definition, environment, slots).finally(giveBack);
}

async function retryOnce(
  first: Outcome,
  definition: JobDefinition,
  environment: RunEnvironment,
  slots: Semaphore,
): Promise<Outcome> {
  const { retries, delayMs } = definition.retryPolicy;
  let outcome = first;
  let failures = 1;
  for (let again = 0; again < retries && outcome.status === "down"; again++) {
    const pause = retryDelayFor(retries - again, delayMs, environment);
    if (pause === null) break;
    await sleep(pause);
    const next = await slots.use(() => runJob(definition, environment));
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
const ATTEMPT_MS = 1_000;

/** Shorter pauses where the tick has no time for whole ones: its owner asked for so many looks. Null without time. */
function retryDelayFor(looks: number, pauseMs: number, environment: RunEnvironment): number | null {
  const leftMs = environment.deadlineMs - environment.elapsedMs();
  const pause = Math.min(pauseMs, Math.floor(leftMs / looks) - ATTEMPT_MS);
  return pause < 0 || pause >= leftMs ? null : pause;
}

function isTimeLeft({ deadlineMs, elapsedMs }: RunEnvironment): boolean {
  return elapsedMs() < deadlineMs;
}

async function runJob(definition: JobDefinition, environment: RunEnvironment): Promise<Outcome> {
  const leftMs = environment.deadlineMs - environment.elapsedMs();
  if (!isTimeLeft(environment)) return notRun(TIME_USED_UP).outcome;
  try {
    return await runWithin(definition, leftMs, environment);
  } catch (error) {
    return thrownOutcome(error);
  }
}

/** What is thrown may be anything, even something that throws when it is looked at. */
function thrownOutcome(error: unknown): Outcome {
  try {
    if (isPlatformLimit(error)) return inconclusive(`cannot be checked from here: ${errorText(error)}`);
    // Only what this Checker keeps for itself is in its database.
    if (error instanceof DatabaseError)
      return inconclusive(oneLine(`cannot be checked: ${error.message}`, 500));
    return down(`the job failed: ${errorText(error)}`);
  } catch {
    return down("the job failed: it threw something that cannot be read");
  }
}

/** @throws what the job throws */
async function runWithin(
  { job, timeLimitMs }: JobDefinition,
  leftMs: number,
  environment: RunEnvironment,
): Promise<Outcome> {
  const limitMs = Math.min(timeLimitMs, leftMs);
  const startedMs = environment.elapsedMs();
  const controller = new AbortController();
  const running = execute(job, contextFor(environment, controller.signal));
  const result = await withTimeout(limitMs, running, () => {
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
  const { network, nowMs, elapsedMs, store, sendLoopback, pings } = environment;
  return {
    signal,
    network,
    nowMs,
    elapsedMs,
    loopback: {
      recent: (): Promise<readonly LoopbackMail[]> => store.recentLoopbacks(RECENT_LOOPBACKS),
      sendLoopback,
    },
    pings: {
      of: (jobKey) => pings?.of(jobKey) ?? Promise.reject(new Error(NOT_REGISTERED)),
    },
  };
}

/** The newest decided probe is among these, even with some still on their way. */
const RECENT_LOOPBACKS = 5;

/** A job's answer as an outcome. Anything but a boolean or an outcome is a fault of the job, not an "up". */
function toOutcome(result: unknown, durationMs: number): Outcome {
  const latencyMs = Math.max(0, Math.round(durationMs));
  if (result === true) return up("execute returned true", latencyMs);
  if (result === false) return down("execute returned false", latencyMs);
  if (isOutcome(result)) {
    const { status, reason, failureKind } = result;
    return {
      status,
      reason: oneLine(reason, 500),
      latencyMs: typeof result.latencyMs === "number" && result.latencyMs >= 0 ? result.latencyMs : null,
      // Kept as a text: another type would come back from the database as a new condition each time.
      failureKind: typeof failureKind === "string" ? oneLine(failureKind, 100) : null,
    };
  }
  const got = result === null ? "null" : typeof result;
  return down(`execute returned ${got} instead of a boolean or an outcome`, null, JOB_ERROR);
}

function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== "object" || value === null) return false;
  const { status, reason } = value as Partial<Outcome>;
  return (status === "up" || status === "down" || status === "inconclusive") && typeof reason === "string";
}
