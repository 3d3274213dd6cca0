/**
 * A day of a thousand jobs of every minute, and of some of the hour and the day, on the Free plan and a real D1: what
 * it uses, and whether that was foreseen. Of its 24 hours three are simulated, tick by tick: those that begin at
 * midnight and noon, and an ordinary one, which stands for all others. With CHECKER_WHOLE_DAY=1 all are, which takes
 * minutes: 12,100 rows written, where three hours lead to 12,304.
 */
import { beforeAll, describe, expect, test } from "vitest";
import { limitsOf } from "../../src/usage/quota.ts";
import { DAY_MS, FREQUENCIES, HOUR_MS, latestSlot, MINUTE_MS } from "../../src/core/time/frequency.ts";
import { addUsage, NO_USAGE, USAGE_KEYS, type Usage } from "../../src/usage/usage.ts";
import type { DayReport, Stretch } from "../job-sdk/day-worker.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";

const local = useLocalD1({ main: "test/job-sdk/day-worker.ts" });
const DAY = Date.parse("2026-11-24T00:00:00Z");
const IS_WHOLE = process.env["CHECKER_WHOLE_DAY"] === "1";
/** Hours of the day that are simulated; the second stands for those that are not. */
const HOURS = IS_WHOLE ? Array.from({ length: 24 }, (_, hour) => hour) : [0, 6, 12];

/** After each of the hours: all that was used until then. */
const reports: DayReport[] = [];

beforeAll(async () => {
  // All jobs are known from the day before.
  await run({ fromMs: DAY - 2 * MINUTE_MS, toMs: DAY, anew: false });
  await ageByAWeek();
  for (const hour of HOURS) {
    const atMs = DAY + hour * HOUR_MS;
    if (!IS_WHOLE) await skipTo(atMs);
    reports.push(await run({ fromMs: atMs, toMs: atMs + HOUR_MS, anew: hour === 0 }));
  }
}, 900_000);

function run(stretch: Stretch): Promise<DayReport> {
  return local.post(stretch) as Promise<DayReport>;
}

/** Puts ticks and samples there that come of age on this day, so that as much is deleted as on any. */
async function ageByAWeek(): Promise<void> {
  await local.sql(
    `WITH RECURSIVE minute (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM minute WHERE at < 1439)
     INSERT INTO tick (id, scheduled_at, started_at, finished_at, frequencies, jobs, up, down, inconclusive)
     SELECT at - 1440, ?1 + at * 60000, ?1 + at * 60000, ?1 + at * 60000, 'MINUTE', 1000, 1000, 0, 0 FROM minute`,
    DAY - 7 * DAY_MS - HOUR_MS,
  );
  await local.sql(
    `WITH RECURSIVE minute (at) AS (SELECT 0 UNION ALL SELECT at + 1 FROM minute WHERE at < 1439)
     INSERT INTO sample (id, data) SELECT (block << 32) + ?1 / 60000 + at, zeroblob(3000) FROM retention, minute
     WHERE frequency = 'MINUTE'`,
    DAY - 8 * DAY_MS,
  );
  await local.sql(
    `UPDATE retention SET from_at = ?1, raw_from = ?1, hourly_from = ?1, daily_from = ?1, daily_until = ?2
     WHERE frequency = 'MINUTE'`,
    DAY - 8 * DAY_MS,
    DAY - DAY_MS,
  );
}

/** As if the ticks until then had run: nothing is to be caught up, told as a gap, summed up or deleted of their time. */
async function skipTo(atMs: number): Promise<void> {
  for (const frequency of FREQUENCIES) {
    const slotMs = latestSlot(frequency, atMs - 1).atMs;
    await local.sql(
      "UPDATE frequency SET claimed_slot = ?1, completed_slot = ?1 WHERE name = ?2",
      slotMs,
      frequency,
    );
  }
  await local.sql("UPDATE retention SET hourly_until = ? WHERE frequency = 'MINUTE'", atMs - HOUR_MS);
  await local.sql("DELETE FROM tick WHERE id < 0 AND started_at < ?", atMs - 7 * DAY_MS - HOUR_MS);
}

/** By the ledger, with what the next tick will write into it. */
function usedBy({ ledger, pendingUsage }: DayReport): Usage {
  return addUsage(ledger.sum, pendingUsage);
}

function end(): DayReport {
  const last = reports.at(-1);
  if (last === undefined) throw new Error("nothing was simulated");
  return last;
}

/** What was simulated, and the ordinary hour again for each that was not. */
function wholeDay(): Usage {
  const [first = NO_USAGE, second = NO_USAGE] = reports.map(usedBy);
  const day = { ...usedBy(end()) } as Record<keyof Usage, number>;
  for (const key of USAGE_KEYS) {
    if (!key.startsWith("peak")) day[key] += (24 - HOURS.length) * (second[key] - first[key]);
  }
  return day;
}

describe("a day of a thousand jobs on the Free plan", () => {
  test("goes well, with failures that are told", () => {
    const { faults, counted } = end();
    expect(faults).toEqual([]);
    expect(counted.requests).toBe(HOURS.length * (60 * 1_000 + 100) + 2 * 40);
    expect(counted.failures).toBeGreaterThan(20);
    expect(counted.mails).toBeGreaterThan(10);
  });

  test("keeps within every limit of the plan", () => {
    const day = wholeDay();
    const used = limitsOf("free").map(({ name, of, most }) => ({ name, used: Math.round(of(day)), most }));
    if (IS_WHOLE) console.log(used, end());
    expect(used.filter(({ used, most }) => used > most)).toEqual([]);
    // Not for lack of work: of each limit something was used.
    expect(used.filter(({ used }) => used === 0)).toEqual([]);
  });

  test("takes at most 50 queries and 50 requests in any invocation", () => {
    const { counted, ledger } = end();
    expect(counted.peakQueries).toBeLessThanOrEqual(50);
    expect(counted.peakRequests).toBeLessThanOrEqual(50);
    expect(ledger.sum.peakQueries).toBe(counted.peakQueries);
    expect(ledger.sum.peakRequests).toBe(counted.peakRequests);
  });

  test("is written into the ledger as D1 and the objects count it", () => {
    const { counted } = end();
    expect(usedBy(end())).toMatchObject({
      queries: counted.queries,
      rowsRead: counted.rowsRead,
      rowsWritten: counted.rowsWritten,
      requests: counted.requests,
      invocations: counted.calls,
    });
  });

  test.each(["D1 rows written", "Durable Object requests"])("is foreseen to a quarter: %s", (name) => {
    const limit = limitsOf("free").find((one) => one.name === name);
    const used = limit?.of(wholeDay()) ?? Number.NaN;
    const projected = end().projected[name] ?? Number.NaN;
    expect(projected / used).toBeGreaterThan(0.75);
    expect(projected / used).toBeLessThan(1.25);
  });
});
