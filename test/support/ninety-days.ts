/** A database as it is after ninety days of jobs that are all a little different, for measuring what a page takes. */
import { toHex } from "../../src/adapters/d1/bytes.ts";
import { D1Store } from "../../src/adapters/d1/d1-store.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/frequency.ts";
import { packRollups, type Rollup } from "../../src/domain/history/rollup.ts";
import { NEW_JOB, type JobState } from "../../src/domain/job-state.ts";
import type { LocalD1 } from "../adapters/d1/local-d1.ts";
import { seededRandom } from "../../scripts/soak/random.ts";
import { commit } from "./fakes-commit.ts";
import { historyOf, laneWith, openedOf, sampleOf } from "./fakes-history.ts";
import { FakeRandom } from "./fakes.ts";

/** A day whose first is 89 days before. */
export const TODAY = Date.parse("2026-11-23T00:00:00Z");
/** Twelve hours and a half of today are over. */
export const NOW = TODAY + 12 * HOUR_MS + 30 * MINUTE_MS;

const WORDS = [
  "shop",
  "mail",
  "api",
  "login",
  "static",
  "search",
  "billing",
  "db",
  "cache",
  "queue",
  "blog",
  "docs",
];

/** `count` servers with names, latencies, outages and reasons of their own: one in fifty is down. */
export async function ninetyDays(local: LocalD1, count: number): Promise<readonly string[]> {
  const random = seededRandom(20261124);
  const below = (most: number): number => Math.floor(random() * most);
  const word = (): string => WORDS[below(WORDS.length)] ?? "";
  const jobs = Array.from(
    { length: count },
    (_, index) => `HTTPServerChecker["https://${word()}-${word()}${index}.${word()}.example.com/"]`,
  );
  await local.empty();
  const firstMs = TODAY - 89 * DAY_MS;
  const lane = laneWith(1, jobs, firstMs);
  const state = (index: number): JobState =>
    index % 50 === 7
      ? {
          ...NEW_JOB,
          succeeding: false,
          failures: 9,
          firstFailureAtMs: NOW - below(9 * DAY_MS),
          status: "down",
          reason: `answered HTTP ${500 + below(5)} instead of 200`,
          sinceMs: NOW - below(9 * DAY_MS),
        }
      : {
          ...NEW_JOB,
          status: "up",
          reason: `HTTP 200 in ${20 + below(400)} ms`,
          sinceMs: NOW - below(80 * DAY_MS),
        };
  await commit(new D1Store(local.db, new FakeRandom()), {
    states: new Map(jobs.map((job, index) => [job, state(index)])),
    ...historyOf({
      ...lane,
      opened: lane.opened.map((one, index) =>
        openedOf(
          { ...one, name: one.job.replace(/\["(.*)"\]/, " $1") },
          { group: index % 3 === 0 ? "Shop" : "HTTPServerChecker", isPublic: true },
        ),
      ),
    }),
  });
  const usual = jobs.map(() => 20 + below(400));
  const rollup = (index: number, runs: number): Rollup => {
    const down = below(40) === 0 ? 1 + below(Math.ceil(runs / 10)) : 0;
    const ms = (usual[index] ?? 0) + below(60);
    const latency = { minMs: ms - 9, meanMs: ms, p50Ms: ms, p95Ms: 2 * ms, p99Ms: 3 * ms, maxMs: 4 * ms };
    return { up: runs - down, down, inconclusive: 0, missed: 0, maintenance: 0, latency };
  };
  const insert = async (
    table: string,
    everyMs: number,
    untilMs: number,
    rows: number,
    data: () => Uint8Array,
  ) => {
    for (let row = 1; row <= rows; row++)
      await local.sql(
        `INSERT INTO ${table} (id, data) VALUES (?1, unhex(?2))`,
        2 ** 32 + (untilMs - row * everyMs) / MINUTE_MS,
        toHex(data()),
      );
  };
  const packed = (runs: number) => () => packRollups(jobs.map((_, index) => rollup(index, runs)));
  await insert("daily", DAY_MS, TODAY, 89, packed(1_440));
  await insert("hourly", HOUR_MS, TODAY + 12 * HOUR_MS, 36, packed(60));
  await insert(
    "sample",
    MINUTE_MS,
    NOW,
    30,
    () =>
      sampleOf(
        1,
        0,
        ...usual.map((ms) => ({ status: "up", latencyMs: ms + below(60), maintenance: false }) as const),
      ).data,
  );
  await local.sql(
    "UPDATE kept SET daily_until = ?1, hourly_until = ?2, raw_from = ?1",
    TODAY,
    TODAY + 12 * HOUR_MS,
  );
  await local.sql(
    "UPDATE frequency SET claimed_slot = ?1, done_slot = ?1 WHERE name = 'MINUTE'",
    NOW - MINUTE_MS,
  );
  await local.sql("UPDATE tick SET finished_at = ?1", NOW - MINUTE_MS + 2_000);
  await local.sql("INSERT INTO probe VALUES ('t', 'm', ?1, ?1 + 900)", NOW - 30 * MINUTE_MS);
  return jobs;
}
