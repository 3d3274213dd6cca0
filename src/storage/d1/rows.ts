import * as v from "valibot";
import { HOUR_MS, latestSlot, type JobFrequency } from "../../core/time/frequency.ts";
import { CLOCK_SKEW_SECONDS } from "../../self-check/instance-status.ts";
import type { FailureCounters } from "../../alerting/job-state.ts";
import type { LoopbackMail } from "../../self-check/loopback.ts";
import { USAGE_KEYS, type DayUsage, type Usage } from "../../usage/usage.ts";
import type { Gap } from "../../core/gap.ts";
import type { CorruptRow } from "../../core/corrupt-row.ts";
import type { JobLoadError, NotifiedLoadError } from "../../job-loading/load-error.ts";
import type { StatusChange, TickRecord } from "../../scheduling/tick-record.ts";

/**
 * Rows as D1 gives them, checked on the way in: what a damaged row says must not become a wrong green, nor
 * may it end the tick. So each parser gives what the row says, or a ParseProblem.
 */
export class ParseProblem {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Row = Readonly<Record<string, unknown>>;

const integer = v.pipe(v.number(), v.safeInteger());
export const flag = v.pipe(
  v.picklist([0, 1]),
  v.transform((value) => value === 1),
);
export const status = v.picklist(["up", "down", "inconclusive"]);
export const frequencyName = v.picklist(["MINUTE", "HOUR", "DAY", "DAY_NOON"]);
/** A time, Unix ms; before any Checker was written there is none, and after the last Date none can be shown. */
export const time = v.pipe(integer, v.minValue(0), v.maxValue(8.64e15));
/** More than any instance lives to count: a row that says so was written by somebody else. */
export const MAX_COUNT = 1_000_000_000_000;
export const count = v.pipe(integer, v.minValue(0), v.maxValue(MAX_COUNT));

/** A column that holds JSON. */
export const json = <Schema extends v.GenericSchema>(schema: Schema) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }): unknown => {
      try {
        return JSON.parse(dataset.value);
      } catch {
        addIssue({ message: "is not JSON" });
        return NEVER;
      }
    }),
    schema,
  );

export function parseRow<Schema extends v.GenericSchema>(
  schema: Schema,
  row: unknown,
): v.InferOutput<Schema> | ParseProblem {
  const result = v.safeParse(schema, row, { abortPipeEarly: true });
  if (result.success) return result.output;
  return new ParseProblem(
    result.issues.map((issue) => `${v.getDotPath(issue) ?? "row"}: ${issue.message}`).join("; "),
  );
}

const ClaimRow = v.object({
  name: frequencyName,
  claimed_slot: v.pipe(integer, v.minValue(-1)),
  claimed_at: integer,
  completed_slot: v.pipe(integer, v.minValue(-1)),
});

/**
 * What is known of a frequency's slots.
 *
 * @param latestMs no slot can be taken that begins later, Unix ms: one that is would keep all others out
 */
export function parseClaim(
  row: Row,
  latestMs: number,
): { readonly name: JobFrequency; readonly doneMs: number } | ParseProblem {
  const r = parseRow(ClaimRow, row);
  if (r instanceof ParseProblem) return r;
  if (r.claimed_slot > latestMs) return new ParseProblem("claimed_slot lies in the future");
  if (r.completed_slot > r.claimed_slot) return new ParseProblem("completed_slot was never claimed");
  if (r.completed_slot >= 0 && latestSlot(r.name, r.completed_slot).atMs !== r.completed_slot)
    return new ParseProblem("completed_slot is no slot");
  return { name: r.name, doneMs: r.completed_slot };
}

/** Mail takes at most 50 minutes (LOOPBACK_TIMEOUT_SECONDS). */
const LONGEST_ROUND_TRIP_MS = HOUR_MS;

const LoopbackRow = v.object({
  token: v.string(),
  message_id: v.string(),
  sent_at: time,
  returned_at: v.nullable(time),
  send_error: v.nullable(v.string()),
});

export function parseLoopback(row: Row): LoopbackMail | ParseProblem {
  const r = parseRow(LoopbackRow, row);
  if (r instanceof ParseProblem) return r;
  if (r.returned_at !== null) {
    const roundTripMs = r.returned_at - r.sent_at;
    if (roundTripMs < -CLOCK_SKEW_SECONDS * 1000) return new ParseProblem("returned_at lies before sent_at");
    if (roundTripMs > LONGEST_ROUND_TRIP_MS)
      return new ParseProblem("returned_at lies too long after sent_at");
  }
  return {
    token: r.token,
    sentAtMs: r.sent_at,
    returnedAtMs: r.returned_at,
    messageId: r.message_id,
    sendError: r.send_error,
  };
}

const names = v.pipe(
  v.string(),
  v.transform((text) => (text === "" ? [] : text.split(" "))),
  v.array(frequencyName),
);
const TickRow = v.object({
  id: count,
  scheduled_at: time,
  started_at: time,
  finished_at: time,
  frequencies: names,
  caught_up: names,
  jobs: integer,
  up: integer,
  down: integer,
  inconclusive: integer,
});

export function parseTick(row: Row): (TickRecord & { readonly id: number }) | ParseProblem {
  const r = parseRow(TickRow, row);
  if (r instanceof ParseProblem) return r;
  return {
    id: r.id,
    scheduledAtMs: r.scheduled_at,
    startedAtMs: r.started_at,
    finishedAtMs: r.finished_at,
    frequencies: r.frequencies,
    caughtUp: r.caught_up,
    jobs: r.jobs,
    up: r.up,
    down: r.down,
    inconclusive: r.inconclusive,
  };
}

const CountsText = json(v.array(v.tuple([v.string(), count, v.nullable(time)])));

/** Failures in a row that are kept apart from the rows of their jobs. */
export function parseCounts(text: unknown): FailureCounters | ParseProblem {
  // Before the first, and of the version before.
  if (text === null || text === undefined) return new Map();
  const result = v.safeParse(CountsText, text);
  return result.success
    ? new Map(result.output.map(([job, failures, firstFailureAtMs]) => [job, { failures, firstFailureAtMs }]))
    : new ParseProblem("failure_counters: is no list of counts");
}

const usage = v.object(
  // What the version before did not count is none.
  v.entriesFromList(
    USAGE_KEYS as [keyof Usage, ...(keyof Usage)[]],
    v.optional(v.pipe(v.number(), v.minValue(0)), 0),
  ),
);
const DayUsageText = json(v.object({ day: count, tick: usage, sum: usage, told: v.array(v.string()) }));

/** Null where there is none, or nonsense: it only says how much was used, and begins anew each day. */
export function parseUsage(text: unknown): DayUsage | null {
  const result = v.safeParse(DayUsageText, text);
  return result.success ? result.output : null;
}

const LoadErrorRow = v.object({ name: v.string(), message: v.string() });

export function parseLoadError(row: Row): JobLoadError | ParseProblem {
  return parseRow(LoadErrorRow, row);
}

const NotifiedLoadErrorRow = v.object({ name: v.string(), message: v.string(), sent_at: v.nullable(time) });

/** @param row of the view, which has the time in the column that it shares with probes */
export function parseNotifiedLoadError(row: Row): NotifiedLoadError | ParseProblem {
  const r = parseRow(NotifiedLoadErrorRow, row);
  return r instanceof ParseProblem ? r : { name: r.name, message: r.message, absentSinceMs: r.sent_at };
}

const ChangeRow = v.object({
  id: integer,
  job: v.string(),
  name: v.string(),
  status_from: v.nullable(status),
  status_to: status,
  reason: v.string(),
  at: time,
});

export function parseChange(row: Row): (StatusChange & { readonly id: number }) | ParseProblem {
  const r = parseRow(ChangeRow, row);
  if (r instanceof ParseProblem) return r;
  const { id, job, name, reason } = r;
  return { id, jobKey: job, name, from: r.status_from, to: r.status_to, reason, atMs: r.at };
}

const GapRow = v.object({
  id: integer,
  frequency: frequencyName,
  from_slot: time,
  to_slot: time,
  slots: integer,
});

export function parseGap(row: Row): (Gap & { readonly id: number }) | ParseProblem {
  const r = parseRow(GapRow, row);
  if (r instanceof ParseProblem) return r;
  return { id: r.id, frequency: r.frequency, fromMs: r.from_slot, toMs: r.to_slot, slots: r.slots };
}

/** What names a row, as a person is told it. What should be a text may be anything. */
export function keyOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/**
 * Those rows that can be read; what is wrong with the others is added to `damage`.
 *
 * @param of their table, and the column that names one
 */
export function sound<T extends object>(
  rows: readonly Row[],
  of: { readonly table: string; readonly key: string },
  damage: CorruptRow[],
  parse: (row: Row) => T | ParseProblem,
): T[] {
  return rows.flatMap((row) => {
    const parsed = parse(row);
    if (!(parsed instanceof ParseProblem)) return [parsed];
    damage.push({ table: of.table, key: keyOf(row[of.key]), problem: parsed.text });
    return [];
  });
}

/** Those rows that can be read. For what is shown to people: one bad row must not hide the others. */
export function readable<T>(rows: readonly Row[] | undefined, parse: (row: Row) => T | ParseProblem): T[] {
  return (rows ?? []).flatMap((row) => {
    const parsed = parse(row);
    return parsed instanceof ParseProblem ? [] : [parsed];
  });
}
