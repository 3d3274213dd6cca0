import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JobFrequency } from "../../src/core/time/frequency.ts";
import {
  firstExpectedSlot,
  MAX_POSITIONS,
  assignPositions,
  type KnownJob,
  type SeriesBlock,
} from "../../src/history/blocks.ts";
import { checksum } from "../../src/core/checksum.ts";
import { defaultGroup } from "../../src/core/job-display.ts";
import { FUZZ, fuzz } from "../support/fuzz/runs.ts";

const NONE = new Set<string>();
const OWED: Readonly<Record<JobFrequency, number>> = { MINUTE: 100, HOUR: 200, DAY: 300, DAY_NOON: 400 };
const expectedFrom = (frequency: JobFrequency): number => OWED[frequency];

function job(jobKey: string, frequency: JobFrequency = "MINUTE", name = `name of ${jobKey}`): KnownJob {
  return { jobKey, name, group: defaultGroup(jobKey), isPublic: false, frequency };
}

function numbered(from: number, to: number): readonly KnownJob[] {
  return Array.from({ length: to - from }, (_, index) => job(`File[${from + index}]`));
}

function place(blocks: readonly SeriesBlock[], jobs: readonly KnownJob[], faulty = NONE, newestId = 0) {
  return assignPositions(blocks, newestId, jobs, faulty, expectedFrom);
}

describe("jobs", () => {
  test("that are new get a lane of their frequency, and series that begin with the first slot that they owe", () => {
    const placed = place([], [job("A"), job("B", "HOUR"), job("C")], NONE, 7);
    expect(placed.blocks.map(({ id, frequency, jobs }) => [id, frequency, jobs])).toEqual([
      [8, "MINUTE", ["A", "C"]],
      [9, "HOUR", ["B"]],
    ]);
    expect(placed.changed).toEqual(placed.blocks);
    expect(placed.created).toEqual([
      { id: 8, frequency: "MINUTE", atMs: 100 },
      { id: 9, frequency: "HOUR", atMs: 200 },
    ]);
    const one = { block: 8, frequency: "MINUTE", fromMs: 100, toMs: null, isPublic: false };
    const of = (jobKey: string) => ({ jobKey, name: `name of ${jobKey}`, group: jobKey });
    expect(placed.opened).toEqual([
      { ...one, position: 0, ...of("A") },
      { ...one, block: 9, position: 0, ...of("B"), frequency: "HOUR", fromMs: 200 },
      { ...one, position: 1, ...of("C") },
    ]);
    expect([placed.ended, placed.closed, placed.renamed, placed.gone]).toEqual([[], [], [], []]);
  });

  test("that stay change nothing, in whatever order they come", () => {
    const { blocks } = place([], [job("A"), job("B"), job("C", "DAY")]);
    const again = place(blocks, [job("C", "DAY"), job("B"), job("A")]);
    expect(again).toEqual({
      blocks,
      changed: [],
      created: [],
      closed: [],
      opened: [],
      ended: [],
      renamed: [],
      gone: [],
    });
    expect(again.blocks.every((block, index) => block === blocks[index])).toBe(true);
  });

  test("that are gone leave a place that nobody gets, not even they themselves", () => {
    const { blocks } = place([], [job("A"), job("B")]);
    const without = place(blocks, [job("B")]);
    expect(without.blocks.map(({ jobs }) => jobs)).toEqual([[null, "B"]]);
    expect([without.ended, without.gone]).toEqual([[{ block: 1, position: 0, toMs: 100 }], ["A"]]);
    const back = place(without.blocks, [job("B"), job("A")]);
    expect(back.blocks.map(({ jobs }) => jobs)).toEqual([[null, "B", "A"]]);
    expect(back.opened).toMatchObject([{ jobKey: "A", block: 1, position: 2 }]);
    expect(back.gone).toEqual([]);
  });

  test("of another frequency move, and are not gone", () => {
    const { blocks } = place([], [job("A"), job("B")]);
    const moved = place(blocks, [job("A", "HOUR"), job("B")]);
    expect(moved.blocks.map(({ frequency, jobs }) => [frequency, jobs])).toEqual([
      ["MINUTE", [null, "B"]],
      ["HOUR", ["A"]],
    ]);
    expect(moved.ended).toEqual([{ block: 1, position: 0, toMs: 100 }]);
    expect(moved.opened).toMatchObject([{ jobKey: "A", block: 2, position: 0, fromMs: 200 }]);
    expect(moved.gone).toEqual([]);
  });

  test("of a file with faults are not gone, and those of another file are", () => {
    const { blocks } = place([], [job('List["a"]'), job("List"), job('Lists["a"]'), job("Other")]);
    const { blocks: after, gone } = place(blocks, [], new Set(["List"]));
    expect(after.map(({ jobs }) => jobs)).toEqual([['List["a"]', "List", null, null]]);
    expect(gone).toEqual(['Lists["a"]', "Other"]);
  });

  test("with another name keep their place, and all names of the lane are told", () => {
    const { blocks } = place([], [job("A"), job("B")]);
    const renamed = place(blocks, [job("A", "MINUTE", "other"), job("B")]);
    expect(renamed.renamed).toEqual([
      { block: 1, position: 0, jobKey: "A", name: "other", group: "A", isPublic: false },
      { block: 1, position: 1, jobKey: "B", name: "name of B", group: "B", isPublic: false },
    ]);
    expect(renamed.changed).toHaveLength(1);
    expect(renamed.opened).toEqual([]);
    const again = place(renamed.blocks, [job("A", "MINUTE", "other"), job("B")]);
    expect([again.changed, again.renamed]).toEqual([[], []]);
  });

  test.each([
    ["under another heading", { group: "Shop" }],
    ["in public", { isPublic: true }],
  ])("that are shown otherwise, %s, keep their place, and are told once", (_how, showing) => {
    const { blocks } = place([], [job("A"), job("B")]);
    const shown = [{ ...job("A"), ...showing }, job("B")];
    const placed = place(blocks, shown);
    expect(placed.renamed[0]).toMatchObject({ jobKey: "A", name: "name of A", ...showing });
    expect([placed.opened, placed.ended]).toEqual([[], []]);
    expect(place(placed.blocks, shown).renamed).toEqual([]);
    expect(place(placed.blocks, [job("A"), job("B")]).renamed[0]).toMatchObject({
      group: "A",
      isPublic: false,
    });
  });

  test("that say nothing of how they are shown leave the lane as it was before there was a heading", () => {
    const names = checksum(["name of A", "name of B"]);
    const before: SeriesBlock = { id: 1, frequency: "MINUTE", jobs: ["A", "B"], names };
    expect(place([before], [job("A"), job("B")]).blocks[0]).toBe(before);
  });

  test("in two places, as damage may have it, keep the first", () => {
    const blocks: SeriesBlock[] = [1, 2].map((id) => ({ id, frequency: "MINUTE", jobs: ["A"], names: 0 }));
    const { blocks: after, ended } = place(blocks, [job("A")]);
    expect(after.map(({ jobs }) => jobs)).toEqual([["A"], [null]]);
    expect(ended).toEqual([{ block: 2, position: 0, toMs: 100 }]);
  });
});

describe("a lane", () => {
  test("has a thousand places, then the next begins", () => {
    const { blocks } = place([], numbered(0, 2_001));
    expect(blocks.map(({ id, jobs }) => [id, jobs.length])).toEqual([
      [1, MAX_POSITIONS],
      [2, MAX_POSITIONS],
      [3, 1],
    ]);
    expect(place(blocks, [...numbered(0, 2_001), job("new")]).opened).toMatchObject([
      { block: 3, position: 1 },
    ]);
  });

  test("takes no more than a row of the database can hold", () => {
    const long = Array.from({ length: 1_500 }, (_, index) => job("\u0001".repeat(590) + String(index)));
    const { blocks } = place([], long);
    expect(blocks.length).toBeGreaterThan(5);
    for (const block of blocks) expect(JSON.stringify(block.jobs).length).toBeLessThan(510_000);
    expect(blocks.flatMap(({ jobs }) => jobs)).toEqual(long.map(({ jobKey }) => jobKey));
  });

  test.each([
    ["stays with 100 dead places of 150", 150, 100, 0],
    ["stays with 101 dead places of 202", 202, 101, 0],
    ["is closed with 102 dead places of 203, and its jobs move", 203, 102, 1],
    ["is closed with 101 dead places of 101", 101, 101, 1],
  ])("%s", (_what, size, dead, closed) => {
    const { blocks } = place([], numbered(0, size));
    const left = numbered(dead, size);
    const worn = place(blocks, left);
    expect(worn.closed).toEqual(closed === 0 ? [] : [{ id: 1, frequency: "MINUTE", atMs: 100 }]);
    expect(worn.gone).toEqual(numbered(0, dead).map(({ jobKey }) => jobKey));
    if (closed === 0) return;
    expect(worn.ended).toHaveLength(size);
    expect(worn.opened.map(({ block, jobKey }) => [block, jobKey])).toEqual(
      left.map(({ jobKey }) => [2, jobKey]),
    );
    expect(worn.blocks.map(({ id, jobs }) => [id, jobs.length])).toEqual(
      left.length === 0 ? [] : [[2, left.length]],
    );
  });

  test("with a job that is not known this time is not closed: that job has no name to move with", () => {
    const { blocks } = place([], [...numbered(0, 200), job("List[1]")]);
    const held = place(blocks, [], new Set(["List"]));
    expect([held.closed, held.gone.length]).toEqual([[], 200]);
  });
});

test.each([
  ["the newest, where it is not done", 5_999_999, 5_940_000 - 60_000, 5_940_000],
  ["the newest, where none was ever done", 5_999_999, undefined, 5_940_000],
  ["the next, where the newest is done", 5_999_999, 5_940_000, 6_000_000],
  ["the next, where a newer tick was faster", 5_999_999, 6_060_000, 6_120_000],
])("the first slot that is owed is %s", (_what, nowMs, doneMs, owed) => {
  const done = new Map<JobFrequency, number>(doneMs === undefined ? [] : [["MINUTE", doneMs]]);
  expect(firstExpectedSlot("MINUTE", done, nowMs)).toBe(owed);
});

test(
  "whatever jobs come and go, each has one place, which it keeps, and no place has two jobs",
  FUZZ,
  async () => {
    const some = fc.uniqueArray(fc.integer({ min: 0, max: 400 }), { maxLength: 300 });
    const steps = fc.array(
      fc.record({
        there: fc.oneof(
          some,
          fc.tuple(fc.nat(400), fc.nat(400)).map(([a, b]) => range(Math.min(a, b), Math.max(a, b))),
        ),
        every: fc.constantFrom("MINUTE" as const, "HOUR" as const),
        faulty: fc.constantFrom(NONE, new Set(["File"]), new Set(["Other"])),
      }),
      { minLength: 1, maxLength: 12 },
    );
    const property = fc.property(steps, (all) => {
      let blocks: readonly SeriesBlock[] = [];
      let newest = 0;
      /** By place: who ever had it. */
      const owners = new Map<string, string>();
      const open = new Map<string, string>();
      for (const { there, every, faulty } of all) {
        const jobs = there.map((number) => job(`File[${number}]`, number % 3 === 0 ? every : "MINUTE"));
        const placed = assignPositions(blocks, newest, jobs, faulty, expectedFrom);
        const wasThere = new Set(blocks.flatMap((block) => block.jobs));
        for (const { block, position } of placed.ended) open.delete(`${block} ${position}`);
        for (const { block, position, jobKey } of placed.opened) {
          const key = `${block} ${position}`;
          expect([key, owners.get(key)]).toEqual([key, undefined]);
          owners.set(key, jobKey);
          open.set(key, jobKey);
        }
        blocks = placed.blocks;
        newest = Math.max(newest, ...blocks.map(({ id }) => id));
        const places = blocks.flatMap((block) =>
          block.jobs.flatMap((one, position) =>
            one === null ? [] : [[`${block.id} ${position}`, one] as const],
          ),
        );
        // Series and lanes say the same.
        expect(new Map(places)).toEqual(open);
        const expected = new Map(jobs.map(({ jobKey, frequency }) => [jobKey, frequency]));
        const found = new Map(
          blocks.flatMap((block) =>
            block.jobs.flatMap((one) => (one === null ? [] : [[one, block.frequency] as const])),
          ),
        );
        expect(found.size).toBe(places.length);
        for (const [jobKey, frequency] of expected)
          expect([jobKey, found.get(jobKey)]).toEqual([jobKey, frequency]);
        for (const jobKey of found.keys())
          expect(expected.has(jobKey) || (faulty.has("File") && wasThere.has(jobKey))).toBe(true);
        // Of what a faulty file made nothing is gone, and nothing moves.
        const isKnown = !faulty.has("File");
        const gone = [...wasThere].filter((one) => isKnown && one !== null && !expected.has(one));
        expect(new Set(placed.gone)).toEqual(new Set(gone));
        const worn = blocks.filter(({ jobs }) => {
          const dead = jobs.filter((one) => one === null).length;
          return isKnown && dead > 100 && dead * 2 > jobs.length;
        });
        expect(worn).toEqual([]);
      }
    });
    expect.hasAssertions();
    await fuzz(200, property);
  },
);

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}
