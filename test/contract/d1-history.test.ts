/** What history costs on D1, in the numbers that Cloudflare counts. */
import { describe, expect, test } from "vitest";
import { toHex } from "../../src/storage/d1/bytes.ts";
import { D1HistoryCompactor } from "../../src/storage/d1/history/compactor.ts";
import { d1HistoryReader } from "../../src/storage/d1/history/reader.ts";
import { D1Store } from "../../src/storage/d1/d1-store.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time/frequency.ts";
import { packRollups, rollUpPacked } from "../../src/history/rollup.ts";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import { MAX_QUERIES, compactHistory } from "../../src/history/compact-history.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { countedD1 } from "../support/d1/counted.ts";
import { commit, commitOf, NOW_MS } from "../support/fakes/commit.ts";
import { historyOf, laneWith, sampleOf, UP } from "../support/fakes/history.ts";
import { FakeRandom, SETTINGS } from "../support/fakes/ports.ts";

const local = useLocalD1();
const random = new FakeRandom();
/** A day whose first is 89 days before. */
const TODAY = Date.parse("2026-11-23T00:00:00Z");
const JOBS = Array.from({ length: 1_000 }, (_, index) => `File["https://server-${index}.example.com/"]`);

/** A thousand jobs that have run each minute for 90 days, until shortly before noon. */
async function ninetyDays(): Promise<void> {
  await local.empty();
  const store = new D1Store(local.db, random);
  const firstMs = TODAY - 89 * DAY_MS;
  await commit(store, {
    states: new Map(JOBS.map((job) => [job, { ...NEW_JOB, status: "up" as const }])),
    ...historyOf(laneWith(1, JOBS, firstMs)),
  });
  const packed = (slots: number): string =>
    toHex(
      packRollups(
        JOBS.map(() =>
          rollUpPacked(
            Array.from({ length: slots }, () => (1 << 22) | 41),
            slots,
          ),
        ),
      ),
    );
  const insert = (table: string, data: string, keys: readonly number[]): Promise<unknown> =>
    local.sql(
      `INSERT INTO ${table} (id, data) SELECT value, unhex(?2) FROM json_each(?1)`,
      JSON.stringify(keys),
      data,
    );
  const key = (atMs: number): number => 2 ** 32 + atMs / MINUTE_MS;
  const keys = (count: number, everyMs: number, untilMs: number): number[] =>
    Array.from({ length: count }, (_, index) => key(untilMs - (index + 1) * everyMs));
  await insert("daily", packed(1_440), keys(89, DAY_MS, TODAY));
  await insert("hourly", packed(60), keys(11, HOUR_MS, TODAY + 11 * HOUR_MS));
  const sample = toHex(sampleOf(1, 0, ...JOBS.map(() => UP)).data);
  await insert("sample", sample, keys(59, MINUTE_MS, TODAY + 11 * HOUR_MS + 59 * MINUTE_MS));
  await local.sql(
    "UPDATE retention SET daily_until = ?1, hourly_until = ?2, raw_from = ?1",
    TODAY,
    TODAY + 11 * HOUR_MS,
  );
  await local.sql(
    "UPDATE frequency SET claimed_slot = ?1, completed_slot = ?1 WHERE name = 'MINUTE'",
    TODAY + 11 * HOUR_MS + 58 * MINUTE_MS,
  );
}

describe("a quiet tick of a thousand jobs", () => {
  test("writes one row more than without history, and reads one more for the lane", async () => {
    await local.empty();
    const plain = new D1Store(local.db, random);
    await commit(plain, {
      states: new Map(JOBS.map((job) => [job, NEW_JOB])),
      ...historyOf(laneWith(1, JOBS, TODAY)),
    });
    const cost = async (
      samples: Parameters<typeof historyOf>[0]["samples"],
      atMs: number,
    ): Promise<number> => {
      const { db, counts } = countedD1(local.db);
      const store = new D1Store(db, random);
      const slot = { frequency: "MINUTE", atMs } as const;
      await store.claim([slot], atMs, 300_000);
      const { version } = await store.readTick(atMs);
      await store.commit({
        ...commitOf(version, historyOf({ samples: samples ?? [] })),
        completedSlots: [slot],
      });
      return counts.rowsWritten;
    };
    const without = await cost([], TODAY);
    const sample = sampleOf(1, TODAY + MINUTE_MS, ...JOBS.map(() => UP));
    expect(await cost([sample], TODAY + MINUTE_MS)).toBe(without + 1);
    const { db, counts } = countedD1(local.db);
    await db.batch([db.prepare("SELECT * FROM block")]);
    expect(counts.rowsRead).toBe(1);
  });

  test("takes at most six bytes a check, with all that the database adds", async () => {
    await local.empty();
    const store = new D1Store(local.db, random);
    const size = async (): Promise<number> =>
      (await local.db.prepare("SELECT 1").all()).meta.size_after ?? NaN;
    await commit(store, historyOf(laneWith(1, JOBS, TODAY)));
    const before = await size();
    for (let part = 0; part < 10; part++) {
      const samples = Array.from({ length: 144 }, (_, index) =>
        sampleOf(1, TODAY + (part * 144 + index) * MINUTE_MS, ...JOBS.map(() => UP)),
      );
      await commit(store, historyOf({ samples }));
    }
    const bytes = ((await size()) - before) / (1_440 * JOBS.length);
    console.log(`${bytes.toFixed(2)} bytes a check`);
    expect(bytes).toBeGreaterThan(3);
    expect(bytes).toBeLessThan(6);
  });
});

describe("what is shown of a thousand jobs", () => {
  test("is 90 days and a day of latencies of all with at most 4 queries and 5,000 rows read", async () => {
    await ninetyDays();
    const { db, counts } = countedD1(local.db);
    const bars = await d1HistoryReader(db, random).readSummaries(TODAY + 12 * HOUR_MS);
    console.log(`bars: ${counts.queries} queries, ${counts.rowsRead} rows read`);
    expect(bars).toHaveLength(1_000);
    expect(new Set(bars.map(({ days }) => days.map(({ up }) => up).join()))).toEqual(
      new Set([[...Array.from({ length: 89 }, () => 1_440), 11 * 60 + 59].join()]),
    );
    expect(counts.queries).toBeLessThanOrEqual(4);
    expect(counts.rowsRead).toBeLessThanOrEqual(5_000);
  });

  test("is bounded for one job, and for the list of all", async () => {
    await ninetyDays();
    const nowMs = TODAY + 12 * HOUR_MS;
    const job = JOBS[700] ?? "";
    const costs: Record<string, readonly [number, number]> = {};
    const costOf = async (
      name: string,
      read: (reader: ReturnType<typeof d1HistoryReader>) => Promise<unknown>,
    ) => {
      const { db, counts } = countedD1(local.db);
      await read(d1HistoryReader(db, random));
      costs[name] = [counts.queries, counts.rowsRead];
      expect([name, counts.queries]).toEqual([name, Math.min(counts.queries, 6)]);
      expect([name, counts.rowsWritten]).toEqual([name, 0]);
      return counts.rowsRead;
    };
    for (const range of ["24 h", "7 d", "30 d", "90 d", "1 y"] as const) {
      expect(await costOf(range, (reader) => reader.readSeries(job, range, nowMs))).toBeLessThan(1_600);
    }
    // Each job takes its series and its state, and one row has the states of unsettled jobs.
    expect(await costOf("jobs", (reader) => reader.readJobs())).toBeLessThanOrEqual(2_001);
    expect(
      await costOf("incidents", (reader) => reader.readIncidents({ after: null, limit: 50, jobKey: null })),
    ).toBeLessThanOrEqual(50);
    console.log(`queries and rows read: ${JSON.stringify(costs)}`);
  });
});

describe("making the sums", () => {
  test("takes a bounded number of queries and rows, and goes on where it was", async () => {
    await ninetyDays();
    await local.sql("UPDATE retention SET hourly_until = ?1", TODAY + 4 * HOUR_MS);
    const { db, counts } = countedD1(local.db);
    const untilMs = async (): Promise<unknown> =>
      (await local.sql("SELECT hourly_until FROM retention"))[0]?.["hourly_until"];
    await compactHistory(
      { keeper: new D1HistoryCompactor(db, random), settings: SETTINGS },
      TODAY + 12 * HOUR_MS + 7 * MINUTE_MS,
    );
    console.log(
      `roll up: ${counts.queries} queries, ${counts.rowsRead} rows read, ${counts.rowsWritten} written`,
    );
    expect(counts.queries).toBeLessThanOrEqual(MAX_QUERIES);
    expect(await untilMs()).toBe(TODAY + 6 * HOUR_MS);
    // A sum and the note of it, twice.
    expect(counts.rowsWritten).toBe(4);
  });

  test("asks three queries and writes nothing where there is nothing to do", async () => {
    await ninetyDays();
    const { db, counts } = countedD1(local.db);
    const keeper = new D1HistoryCompactor(db, random);
    const settings = { ...SETTINGS, history: { rawDays: 7, hourlyDays: 90, dailyDays: 730 } };
    await compactHistory({ keeper, settings }, TODAY + 11 * HOUR_MS + 59 * MINUTE_MS);
    expect([counts.queries, counts.rowsWritten]).toEqual([3, 0]);
    await compactHistory({ keeper, settings }, TODAY + 12 * HOUR_MS + 5 * MINUTE_MS);
    expect(counts.queries).toBe(3);
    expect((await keeper.readRetention(NOW_MS)).kept).toHaveLength(1);
  });
});
