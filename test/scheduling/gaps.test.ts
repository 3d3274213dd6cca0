import { describe, expect, test } from "vitest";
import {
  FREQUENCIES,
  MINUTE_MS,
  slotsAt,
  type JobFrequency,
  type Slot,
} from "../../src/core/time/frequency.ts";
import { caughtUp, gapsBefore, gapToReport } from "../../src/scheduling/gaps.ts";
import { at } from "../support/fakes/ports.ts";
import type { Gap } from "../../src/core/gap.ts";

const slot = (frequency: JobFrequency, time: string): Slot => ({ frequency, atMs: at(time) });
const doneAt = (...slots: readonly Slot[]): ReadonlyMap<JobFrequency, number> =>
  new Map(slots.map(({ frequency, atMs }) => [frequency, atMs]));

describe("the gap before a slot", () => {
  test("holds what lies between the last that was done and this one, both ends included", () => {
    expect(
      gapsBefore(doneAt(slot("MINUTE", "2026-11-23 10:00")), [slot("MINUTE", "2026-11-23 10:04")]),
    ).toEqual([
      { frequency: "MINUTE", fromMs: at("2026-11-23 10:01"), toMs: at("2026-11-23 10:03"), slots: 3 },
    ]);
  });

  test("is none between neighbours, nor before the first of all", () => {
    expect(
      gapsBefore(doneAt(slot("MINUTE", "2026-11-23 10:00")), [slot("MINUTE", "2026-11-23 10:01")]),
    ).toEqual([]);
    expect(gapsBefore(new Map(), slotsAt(at("2026-11-23 10:00")))).toEqual([]);
    expect(gapsBefore(new Map([["HOUR", -1]]), slotsAt(at("2026-11-23 10:00")))).toEqual([]);
  });

  test.each([
    ["HOUR", "2026-02-28 22:00", "2026-03-01 01:00", "2026-02-28 23:00", "2026-03-01 00:00", 2],
    ["HOUR", "2028-02-28 22:00", "2028-03-01 01:00", "2028-02-28 23:00", "2028-03-01 00:00", 26],
    ["DAY", "2026-12-30 00:00", "2027-01-02 00:00", "2026-12-31 00:00", "2027-01-01 00:00", 2],
    ["DAY_NOON", "2028-02-28 12:00", "2028-03-01 12:00", "2028-02-29 12:00", "2028-02-29 12:00", 1],
    ["MINUTE", "2026-12-31 23:58", "2027-01-01 00:01", "2026-12-31 23:59", "2027-01-01 00:00", 2],
  ] as const)(
    "crosses months, leap days and years: %s %s to %s",
    (frequency, before, now, from, to, slots) => {
      expect(gapsBefore(doneAt(slot(frequency, before)), [slot(frequency, now)])).toEqual([
        { frequency, fromMs: at(from), toMs: at(to), slots },
      ]);
    },
  );
});

test("over a leap year with random outages every slot ran or lies in exactly one gap", () => {
  const done = new Map<JobFrequency, number>();
  const ran = { MINUTE: 0, HOUR: 0, DAY: 0, DAY_NOON: 0 };
  const missed = { MINUTE: 0, HOUR: 0, DAY: 0, DAY_NOON: 0 };
  // A generator of its own, so that the same minutes are lost each time.
  let seed = 7;
  const random = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647;
  let outageUntilMs = 0;
  const end = at("2029-01-01 00:00");
  for (let ms = at("2028-01-01 00:00"); ms < end; ms += MINUTE_MS) {
    if (random() < 0.0005) outageUntilMs = ms + random() * 3 * 86_400_000;
    const last = ms === end - MINUTE_MS;
    if (ms < outageUntilMs && !last && ms > at("2028-01-01 12:00")) continue;
    const open = slotsAt(ms).filter(({ frequency, atMs }) => atMs > (done.get(frequency) ?? -1));
    for (const gap of gapsBefore(done, open)) missed[gap.frequency] += gap.slots;
    for (const { frequency, atMs } of open) {
      ran[frequency] += 1;
      done.set(frequency, atMs);
    }
  }
  expect(missed.MINUTE).toBeGreaterThan(10_000);
  expect(missed.DAY).toBeGreaterThan(10);
  const total = Object.fromEntries(
    FREQUENCIES.map((frequency) => [frequency, ran[frequency] + missed[frequency]]),
  );
  // The first noon is of the year before: a new instance catches it up.
  expect(total).toEqual({ MINUTE: 366 * 1440, HOUR: 366 * 24, DAY: 366, DAY_NOON: 367 });
});

test("what a tick catches up are the slots that are older than itself", () => {
  expect(caughtUp(slotsAt(at("2026-11-23 00:00")), at("2026-11-23 00:00:40"))).toEqual(["DAY_NOON"]);
  expect(caughtUp(slotsAt(at("2026-11-23 10:01")), at("2026-11-23 10:01"))).toEqual([
    "HOUR",
    "DAY",
    "DAY_NOON",
  ]);
});

describe("a gap is told", () => {
  const gap = (frequency: JobFrequency, slots: number): Gap => ({
    frequency,
    fromMs: at("2026-11-23 10:01"),
    toMs: at("2026-11-23 10:01") + (slots - 1) * MINUTE_MS,
    slots,
  });

  test("when the minutes without checks come to the setting", () => {
    expect(gapToReport([gap("HOUR", 3), gap("MINUTE", 10)], 600_000)).toEqual(gap("MINUTE", 10));
    expect(gapToReport([gap("MINUTE", 9)], 600_000)).toBeNull();
    expect(gapToReport([], 600_000)).toBeNull();
  });

  test("by its minutes alone: a slow frequency is not missed without them", () => {
    expect(gapToReport([gap("DAY", 3)], 600_000)).toBeNull();
  });
});
