import { Cron } from "croner";

/** Crons of Cloudflare are UTC, and number the weekdays from Sunday = 1. */
const LIKE_CLOUDFLARE = { timezone: "UTC", mode: "5-part", alternativeWeekdays: true } as const;

const MINUTE_MS = 60_000;

/** Fires `cron` for the minute that begins at `scheduledAtMs` (Unix time, ms). */
export type Fire = (cron: string, scheduledAtMs: number) => void;

export interface RunningClock {
  stop(): void;
}

/** Calls `fire` at the real time of each expression until stopped. `fire` must not throw. */
export function startClock(crons: readonly string[], fire: Fire): RunningClock {
  const jobs = crons.map(
    (cron) =>
      new Cron(cron, LIKE_CLOUDFLARE, () => {
        fire(cron, scheduledMinute(Date.now()));
      }),
  );
  return {
    stop() {
      for (const job of jobs) job.stop();
    },
  };
}

/** The minute for which a timer that goes off at `nowMs` was set: timers are late, or early by a little. */
export function scheduledMinute(nowMs: number): number {
  const earlyMs = 500;
  return Math.floor((nowMs + earlyMs) / MINUTE_MS) * MINUTE_MS;
}

/** The minute of `nowMs`, and the expression that it belongs to, or else the first one. */
export function firstEvent(
  crons: readonly string[],
  nowMs: number,
): { readonly cron: string; readonly scheduledAtMs: number } {
  const scheduledAtMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
  const at = new Date(scheduledAtMs);
  const cron = crons.find((each) => new Cron(each, { ...LIKE_CLOUDFLARE, paused: true }).match(at));
  return { cron: cron ?? crons[0] ?? "", scheduledAtMs };
}
