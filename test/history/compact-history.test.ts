import { describe, expect, test } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS, type JobFrequency } from "../../src/core/time/frequency.ts";
import { RecordReader } from "../../src/history/reader.ts";
import type { HistoryCompactor } from "../../src/history/ports.ts";
import { compactHistory } from "../../src/history/compact-history.ts";
import { commit } from "../support/fakes/commit.ts";
import { DOWN, historyOf, laneOf, laneWith, sampleOf, UP } from "../support/fakes/history.ts";
import { SETTINGS } from "../support/fakes/ports.ts";

const MIDNIGHT = Date.parse("2026-11-23T00:00:00Z");
const at = (day: number, time: string): number =>
  MIDNIGHT + day * DAY_MS + Date.parse(`1970-01-01T${time}:00Z`);

type Call = readonly [string, ...(readonly unknown[])];

/** A job of this frequency that ran in all its slots, and what is asked of its keeper. */
async function kept(frequency: JobFrequency, slots: readonly number[], ranUntilMs = slots.at(-1) ?? 0) {
  const store = new MemoryStore();
  await commit(store, {
    completedSlots: [{ frequency, atMs: ranUntilMs }],
    ...historyOf({
      ...laneWith(1, ["A", "B"], slots[0] ?? 0, frequency),
      samples: slots.map((atMs) => sampleOf(1, atMs, UP, DOWN)),
    }),
  });
  const calls: Call[] = [];
  let failAt = Infinity;
  const keeper = new Proxy<HistoryCompactor>(store.history, {
    get(target, name) {
      const method = Reflect.get(target, name) as (...args: unknown[]) => unknown;
      return async (...args: unknown[]) => {
        if (calls.length >= failAt) throw new Error("the database is gone");
        calls.push([String(name), ...args]);
        return method.apply(target, args);
      };
    },
  });
  return {
    store,
    keeper,
    calls,
    names: () => calls.splice(0).map(([name]) => name),
    failAt: (call: number) => (failAt = call),
    run: (nowMs: number, history = SETTINGS.history) =>
      compactHistory({ keeper, settings: { ...SETTINGS, history } }, nowMs),
    note: async () => (await store.history.readRetention(0)).kept[0],
    records: async (range: "24 h" | "7 d" | "1 y", nowMs: number) => {
      const { points } = await new RecordReader(store.history).readSeries("A", range, nowMs);
      return points.length;
    },
  };
}

function minutes(fromMs: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => fromMs + index * MINUTE_MS);
}

describe("sums", () => {
  test("are made from the sixth minute on, and not twice", async () => {
    const one = await kept("MINUTE", minutes(at(0, "10:00"), 70));
    await one.run(at(0, "11:05"));
    expect(one.names()).toEqual([]);
    await one.run(at(0, "11:06"));
    expect(one.names()).toEqual(["readRetention", "readBlock", "readSamples", "writeRollup"]);
    await one.run(at(0, "11:07"));
    expect(one.names()).toEqual(["readRetention"]);
    expect((await one.note())?.hourlyUntilMs).toBe(at(0, "11:00"));
  });

  test.each([
    ["MINUTE", "10:59", "11:00"],
    ["HOUR", "23:00", "24:00"],
    ["DAY", "00:00", "24:00"],
    ["DAY_NOON", "12:00", "36:00"],
  ] as const)(
    "of %s wait for the slot after the period: until then an outcome may come",
    async (frequency, last, next) => {
      const hour = (time: string): number =>
        at(0, "00:00") + Number(time.slice(0, 2)) * HOUR_MS + Number(time.slice(3)) * MINUTE_MS;
      const first = frequency === "DAY" ? "00:00" : frequency === "DAY_NOON" ? "12:00" : "10:00";
      const waiting = await kept(frequency, [hour(first)], hour(last));
      await waiting.run(at(5, "00:10"));
      expect(waiting.names()).toEqual(["readRetention"]);
      const done = await kept(frequency, [hour(first)], hour(next));
      await done.run(at(5, "00:10"));
      expect(done.names()).toContain("writeRollup");
    },
  );

  test("are made in bounded pieces, and all in the end", async () => {
    const one = await kept("MINUTE", minutes(at(0, "00:00"), 2 * 1_440));
    await one.run(at(2, "00:06"));
    expect(one.names()).toEqual([
      "readRetention",
      ...Array.from({ length: 2 }, () => ["readBlock", "readSamples", "writeRollup"]).flat(),
    ]);
    for (let minute = 7; minute < 60; minute++) await one.run(at(2, `00:${String(minute).padStart(2, "0")}`));
    const note = await one.note();
    expect([note?.hourlyUntilMs, note?.dailyUntilMs]).toEqual([at(1, "23:00"), at(1, "00:00")]);
  });

  test("come to the same whichever call fails on the way, and nothing is done twice", async () => {
    const slots = minutes(at(0, "00:00"), 1_440 + 61);
    const whole = await kept("MINUTE", slots);
    for (let minute = 6; minute < 30; minute++)
      await whole.run(at(1, `01:${String(minute).padStart(2, "0")}`));
    const expected = [
      await whole.note(),
      await whole.records("7 d", at(1, "01:30")),
      await whole.records("1 y", at(1, "01:30")),
    ];
    expect((await whole.note())?.dailyUntilMs).toBe(at(1, "00:00"));
    for (let broken = 0; broken < 7; broken++) {
      const one = await kept("MINUTE", slots);
      one.failAt(broken);
      await expect(one.run(at(1, "01:06"))).rejects.toThrow("the database is gone");
      one.failAt(Infinity);
      for (let minute = 6; minute < 30; minute++)
        await one.run(at(1, `01:${String(minute).padStart(2, "0")}`));
      expect([
        await one.note(),
        await one.records("7 d", at(1, "01:30")),
        await one.records("1 y", at(1, "01:30")),
      ]).toEqual(expected);
    }
  });
});

describe("old records", () => {
  const retention = { rawDays: 2, hourlyDays: 3, dailyDays: 5 };

  test("go once they are rolled up and older than their days", async () => {
    const one = await kept("MINUTE", minutes(at(0, "12:00"), 1_440));
    // Nothing is deleted that is not rolled up, however old it is.
    const due = (await one.note()) ?? null;
    expect(due?.rawFromMs).toBe(at(0, "12:00"));
    for (let minute = 6; minute < 30; minute++)
      await one.run(at(9, `00:${String(minute).padStart(2, "0")}`), retention);
    const note = await one.note();
    // A day that is not over keeps its samples.
    expect([note?.rawFromMs, note?.hourlyFromMs, note?.hourlyUntilMs, note?.dailyFromMs]).toEqual([
      at(1, "00:00"),
      at(1, "11:00"),
      at(1, "11:00"),
      at(1, "00:00"),
    ]);
    expect(await one.records("24 h", at(1, "12:00"))).toBe(12 * 60);
  });

  test.each([
    ["MINUTE", 2],
    ["HOUR", 3],
    ["DAY", 3],
    ["DAY_NOON", 3],
  ] as const)("of %s go after %d days, sums of days after five", async (frequency, days) => {
    const everyMs = frequency === "MINUTE" ? MINUTE_MS : frequency === "HOUR" ? HOUR_MS : DAY_MS;
    const startMs = at(0, frequency === "DAY_NOON" ? "12:00" : "00:00");
    const slots = Array.from({ length: (8 * DAY_MS) / everyMs }, (_, index) => startMs + index * everyMs);
    const one = await kept(frequency, slots);
    for (let turn = 0; turn < 150; turn++) await one.run(at(7, "23:07"), retention);
    const note = await one.note();
    expect([note?.rawFromMs, note?.dailyFromMs]).toEqual([at(7 - days, "00:00"), at(2, "00:00")]);
    const hourlyFromMs =
      frequency === "MINUTE" ? at(4, "00:00") : at(0, frequency === "DAY_NOON" ? "12:00" : "00:00");
    expect(note?.hourlyFromMs).toBe(hourlyFromMs);
  });

  test("of a lane that was closed go to the last, and then the lane; but not the newest, whose id counts", async () => {
    const one = await kept("HOUR", [at(0, "10:00")], at(9, "00:00"));
    const close = (id: number) => ({ closed: [{ id, frequency: "HOUR" as const, atMs: at(0, "11:00") }] });
    await commit(one.store, historyOf(close(1)));
    await commit(
      one.store,
      historyOf({ ended: [0, 1].map((position) => ({ block: 1, position, toMs: at(0, "11:00") })) }),
    );
    for (let turn = 0; turn < 9; turn++) await one.run(at(9, "00:07"), retention);
    expect((await one.store.history.readRetention(0)).kept).toHaveLength(1);
    await commit(
      one.store,
      historyOf({ changed: [laneOf(2, [])], created: [{ id: 2, frequency: "HOUR", atMs: at(9, "00:00") }] }),
    );
    await one.run(at(9, "00:08"), retention);
    expect((await one.store.history.readRetention(0)).kept.map(({ block }) => block)).toEqual([2]);
    expect(await one.store.history.readBlock(1)).toEqual([]);
  });
});

test("jobs that are gone for a week are forgotten, in the thirtieth minute", async () => {
  const one = await kept("HOUR", [at(0, "10:00")]);
  await one.run(at(0, "10:29"));
  expect(one.names()).toEqual(["readRetention"]);
  await one.run(at(0, "10:30"));
  expect(one.calls.splice(0)).toEqual([
    ["readRetention", at(0, "10:30")],
    ["forgetJobs", at(0, "10:30"), at(-7, "10:30"), at(-730, "10:30")],
  ]);
});
