import { Cron } from "croner";
import { MINUTE_MS } from "./frequency.ts";

/** Times that a cron expression names in a time zone. */
export interface CronSchedule {
  /** The newest that is not after `atMs`, Unix ms; null where there never was one. */
  lastUntil(atMs: number): number | null;
  /** The first after `atMs`, Unix ms; null where there will be none. */
  nextAfter(atMs: number): number | null;
  /** Whether a time that it gave comes in the place of one that daylight saving skips. */
  isShifted(atMs: number): boolean;
}

/** What is written there cannot be followed; for whoever wrote it: the value and the remedy. */
export class CronProblem {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** All that are written in the code of one Worker: few, and each is asked for again every minute. */
const made = new Map<string, CronSchedule | CronProblem>();

/**
 * Minute, hour, day of month, month and day of week as cron of Debian reads them, see crontab(5): either day will do when both
 * fields are restricted. A field that begins with a star is not, even with a step; then both days must fit. A
 * time that daylight saving skips comes when the clock has gone on, and one that it repeats comes once.
 *
 * @param timeZone of the IANA database, such as `Europe/Zurich`
 */
export function parseCron(expression: unknown, timeZone: unknown): CronSchedule | CronProblem {
  if (typeof expression !== "string") {
    return new CronProblem(`${show(expression)} is not a cron expression; write one such as "30 2 * * SAT"`);
  }
  const zoneProblem = timeZoneProblem(timeZone);
  if (zoneProblem !== null) return new CronProblem(zoneProblem);
  const key = `${expression} ${String(timeZone)}`;
  const before = made.get(key);
  if (before !== undefined) return before;
  const schedule = scheduleOf(expression, String(timeZone));
  made.set(key, schedule);
  return schedule;
}

function scheduleOf(expression: string, timeZone: string): CronSchedule | CronProblem {
  const wrong = (why: string): CronProblem =>
    new CronProblem(`${show(expression)} ${why}; write five parts such as "30 2 * * SAT"`);
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== 5 && !expression.startsWith("@"))
    return wrong(`has not five parts but ${parts.length}`);
  const [, , dayOfMonth = "", , dayOfWeek = ""] = parts;
  // croner reads ? as a star.
  const domAndDow = [dayOfMonth, dayOfWeek].some((field) => /^[*?]/.test(field));
  let cron: Cron;
  try {
    cron = new Cron(expression, { timezone: timeZone, paused: true, mode: "5-part", domAndDow });
  } catch (error) {
    const why = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
    return wrong(`is not a cron expression (${why})`);
  }
  let newest: { readonly minute: number; readonly lastMs: number | null } | null = null;
  const lastUntil = (atMs: number): number | null => {
    const minute = Math.floor(atMs / MINUTE_MS);
    // A thousand jobs may ask in one tick.
    if (newest?.minute === minute) return newest.lastMs;
    // What croner gives lies before what it is asked for, and every time begins a minute.
    const before = new Date((minute + 1) * MINUTE_MS);
    newest = { minute, lastMs: cron.previousRuns(1, before)[0]?.getTime() ?? null };
    return newest.lastMs;
  };
  const nextAfter = (atMs: number): number | null => cron.nextRun(new Date(atMs))?.getTime() ?? null;
  const isShifted = (atMs: number): boolean => !cron.match(new Date(atMs));
  return lastUntil(LATE_MS) === null
    ? wrong("names no day that there is")
    : { lastUntil, nextAfter, isShifted };
}

/** Each is asked for by every job of a list, every minute. */
const instants = new Map<string, number | null>();

/**
 * When the clock of a time zone shows a time, Unix ms; null for a day that no month has. A time that daylight saving
 * skips is as long after the change as it would have been, and of one that it repeats the first is meant.
 *
 * @param local such as `2026-12-01T22:00`
 * @param timeZone one that there is
 */
export function instantOf(local: string, timeZone: string): number | null {
  const key = `${local} ${timeZone}`;
  const known = instants.get(key);
  if (known !== undefined) return known;
  // Else the 30th of February would be the 2nd of March.
  const isDay = new Date(`${local}Z`).toJSON()?.startsWith(local) ?? false;
  const cron = isDay ? new Cron(`${local}:00`, { timezone: timeZone, paused: true }) : null;
  const atMs = cron?.nextRun(new Date(0))?.getTime() ?? null;
  instants.set(key, atMs);
  return atMs;
}

/** Why it is none that there is; null where it is one. */
export function timeZoneProblem(timeZone: unknown): string | null {
  return typeof timeZone === "string" && isTimeZone(timeZone)
    ? null
    : `${show(timeZone)} is not a time zone; write one such as "Europe/Zurich" or "UTC"`;
}

/** By then every day has been, the 29th of February too. */
const LATE_MS = Date.UTC(2100, 0, 1);

/** Asking a thousand times a minute costs more than to remember. */
const zones = new Map<string, boolean>();

function isTimeZone(name: string): boolean {
  const known = zones.get(name);
  if (known !== undefined) return known;
  let exists = true;
  try {
    Intl.DateTimeFormat("en", { timeZone: name });
  } catch {
    exists = false;
  }
  zones.set(name, exists);
  return exists;
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? typeof value;
}
