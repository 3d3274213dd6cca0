/** A database as it is after ninety days of jobs that are all a little different, for measuring what a page takes. */
import { toHex } from "../../../src/storage/d1/bytes.ts";
import { D1Store } from "../../../src/storage/d1/d1-store.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/core/time/frequency.ts";
import { packRollups, type Rollup } from "../../../src/history/rollup.ts";
import type { Sample } from "../../../src/history/sample.ts";
import { NEW_JOB, type JobState } from "../../../src/alerting/job-state.ts";
import type { LocalD1 } from "../../adapters/d1/local-d1.ts";
import { seededRandom } from "../../../scripts/soak/random.ts";
import { commit } from "../fakes/commit.ts";
import { failing, historyOf, laneWith, openedOf, sampleOf } from "../fakes/history.ts";
import { FakeRandom } from "../fakes/ports.ts";

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

/** A job of these days. */
export interface SeededJob {
  readonly job: string;
  readonly name: string;
  readonly group: string;
  readonly reason: string;
  /** Since when it is down, Unix ms; null where it is up. */
  readonly downSinceMs: number | null;
}

type Random = (most: number) => number;

/** `count` servers with names and reasons of their own: one in fifty is down. */
function servers(count: number, below: Random, nowMs: number): readonly SeededJob[] {
  const word = (): string => WORDS[below(WORDS.length)] ?? "";
  return Array.from({ length: count }, (_, index) => {
    const url = `https://${word()}-${word()}${index}.${word()}.example.com/`;
    return {
      job: `HTTPServerChecker["${url}"]`,
      name: `HTTPServerChecker ${url}`,
      group: index % 3 === 0 ? "Shop" : "HTTPServerChecker",
      ...(index % 50 === 7
        ? {
            reason: `answered HTTP ${500 + below(5)} instead of 200`,
            downSinceMs: nowMs - MINUTE_MS * (1 + below(9 * 24 * 60)),
          }
        : { reason: `HTTP 200 in ${20 + below(400)} ms`, downSinceMs: null }),
    };
  });
}

/**
 * @param jobs or how many
 * @returns their identities
 */
export async function ninetyDays(
  local: Pick<LocalD1, "db" | "sql" | "empty">,
  jobs: number | readonly SeededJob[],
  nowMs = NOW,
): Promise<readonly string[]> {
  const random = seededRandom(20261124);
  const below: Random = (most) => Math.floor(random() * most);
  const seeded = typeof jobs === "number" ? servers(jobs, below, nowMs) : jobs;
  const jobKeys = seeded.map(({ job }) => job);
  const [today, hour] = [DAY_MS, HOUR_MS].map((ms) => Math.floor(nowMs / ms) * ms) as [number, number];
  await local.empty();
  const firstMs = today - 89 * DAY_MS;
  const block = laneWith(1, jobKeys, firstMs);
  const state = ({ reason, downSinceMs }: SeededJob): JobState =>
    downSinceMs === null
      ? { ...NEW_JOB, status: "up", reason, sinceMs: nowMs - below(80 * DAY_MS) }
      : {
          ...NEW_JOB,
          succeeding: false,
          failures: 9,
          firstFailureAtMs: downSinceMs,
          status: "down",
          reason,
          sinceMs: downSinceMs,
        };
  await commit(new D1Store(local.db, new FakeRandom()), {
    states: new Map(seeded.map((one) => [one.job, state(one)])),
    ...historyOf({
      ...block,
      opened: block.opened.map((one, index) =>
        openedOf(
          { ...one, name: seeded[index]?.name ?? "" },
          { group: seeded[index]?.group ?? "", isPublic: true },
        ),
      ),
      incidents: seeded.flatMap(({ job, name, reason, downSinceMs }) =>
        downSinceMs === null ? [] : [failing(job, downSinceMs, { name, reason })],
      ),
    }),
  });
  const usual = seeded.map(() => 20 + below(400));
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
  const packed = (runs: number) => () => packRollups(seeded.map((_, index) => rollup(index, runs)));
  await insert("daily", DAY_MS, today, 89, packed(1_440));
  await insert("hourly", HOUR_MS, hour, 36, packed(60));
  let minuteMs = nowMs;
  await insert("sample", MINUTE_MS, nowMs, (nowMs - hour) / MINUTE_MS, () => {
    minuteMs -= MINUTE_MS;
    const readings = seeded.map(({ downSinceMs }, index): Sample => {
      const isDown = downSinceMs !== null && downSinceMs <= minuteMs;
      const latencyMs = isDown ? null : (usual[index] ?? 0) + below(60);
      return { status: isDown ? "down" : "up", latencyMs, maintenance: false };
    });
    return sampleOf(1, 0, ...readings).data;
  });
  await local.sql("UPDATE retention SET daily_until = ?1, hourly_until = ?2, raw_from = ?1", today, hour);
  await local.sql(
    "UPDATE frequency SET claimed_slot = ?1, completed_slot = ?1 WHERE name = 'MINUTE'",
    nowMs - MINUTE_MS,
  );
  await local.sql("UPDATE tick SET finished_at = ?1", nowMs - MINUTE_MS + 2_000);
  await local.sql("INSERT INTO loopback VALUES ('t', 'm', ?1, ?1 + 900)", nowMs - 30 * MINUTE_MS);
  return jobKeys;
}
