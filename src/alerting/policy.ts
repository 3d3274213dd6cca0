import { DAY_MS, MINUTE_MS } from "../core/time/frequency.ts";

/** How often a lasting failure is told. Only ONSTATECHANGE also tells the recovery. */
export const JobFailureNotificationFrequency = {
  EVERYTIME: "EVERYTIME",
  EVERYFIVEMINUTES: "EVERYFIVEMINUTES",
  EVERYTENMINUTES: "EVERYTENMINUTES",
  EVERYHOUR: "EVERYHOUR",
  EVERYDAY: "EVERYDAY",
  ONSTATECHANGE: "ONSTATECHANGE",
} as const;
export type JobFailureNotificationFrequency =
  (typeof JobFailureNotificationFrequency)[keyof typeof JobFailureNotificationFrequency];

/** How many failures in a row it takes before the first notice. */
export const JobFailureCountMinimumBeforeNotification = { ONE: 1, TWO: 2, FIVE: 5, TEN: 10 } as const;
export type JobFailureCountMinimumBeforeNotification =
  (typeof JobFailureCountMinimumBeforeNotification)[keyof typeof JobFailureCountMinimumBeforeNotification];

/**
 * Age (ms) that the last notice must exceed before the failure is told again; null for ONSTATECHANGE,
 * which does not repeat. Each is a little short of its name, because a cron event that is seconds early
 * against the last one would otherwise lose a whole period.
 */
export const REPEAT_AFTER_MS: Record<JobFailureNotificationFrequency, number | null> = {
  EVERYTIME: 0,
  EVERYFIVEMINUTES: 4 * MINUTE_MS + 30_000,
  EVERYTENMINUTES: 9 * MINUTE_MS + 15_000,
  EVERYHOUR: 59 * MINUTE_MS,
  EVERYDAY: DAY_MS - 10 * MINUTE_MS,
  ONSTATECHANGE: null,
};

/** What a job asks of the decision. */
export interface NotificationPolicy {
  readonly notifyOnFailureEvery: JobFailureNotificationFrequency;
  /** Failures in a row, at least 1. */
  readonly numberFailuresBeforeNotification: number;
}

/** Which of a job's notices is due. */
export type NotificationKind = "failure" | "recovery" | "inconclusive" | "flapping";
