import { FREQUENCIES, JobFrequency } from "../domain/frequency.ts";
import { REPEAT_AFTER_MS, type NotificationPolicy } from "../domain/notification.ts";
import { oneLine } from "../domain/text.ts";
import type { JobRef } from "../domain/shard.ts";
import type { Showing } from "../domain/showing.ts";
import { JobBase, type Confirmation } from "./job-base.ts";
import { JobError } from "./job-error.ts";
import { parseMaintenance, type Opening } from "./maintenance.ts";

/** A job with its own answers about itself, asked once and found sound. */
export interface PlannedJob extends JobRef, Showing {
  readonly job: JobBase;
  readonly frequency: JobFrequency;
  readonly policy: NotificationPolicy;
  readonly timeLimitMs: number;
  readonly confirmation: Confirmation;
  /** Its times of maintenance. */
  readonly maintenance: readonly Opening[];
  readonly awaitsPings: boolean;
}

/** A job of every minute has no more, ms: the next minute's tick follows. */
const MAX_MINUTE_LIMIT_MS = 40_000;

/**
 * Asks the job what the tick needs to know. These methods are the author's: they may throw, or return
 * what no tick can use.
 *
 * @param index its place among the jobs of its file
 * @throws JobError `E_JOB_ANSWER`, or what a method throws
 */
export function planJob(job: JobBase, index = 0): PlannedJob {
  const identity = job.getStateName();
  const name = oneLine(job.getName(), 300);
  const frequency = job.executeEvery();
  const policy: NotificationPolicy = {
    notifyOnFailureEvery: job.notifyOnFailureEvery(),
    numberFailuresBeforeNotification: job.numberFailuresBeforeNotification(),
  };
  const timeLimitMs = job.timeLimitMs();
  const wrong = (method: string, value: unknown, remedy: string): JobError =>
    new JobError("E_JOB_ANSWER", `${method}() of ${name || "a job"} returned ${String(value)}; ${remedy}`);

  if (typeof identity !== "string" || identity === "" || identity.length > 600) {
    throw wrong("getStateName", identity, "return a text of 1 to 600 characters");
  }
  // The database would give it back as another one, and no state would ever be found.
  if (!identity.isWellFormed()) {
    throw wrong("getStateName", JSON.stringify(identity), "return a text without half surrogate pairs");
  }
  if (!FREQUENCIES.includes(frequency)) {
    throw wrong("executeEvery", frequency, "return a member of JobFrequency");
  }
  if (!Object.hasOwn(REPEAT_AFTER_MS, policy.notifyOnFailureEvery)) {
    const remedy = "return a member of JobFailureNotificationFrequency";
    throw wrong("notifyOnFailureEvery", policy.notifyOnFailureEvery, remedy);
  }
  const minimum = policy.numberFailuresBeforeNotification;
  if (!Number.isInteger(minimum) || minimum < 1) {
    const remedy = "return a member of JobFailureCountMinimumBeforeNotification";
    throw wrong("numberFailuresBeforeNotification", minimum, remedy);
  }
  if (typeof timeLimitMs !== "number" || !(timeLimitMs >= 1 && timeLimitMs <= 240_000)) {
    throw wrong("timeLimitMs", timeLimitMs, "return milliseconds from 1 to 240000");
  }
  const confirmation = job.confirmFailure();
  if (!isConfirmation(confirmation)) {
    const remedy = "return { times, pauseMs }: 0 to 5 times, with pauses of 0 to 30000 milliseconds";
    throw wrong("confirmFailure", JSON.stringify(confirmation), remedy);
  }
  const { times, pauseMs } = confirmation;
  const isPublic: unknown = job.isPublic();
  // What is meant for its owner alone must not be shown for a slip, nor hidden for one.
  if (typeof isPublic !== "boolean") throw wrong("isPublic", isPublic, "return true or false");
  const group: unknown = job.getGroup();
  if (typeof group !== "string" || oneLine(group) === "") {
    throw wrong("getGroup", group, "return a text, the heading under which the job is shown");
  }
  return {
    job,
    identity,
    file: JobBase.fileOf(job),
    index,
    name,
    group: oneLine(group, 100),
    isPublic,
    frequency,
    policy,
    timeLimitMs: frequency === JobFrequency.MINUTE ? Math.min(timeLimitMs, MAX_MINUTE_LIMIT_MS) : timeLimitMs,
    confirmation: { times, pauseMs },
    maintenance: parseMaintenance(job.maintenance(), name || "a job"),
    awaitsPings: job.awaitsPings,
  };
}

function isConfirmation(value: unknown): value is Confirmation {
  if (typeof value !== "object" || value === null) return false;
  const { times, pauseMs } = value as Partial<Confirmation>;
  return (
    Number.isInteger(times) &&
    Number(times) >= 0 &&
    Number(times) <= 5 &&
    typeof pauseMs === "number" &&
    pauseMs >= 0 &&
    pauseMs <= 30_000
  );
}
