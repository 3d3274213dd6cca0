import { Cron, type CronOptions } from "croner";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time/frequency.ts";

/**
 * Crons of Cloudflare are UTC, and number the weekdays from Sunday = 1. A step of all days is a restricted field to them, unlike to
 * cron(8), so either day will do (github.com/cloudflare/saffron). A fixed offset is faster than a zone.
 */
const LIKE_CLOUDFLARE: CronOptions = {
  utcOffset: 0,
  mode: "5-part",
  alternativeWeekdays: true,
  paused: true,
};
/** Two years, the first a leap year: every date of a calendar, and every turn of a month and a year. */
const FROM_MS = Date.UTC(2028, 0, 1);
const DAYS = 366 + 365;
const DAY_MINUTES = 24 * 60;

/** A time without an event, Unix ms. */
export interface Gap {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface CronEvents {
  /** Events in two years. */
  readonly count: number;
  /** The longest time between two of them; the first of its length. */
  readonly longestGap: Gap;
  /** The expressions that fire at the first minute at which several do; none where no minute has several. */
  readonly together: readonly string[];
}

/** Why `expression` is none that Cloudflare and `npm start` understand; null when it is one. */
export function cronFault(expression: string): string | null {
  const fields = expression.split(/[ \t]+/);
  if (fields.length !== 5) return "it must have five fields";
  // croner also knows "?" and nicknames such as @daily, which Cloudflare does not, and takes weekday 8 for 1.
  if (!fields.every((field) => /^[\dA-Z*,/#-]+$/i.test(field)))
    return "it holds a character that means nothing";
  if (/(^|[,-])(0|[89]|\d\d)/.test(fields[4] ?? "")) return noSuch("weekday");
  try {
    const cron = new Cron(expression, LIKE_CLOUDFLARE);
    cron.stop();
    return null;
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const [, field] = /Invalid value for (\w+)/.exec(text) ?? [];
    // The number in croner's text is not always the one that was written.
    return field === undefined ? text.replace(/^CronPattern: (Syntax error, )?/, "") : noSuch(field);
  }
}

function noSuch(field: string): string {
  return `there is no such ${field}`;
}

/** What sound expressions fire. Each fires events of its own. */
export function cronEvents(expressions: readonly string[]): CronEvents {
  const clocks = expressions.map(clockOf);
  const seen = new Map<string, Day>();
  const dayOf = (running: readonly Clock[]): Day => {
    const key = running.map(({ expression }) => expression).join("\n");
    const day = seen.get(key) ?? enumerate(running);
    seen.set(key, day);
    return day;
  };
  let count = 0;
  let together: readonly string[] = [];
  // The ends of the two years count as events: what a gap there is part of is not longer than the gap.
  let lastMs = FROM_MS;
  let longestGap: Gap = { fromMs: FROM_MS, toMs: FROM_MS };
  const visit = (fromMs: number, toMs: number): void => {
    if (toMs - fromMs > longestGap.toMs - longestGap.fromMs) longestGap = { fromMs, toMs };
  };
  for (let index = 0; index < DAYS; index++) {
    const day = dayOf(clocks.filter((clock) => clock.days.has(index)));
    if (day.count === 0) continue;
    const midnightMs = FROM_MS + index * DAY_MS;
    const at = (minute: number): number => midnightMs + minute * MINUTE_MS;
    visit(lastMs, at(day.first));
    visit(at(day.gap[0]), at(day.gap[1]));
    lastMs = at(day.last);
    count += day.count;
    if (together.length === 0) together = day.together;
  }
  visit(lastMs, FROM_MS + DAYS * DAY_MS);
  return { count, longestGap, together };
}

/** One day's events, in minutes since its midnight. */
interface Day {
  readonly count: number;
  readonly first: number;
  readonly last: number;
  /** The longest between two of them. */
  readonly gap: readonly [number, number];
  readonly together: readonly string[];
}

function enumerate(running: readonly Clock[]): Day {
  let count = 0;
  let together: readonly string[] = [];
  let gap: readonly [number, number] = [0, 0];
  const minutes: number[] = [];
  for (let minute = 0; minute < DAY_MINUTES; minute++) {
    const firing = running.filter((clock) => clock.fires(minute));
    if (firing.length === 0) continue;
    const before = minutes.at(-1) ?? minute;
    if (minute - before > gap[1] - gap[0]) gap = [before, minute];
    if (firing.length > 1 && together.length === 0) together = firing.map(({ expression }) => expression);
    minutes.push(minute);
    count += firing.length;
  }
  return { count, first: minutes[0] ?? 0, last: minutes.at(-1) ?? 0, gap, together };
}

interface Clock {
  readonly expression: string;
  /** Days, counted from the first, at which it fires at all. */
  readonly days: ReadonlySet<number>;
  /** Whether it fires at this minute of such a day. */
  readonly fires: (minuteOfDay: number) => boolean;
}

/** Asks croner for each part alone: to enumerate the million minutes of two years takes seconds. */
function clockOf(expression: string): Clock {
  const [minute = "", hour = "", ...date] = expression.split(/[ \t]+/);
  const minutes = times(`${minute} * * * *`, HOUR_MS, MINUTE_MS);
  const hours = times(`0 ${hour} * * *`, DAY_MS, HOUR_MS);
  return {
    expression,
    days: times(`0 0 ${date.join(" ")}`, DAYS * DAY_MS, DAY_MS),
    fires: (minuteOfDay) => minutes.has(minuteOfDay % 60) && hours.has(Math.floor(minuteOfDay / 60)),
  };
}

/** When `expression` fires within `lengthMs` from the beginning, in units of `unitMs`. */
function times(expression: string, lengthMs: number, unitMs: number): ReadonlySet<number> {
  const cron = new Cron(expression, LIKE_CLOUDFLARE);
  const found = new Set<number>();
  const endMs = FROM_MS + lengthMs;
  let at = cron.nextRun(new Date(FROM_MS - 1000));
  while (at !== null && at.getTime() < endMs) {
    found.add((at.getTime() - FROM_MS) / unitMs);
    at = cron.nextRun(at);
  }
  return found;
}
