import { DAY_MS, MINUTE_MS } from "../core/time/frequency.ts";
import type { ActiveMaintenance } from "../alerting/maintenance.ts";
import { CronProblem, instantOf, parseCron, timeZoneProblem, type CronSchedule } from "../core/time/cron.ts";
import { JobError } from "./job-error.ts";

/** Announced work that happens once. */
export interface OnceMaintenance {
  /** Such as `2026-12-01T22:00`, by the clock of the time zone, or `2026-12-01T21:00Z`. */
  readonly from: string;
  /** As `from`, later, and at most 31 days. */
  readonly until: string;
  /** Of the IANA database, such as `Europe/Zurich`. Default: UTC. */
  readonly timeZone?: string;
}

/** Announced work that comes again. */
export interface RecurringMaintenance {
  /** When it begins: five parts, such as `0 22 * * SAT`, by the clock of the time zone. */
  readonly cron: string;
  /** How long it lasts, up to seven days, by a stop-watch. Or give `until`. */
  readonly minutes?: number;
  /** Until which time of the clock, such as `06:00`: that which comes next. */
  readonly until?: string;
  /** Of the IANA database, such as `Europe/Zurich`. Default: UTC. */
  readonly timeZone?: string;
}

/** A time of announced work: checks run on, nobody is told, and it counts neither as up nor as down. */
export type MaintenanceWindow = OnceMaintenance | RecurringMaintenance;

/** When a window is open. Times are Unix ms. */
export interface MaintenanceSchedule {
  /** Null where it is not at this time. */
  readonly openAt: (nowMs: number) => ActiveMaintenance | null;
  /** The stretch that goes on or comes first; null where none will come any more. */
  readonly next: (nowMs: number) => ActiveMaintenance | null;
}

const MAX_ONCE_MS = 31 * DAY_MS;
const MAX_MINUTES = 7 * 24 * 60;
const OPTIONS = ["from", "until", "cron", "minutes", "timeZone"];
const EXAMPLE = `{ cron: "0 22 * * SAT", minutes: 120, timeZone: "Europe/Zurich" }`;

/**
 * @param of the job, as its owner knows it
 * @throws JobError `E_MAINTENANCE` that names the value and the remedy
 */
export function parseMaintenance(windows: unknown, of: string): readonly MaintenanceSchedule[] {
  if (!Array.isArray(windows)) {
    throw wrong(of, `is ${show(windows)}; return a list of windows such as [${EXAMPLE}]`);
  }
  return windows.map((window: unknown) => parseWindow(window, of));
}

/** When the job is under maintenance, and until when: of several windows, the one that lasts longest. */
export function maintenanceAt(
  schedules: readonly MaintenanceSchedule[],
  nowMs: number,
): ActiveMaintenance | null {
  const open = schedules.flatMap(({ openAt }) => openAt(nowMs) ?? []);
  return open.toSorted((a, b) => b.untilMs - a.untilMs)[0] ?? null;
}

function parseWindow(window: unknown, of: string): MaintenanceSchedule {
  if (typeof window !== "object" || window === null) {
    throw wrong(of, `has ${show(window)}, which is no window; write ${EXAMPLE}`);
  }
  const unknown = Object.keys(window).filter((key) => !OPTIONS.includes(key));
  if (unknown.length > 0) {
    throw wrong(of, `has no option ${unknown.map(show).join(", ")}; the options are ${OPTIONS.join(", ")}`);
  }
  const { from, until, cron, minutes, timeZone = "UTC" } = window as Record<string, unknown>;
  if ((from === undefined) === (cron === undefined)) {
    throw wrong(of, `needs either from and until, or cron with minutes or until; write ${EXAMPLE}`);
  }
  return cron === undefined
    ? parseOnce(from, until, timeZone, of)
    : parseRecurring(cron, minutes, until, timeZone, of);
}

function parseOnce(from: unknown, until: unknown, timeZone: unknown, of: string): MaintenanceSchedule {
  if (until === undefined)
    throw wrong(of, `begins at ${show(from)} and needs until, the time at which it ends`);
  const [fromMs, untilMs] = [parseTime(from, timeZone, of), parseTime(until, timeZone, of)];
  if (untilMs <= fromMs) {
    throw wrong(of, `ends at ${show(until)}, not after ${show(from)}; give a later until`);
  }
  if (untilMs - fromMs > MAX_ONCE_MS) {
    throw wrong(of, `lasts from ${show(from)} to ${show(until)}, more than 31 days; give an earlier until`);
  }
  const stretch = { fromMs, untilMs };
  const next = (nowMs: number): ActiveMaintenance | null => (nowMs < untilMs ? stretch : null);
  return { openAt: (nowMs) => (fromMs <= nowMs ? next(nowMs) : null), next };
}

function parseTime(text: unknown, timeZone: unknown, of: string): number {
  const remedy = `write it like "2026-12-01T22:00", or "2026-12-01T21:00Z"`;
  const match = /^(\d{4}-\d\d-\d\dT\d\d:\d\d)(Z|[+-]\d\d:\d\d)?$/.exec(typeof text === "string" ? text : "");
  if (match === null) throw wrong(of, `has ${show(text)}, which is no time; ${remedy}`);
  const zoneProblem = timeZoneProblem(timeZone);
  if (zoneProblem !== null) throw wrong(of, `has a problem: ${zoneProblem}`);
  const [, local = "", offset] = match;
  const localMs = instantOf(local, offset === undefined ? String(timeZone) : "UTC");
  if (localMs === null) throw wrong(of, `has ${show(text)}, which no calendar has; ${remedy}`);
  const atMs = offset === undefined || offset === "Z" ? localMs : Date.parse(`${local}${offset}`);
  if (Number.isNaN(atMs)) throw wrong(of, `has ${show(text)}, whose offset no clock has; ${remedy}`);
  return atMs;
}

function parseRecurring(
  cron: unknown,
  minutes: unknown,
  until: unknown,
  timeZone: unknown,
  of: string,
): MaintenanceSchedule {
  const starts = parseCron(cron, timeZone);
  if (starts instanceof CronProblem) throw wrong(of, `has a problem: ${starts.text}`);
  if ((minutes === undefined) === (until === undefined)) {
    throw wrong(of, `begins at ${show(cron)} and needs either minutes or until; write ${EXAMPLE}`);
  }
  const endOf = minutes === undefined ? parseClock(until, timeZone, of) : parseMinutes(minutes, of);
  const openAt = (nowMs: number): ActiveMaintenance | null => {
    const fromMs = starts.lastUntil(nowMs);
    if (fromMs === null) return null;
    const untilMs = endOf(fromMs, starts);
    return nowMs < untilMs ? { fromMs, untilMs } : null;
  };
  const toCome = (nowMs: number): ActiveMaintenance | null => {
    const fromMs = starts.nextAfter(nowMs);
    if (fromMs === null) return null;
    const untilMs = endOf(fromMs, starts);
    return untilMs > fromMs ? { fromMs, untilMs } : toCome(fromMs);
  };
  return { openAt, next: (nowMs) => openAt(nowMs) ?? toCome(nowMs) };
}

/** Not after its beginning where the clock has skipped all of it. */
type EndOf = (fromMs: number, starts: CronSchedule) => number;

function parseMinutes(minutes: unknown, of: string): EndOf {
  if (typeof minutes !== "number" || !(minutes >= 1 && minutes <= MAX_MINUTES)) {
    throw wrong(of, `has minutes ${show(minutes)}; give a number from 1 to ${MAX_MINUTES}`);
  }
  return (fromMs) => fromMs + minutes * MINUTE_MS;
}

function parseClock(until: unknown, timeZone: unknown, of: string): EndOf {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(typeof until === "string" ? until : "");
  if (match === null) {
    throw wrong(of, `has until ${show(until)}; give a time of the clock such as "06:00"`);
  }
  const ends = parseCron(`${Number(match[2])} ${Number(match[1])} * * *`, timeZone);
  if (ends instanceof CronProblem) throw wrong(of, `has a problem: ${ends.text}`);
  return (fromMs, starts) => {
    // Beginning and end are skipped together, or the one that is skipped falls on the other.
    const isSkipped = starts.isShifted(fromMs) && ends.lastUntil(fromMs) === fromMs;
    return isSkipped ? fromMs : (ends.nextAfter(fromMs) ?? fromMs);
  };
}

function wrong(of: string, what: string): JobError {
  return new JobError("E_MAINTENANCE", `a maintenance window of ${of} ${what}`);
}

function show(value: unknown): string {
  return JSON.stringify(value) ?? typeof value;
}
