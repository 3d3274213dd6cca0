import { describe, expect, test } from "vitest";
import type { JobFrequency } from "../../src/domain/frequency.ts";
import { cutShards, type CutJobs } from "../../src/domain/shard.ts";

interface Job {
  readonly identity: string;
  readonly frequency: JobFrequency;
}

const RULE = { size: 4, inPlace: 3 };

function jobs(count: number, frequency: JobFrequency = "MINUTE"): Job[] {
  return Array.from({ length: count }, (_, index) => ({ identity: `${frequency[0]}${index}`, frequency }));
}

function cut(due: readonly Job[], slow: readonly string[] = []): Record<string, string> {
  const { inPlace, shards }: CutJobs<Job> = cutShards(due, RULE, (identity) => slow.includes(identity));
  const names = (some: readonly Job[]): string => some.map(({ identity }) => identity).join(" ");
  return { here: names(inPlace), ...Object.fromEntries(shards.map((one) => [one.name, names(one.jobs)])) };
}

describe("what is due", () => {
  test("is run in place while it is little", () => {
    expect(cut([])).toEqual({ here: "" });
    expect(cut(jobs(3))).toEqual({ here: "M0 M1 M2" });
  });

  test("is cut into shards of about one size, neighbours apart", () => {
    expect(cut(jobs(4))).toEqual({ here: "", "MINUTE-0": "M0 M1 M2 M3" });
    expect(cut(jobs(9))).toEqual({
      here: "",
      "MINUTE-0": "M0 M3 M6",
      "MINUTE-1": "M1 M4 M7",
      "MINUTE-2": "M2 M5 M8",
    });
  });

  test("is cut for each frequency apart, so that a full hour moves nobody", () => {
    const minute = cut(jobs(9));
    expect(cut([...jobs(2, "HOUR"), ...jobs(9), ...jobs(4, "DAY")])).toEqual({
      ...minute,
      here: "H0 H1",
      "DAY-0": "D0 D1 D2 D3",
    });
  });

  test("moves nobody when something is added to the end of a shard that has room", () => {
    expect(cut(jobs(10))).toEqual({ ...cut(jobs(9)), "MINUTE-0": "M0 M3 M6 M9" });
  });

  test("that was slow lately begins last, and stays in its shard", () => {
    expect(cut(jobs(9), ["M0", "M3", "M4"])).toEqual({
      here: "",
      "MINUTE-0": "M6 M0 M3",
      "MINUTE-1": "M1 M7 M4",
      "MINUTE-2": "M2 M5 M8",
    });
    expect(cut(jobs(3), ["M0"])).toEqual({ here: "M1 M2 M0" });
  });

  test.each([1, 29, 30, 31, 49, 50, 51, 1_000, 9_999])(
    "is cut whole and within the size: %i jobs",
    (count) => {
      const due = jobs(count);
      const { inPlace, shards } = cutShards(due, { size: 30, inPlace: 0 }, () => false);
      expect(inPlace).toEqual([]);
      expect(shards).toHaveLength(Math.ceil(count / 30));
      const sizes = shards.map((shard) => shard.jobs.length);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(new Set(shards.flatMap((shard) => shard.jobs))).toEqual(new Set(due));
    },
  );
});
