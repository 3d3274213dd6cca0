/**
 * Any history: jobs come, go, come back and change their frequency; ticks are missing, doubled or catch up; sums are
 * made and old records deleted at any time. Whatever is shown then is what plain lists of all outcomes give.
 */
import * as fc from "fast-check";
import { expect } from "vitest";
import { D1HistoryCompactor } from "../../../src/storage/d1/history/compactor.ts";
import { d1HistoryReader } from "../../../src/storage/d1/history/reader.ts";
import { D1Store } from "../../../src/storage/d1/d1-store.ts";
import { MemoryStore } from "../memory-store/store.ts";
import { RecordReader } from "../../../src/history/reader.ts";
import { FakeRandom } from "../fakes/ports.ts";
import { HistoryWorld, type Jobs, type Stores } from "./world.ts";

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;

type Step =
  | { readonly what: "ticks"; readonly count: number; readonly every: number }
  | { readonly what: "nothing"; readonly minutes: number }
  | { readonly what: "the same event again" }
  | { readonly what: "an old event"; readonly minutes: number }
  | { readonly what: "jobs"; readonly jobs: Jobs }
  | { readonly what: "rolls up"; readonly times: number }
  | { readonly what: "looks" };

const frequency = fc.option(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant("MINUTE" as const) },
    { weight: 2, arbitrary: fc.constantFrom("HOUR" as const, "DAY" as const, "DAY_NOON" as const) },
  ),
  { freq: 3 },
);
const jobs: fc.Arbitrary<Jobs> = fc.record({
  files: fc.array(frequency, { minLength: 3, maxLength: 3 }),
  entries: fc.array(frequency, { minLength: 2, maxLength: 2 }),
  broken: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant("ticks" as const),
      count: fc.integer({ min: 1, max: 40 }),
      every: fc.constantFrom(1, 1, 2, 7, 60, 61, 719),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant("nothing" as const),
      minutes: fc.integer({ min: 1, max: 3_000 }),
    }),
  },
  fc.constant({ what: "the same event again" } as const),
  fc.record({ what: fc.constant("an old event" as const), minutes: fc.integer({ min: 1, max: 100 }) }),
  { weight: 3, arbitrary: fc.record({ what: fc.constant("jobs" as const), jobs }) },
  {
    weight: 4,
    arbitrary: fc.record({ what: fc.constant("rolls up" as const), times: fc.integer({ min: 1, max: 150 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ what: "looks" } as const) },
);
export const HISTORY = fc.record({
  start: fc.integer({ min: 0, max: 2_880 }),
  jobs,
  steps: fc.array(step, { minLength: 3, maxLength: 25 }),
});
export type History = typeof HISTORY extends fc.Arbitrary<infer One> ? One : never;

async function take(world: HistoryWorld, one: Step): Promise<void> {
  switch (one.what) {
    case "ticks":
      for (let count = 0; count < one.count; count++) {
        world.nowMs += one.every * MINUTE;
        await world.tick(world.nowMs);
      }
      return;
    case "nothing":
      world.nowMs += one.minutes * MINUTE;
      return;
    case "the same event again":
      return world.tick(world.nowMs);
    case "an old event":
      return world.tick(world.nowMs - one.minutes * MINUTE);
    case "jobs":
      return world.set(one.jobs);
    case "rolls up":
      for (let times = 0; times < one.times; times++) await world.rollUp(world.nowMs);
      return;
    case "looks":
      return compare(world);
  }
}

async function compare(world: HistoryWorld): Promise<void> {
  const { shown, expected } = await world.bars();
  expect(shown).toEqual(expected);
  for (const job of world.jobs) {
    for (const range of ["24 h", "7 d", "30 d", "90 d", "1 y"] as const) {
      const series = await world.series(job, range);
      expect({ job, range, points: series.shown }).toEqual({ job, range, points: series.expected });
    }
  }
}

export async function live({ start, jobs, steps }: History, stores: Stores): Promise<void> {
  const world = new HistoryWorld(
    stores,
    Math.floor(Date.parse("2026-11-20T00:00:00Z") / DAY) * DAY + start * MINUTE,
  );
  world.set(jobs);
  await world.tick(world.nowMs);
  for (const one of steps) await take(world, one);
  await compare(world);
}

export function inMemory(): Stores {
  const store = new MemoryStore();
  return { store, keeper: store.history, reader: new RecordReader(store.history) };
}

export function onD1(db: D1Database): Stores {
  const random = new FakeRandom();
  return {
    store: new D1Store(db, random),
    keeper: new D1HistoryCompactor(db, random),
    reader: d1HistoryReader(db, random),
  };
}
