import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Cron } from "croner";
import { parse } from "smol-toml";
import { beforeAll, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/lib/project.ts";
import { MemoryStore } from "../support/memory-store/store.ts";
import { FREQUENCIES, slotsAt, type JobFrequency, type Slot } from "../../src/core/time/frequency.ts";
import { commitOf } from "../support/fakes/commit.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEARS = [2027, 2028] as const;

interface CronEvent {
  readonly cron: string;
  readonly atMs: number;
}

let crons: readonly string[];
/** What fires in each year, in order. 2028 is a leap year. */
const eventsOf = new Map<number, readonly CronEvent[]>();

beforeAll(async () => {
  const config = parse(await readFile(join(projectRoot, "wrangler.toml"), "utf8"));
  crons = (config["triggers"] as { crons: string[] }).crons;
  for (const year of YEARS) eventsOf.set(year, eventsIn(year));
});

function eventsIn(year: number): CronEvent[] {
  // utcOffset rather than timezone: UTC all the same, and ten times faster.
  const clocks = crons.map(
    (cron) => new Cron(cron, { utcOffset: 0, mode: "5-part", alternativeWeekdays: true, paused: true }),
  );
  const events: CronEvent[] = [];
  for (let atMs = Date.UTC(year, 0); atMs < Date.UTC(year + 1, 0); atMs += MINUTE) {
    const date = new Date(atMs);
    for (const [index, clock] of clocks.entries()) {
      if (clock.match(date)) events.push({ cron: crons[index] ?? "", atMs });
    }
  }
  return events;
}

/** Claims and finishes at each event what the tick would, and lists what was taken. */
async function run(events: readonly CronEvent[]): Promise<Slot[]> {
  const store = new MemoryStore();
  const taken: Slot[] = [];
  let version = 0;
  for (const { atMs } of events) {
    const slots = await store.claim(slotsAt(atMs), atMs, 5 * MINUTE);
    taken.push(...slots);
    if (slots.length === 0) continue;
    await store.commit(commitOf(version++, { completedSlots: slots }));
  }
  return taken;
}

function times(slots: readonly Slot[], frequency: JobFrequency): number[] {
  return slots.filter((slot) => slot.frequency === frequency).map(({ atMs }) => atMs);
}

function every(year: number, stepMs: number, offsetMs = 0): number[] {
  const from = Date.UTC(year, 0) + offsetMs;
  return Array.from(
    { length: Math.ceil((Date.UTC(year + 1, 0) - from) / stepMs) },
    (_, i) => from + i * stepMs,
  );
}

/** Where two lists of times part, or null. A whole year in a test's report would take longer than the test. */
function parting(found: readonly number[], expected: readonly number[]): string | null {
  const index = Array.from({ length: Math.max(found.length, expected.length) }, (_, i) => i).find(
    (i) => found[i] !== expected[i],
  );
  if (index === undefined) return null;
  const show = (atMs: number | undefined): string =>
    atMs === undefined ? "nothing" : new Date(atMs).toISOString();
  return `number ${index + 1} is ${show(found[index])}, expected is ${show(expected[index])}`;
}

/** Numbers that are the same at each run of the test: from 0 up to 1 (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.each(YEARS)("over the year %i", (year) => {
  test("each minute fires exactly one expression", () => {
    const fired = (eventsOf.get(year) ?? []).map(({ atMs }) => atMs);
    expect(fired.length).toBe(((Date.UTC(year + 1, 0) - Date.UTC(year, 0)) / MINUTE) | 0);
    expect(new Set(fired).size).toBe(fired.length);
  });

  test("each expression fires as often as its line says", () => {
    const days = (Date.UTC(year + 1, 0) - Date.UTC(year, 0)) / DAY;
    const counts = new Map<string, number>();
    for (const { cron } of eventsOf.get(year) ?? []) counts.set(cron, (counts.get(cron) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      "1-59 * * * *": days * 24 * 59,
      "0 1-11,13-23 * * *": days * 22,
      "0 0 * * *": days,
      "0 12 * * *": days,
    });
  });

  test("each slot of each frequency is taken exactly once, at its own time", async () => {
    const taken = await run(eventsOf.get(year) ?? []);
    expect(parting(times(taken, "MINUTE"), every(year, MINUTE))).toBeNull();
    expect(parting(times(taken, "HOUR"), every(year, HOUR))).toBeNull();
    expect(parting(times(taken, "DAY"), every(year, DAY))).toBeNull();
    // The first event of all also catches up the noon before it.
    const noons = [Date.UTC(year, 0) - DAY / 2, ...every(year, DAY, DAY / 2)];
    expect(parting(times(taken, "DAY_NOON"), noons)).toBeNull();
  });
});

describe("when events are dropped, doubled and late", () => {
  const lengthOf: Record<JobFrequency, number> = { MINUTE, HOUR, DAY, DAY_NOON: DAY };

  test.each([1, 2, 3])(
    "each slot still runs exactly once if one event comes in its period (%i)",
    async (seed) => {
      const number = random(seed);
      const events: CronEvent[] = [];
      for (const event of (eventsOf.get(2028) ?? []).slice(0, 90 * 24 * 60)) {
        // Whole hours, and now and then two days, without any; one in three missing; one in ten doubled.
        const hour = Math.floor(event.atMs / HOUR);
        if (hour % 17 === 0 || Math.floor(hour / 50) % 9 === 5 || number() < 0.3) continue;
        events.push(event);
        if (number() < 0.1) events.push(event);
        // A late one: delivered after its successor.
        const before = events.at(-2);
        if (before !== undefined && number() < 0.05) events.splice(-2, 2, event, before);
      }
      const taken = await run(events);

      for (const frequency of FREQUENCIES) {
        const found = times(taken, frequency);
        expect(new Set(found).size).toBe(found.length);
        const sorted = found.toSorted((a, b) => a - b);
        expect(parting(found, sorted)).toBeNull();
      }
      for (const frequency of ["HOUR", "DAY", "DAY_NOON"] as const) {
        const owed = new Set(
          events.map(({ atMs }) => slotsAt(atMs).find((slot) => slot.frequency === frequency)?.atMs),
        );
        const found = times(taken, frequency);
        expect(found.length).toBe(owed.size);
        expect(found.every((atMs) => owed.has(atMs))).toBe(true);
        // And not long after it was due: with the first event of its period.
        const gaps = found.slice(1).map((atMs, index) => atMs - (found[index] ?? 0));
        expect(gaps.every((gap) => gap % lengthOf[frequency] === 0)).toBe(true);
      }
    },
  );
});
