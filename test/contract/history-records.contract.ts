import { expect, test } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/core/time/frequency.ts";
import type { RollupPeriod } from "../../src/history/retention.ts";
import { packRollups, rollUpPacked } from "../../src/history/rollup.ts";
import { sampleAt } from "../../src/history/sample.ts";
import { commit, NOW_MS } from "../support/fakes/commit.ts";
import { DOWN, historyOf, laneWith, sampleOf, openedOf, seriesOf, UP } from "../support/fakes/history.ts";
import type { CreateHistory } from "./create-store.ts";

const MIDNIGHT = Date.parse("2026-11-23T00:00:00Z");

function hour(block: number, number: number): RollupPeriod {
  const fromMs = MIDNIGHT + number * HOUR_MS;
  return { block, frequency: "MINUTE", resolution: "hourly", fromMs, toMs: fromMs + HOUR_MS };
}

/** Of one job, up so often. */
function rollupOf(ups: number): Uint8Array {
  return packRollups([
    rollUpPacked(
      Array.from({ length: ups }, () => (1 << 22) | 41),
      ups,
    ),
  ]);
}

export function recordContract(createHistory: CreateHistory): void {
  test("samples are given within their period, in its order, and those positions that are asked for", async () => {
    const { store, keeper } = await createHistory();
    const at = (minute: number): number => MIDNIGHT + minute * MINUTE_MS;
    const samples = [59, 60, 61, 119, 120].map((minute) =>
      sampleOf(1, at(minute), UP, null, { status: "down", latencyMs: minute, maintenance: minute === 60 }),
    );
    await commit(store, historyOf({ samples: [...samples, sampleOf(2, at(61), DOWN)] }));
    expect(await keeper.readSamples(hour(1, 1), 0, 9)).toEqual(samples.slice(1, 4).map(({ data }) => data));
    const [some] = await keeper.readSamples(hour(1, 1), 1, 2);
    expect([0, 1, 2].map((position) => sampleAt(some ?? new Uint8Array(0), position))).toEqual([
      null,
      { status: "down", latencyMs: 60, maintenance: true },
      null,
    ]);
    expect(await keeper.readSamples(hour(1, 1), 3, 5)).toEqual(
      [[], [], []].map((none) => new Uint8Array(none)),
    );
    expect(await keeper.readSamples(hour(3, 1), 0, 9)).toEqual([]);
  });

  test("a slot that is recorded again is what it was the last time", async () => {
    const { store, keeper } = await createHistory();
    await commit(store, historyOf({ samples: [sampleOf(1, MIDNIGHT, UP, UP)] }));
    await commit(store, historyOf({ samples: [sampleOf(1, MIDNIGHT, DOWN)] }));
    const [data] = await keeper.readSamples(hour(1, 0), 0, 9);
    expect(data).toEqual(sampleOf(1, MIDNIGHT, DOWN).data);
  });

  test("a new lane is kept from its first slot on", async () => {
    const { store, keeper } = await createHistory();
    const fromMs = MIDNIGHT + 10 * HOUR_MS + 7 * MINUTE_MS;
    await commit(store, historyOf(laneWith(1, ["A"], fromMs)));
    await commit(store, {
      completedSlots: [{ frequency: "MINUTE", atMs: fromMs }],
      ...historyOf(laneWith(2, ["B"], MIDNIGHT, "DAY")),
    });
    const { kept, damaged, lastCompletedSlots } = await keeper.readRetention(NOW_MS);
    expect(kept).toEqual([
      {
        block: 1,
        frequency: "MINUTE",
        fromMs,
        toMs: null,
        rawFromMs: fromMs,
        hourlyFromMs: MIDNIGHT + 10 * HOUR_MS,
        hourlyUntilMs: MIDNIGHT + 10 * HOUR_MS,
        dailyFromMs: MIDNIGHT,
        dailyUntilMs: MIDNIGHT,
      },
      {
        block: 2,
        frequency: "DAY",
        fromMs: MIDNIGHT,
        toMs: null,
        rawFromMs: MIDNIGHT,
        hourlyFromMs: MIDNIGHT,
        hourlyUntilMs: MIDNIGHT,
        dailyFromMs: MIDNIGHT,
        dailyUntilMs: MIDNIGHT,
      },
    ]);
    expect(damaged).toEqual([]);
    expect(lastCompletedSlots.get("MINUTE")).toBe(fromMs);
  });

  test("a period is written when its turn comes, and once", async () => {
    const { store, keeper, reader } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A"], MIDNIGHT)));
    const ups = async (): Promise<readonly number[]> => {
      const series = await reader.readSeries("A", "7 d", MIDNIGHT + 5 * HOUR_MS);
      return series.every === "hour" ? series.points.map(({ up }) => up) : [];
    };
    await keeper.writeRollup(hour(1, 1), rollupOf(9));
    expect(await ups()).toEqual([]);
    await keeper.writeRollup(hour(1, 0), rollupOf(5));
    await keeper.writeRollup(hour(1, 0), rollupOf(6));
    await keeper.writeRollup(hour(1, 1), rollupOf(7));
    await keeper.writeRollup(hour(1, 0), rollupOf(8));
    await keeper.writeRollup(hour(2, 0), rollupOf(8));
    expect(await ups()).toEqual([5, 7]);
    const { kept } = await keeper.readRetention(NOW_MS);
    expect(kept.map(({ hourlyUntilMs, dailyUntilMs }) => [hourlyUntilMs, dailyUntilMs])).toEqual([
      [MIDNIGHT + 2 * HOUR_MS, MIDNIGHT],
    ]);
  });

  test("old records go, those of no other lane and time, and what is kept says so", async () => {
    const { store, keeper } = await createHistory();
    await commit(
      store,
      historyOf({
        changed: [1, 2].flatMap((block) => laneWith(block, [], MIDNIGHT, "HOUR").changed),
        created: [1, 2].flatMap((block) => laneWith(block, [], MIDNIGHT, "HOUR").created),
        samples: [1, 2].flatMap((block) =>
          [0, 1, 1_439, 1_440].map((minute) => sampleOf(block, MIDNIGHT + minute * MINUTE_MS, UP)),
        ),
      }),
    );
    const day = { ...hour(1, 0), frequency: "HOUR", resolution: "daily", toMs: MIDNIGHT + DAY_MS } as const;
    await keeper.writeRollup(day, rollupOf(1));
    const portion = { block: 1, records: "raw", fromMs: MIDNIGHT, toMs: MIDNIGHT + DAY_MS } as const;
    await keeper.deleteBatch(portion);
    await keeper.deleteBatch(portion);
    const left = async (block: number): Promise<number> => {
      const period = { ...hour(block, 0), toMs: MIDNIGHT + 2 * DAY_MS };
      return (await keeper.readSamples(period, 0, 1)).length;
    };
    expect([await left(1), await left(2)]).toEqual([1, 4]);
    const { kept } = await keeper.readRetention(NOW_MS);
    expect(kept.map(({ rawFromMs }) => rawFromMs)).toEqual([MIDNIGHT + DAY_MS, MIDNIGHT]);
  });

  test("a lane that is forgotten leaves no place behind", async () => {
    const { store, keeper } = await createHistory();
    await commit(store, historyOf(laneWith(1, ["A"], MIDNIGHT)));
    await commit(store, historyOf(laneWith(2, ["B"], MIDNIGHT)));
    await keeper.forgetBlock(1);
    expect(await keeper.readBlock(1)).toEqual([]);
    expect((await keeper.readBlock(2)).map(({ jobKey }) => jobKey)).toEqual(["B"]);
    expect((await keeper.readRetention(NOW_MS)).kept.map(({ block }) => block)).toEqual([2]);
  });

  test("a job that moved more than a hundred times shows its newest hundred places", async () => {
    const { store, reader } = await createHistory();
    const at = (minute: number): number => MIDNIGHT + minute * MINUTE_MS;
    const opened = Array.from({ length: 103 }, (_, minute) =>
      seriesOf(1, minute, "A", { fromMs: at(minute), toMs: minute === 102 ? null : at(minute + 1) }),
    );
    const ended = opened
      .slice(0, -1)
      .map(({ block, position, toMs }) => ({ block, position, toMs: toMs ?? 0 }));
    for (const one of opened) {
      const own = ended.filter(({ position }) => position === one.position - 1);
      await commit(store, {
        completedSlots: [{ frequency: "MINUTE", atMs: one.fromMs }],
        ...historyOf({
          ...(one.position === 0 ? laneWith(1, [], MIDNIGHT) : {}),
          opened: [openedOf({ ...one, toMs: null })],
          ended: own,
          samples: [sampleOf(1, one.fromMs, ...Array.from({ length: one.position }, () => null), UP)],
        }),
      });
    }
    const { points } = await reader.readSeries("A", "24 h", at(103));
    expect(points.map(({ atMs }) => atMs)).toEqual(
      Array.from({ length: 100 }, (_, minute) => at(minute + 3)),
    );
  });
}
