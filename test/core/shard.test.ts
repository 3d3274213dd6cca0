import { describe, expect, test } from "vitest";
import type { JobFrequency } from "../../src/core/time/frequency.ts";
import { planShards, type ShardPlan } from "../../src/core/shard.ts";

interface Job {
  readonly jobKey: string;
  readonly frequency: JobFrequency;
}

const RULE = { size: 4, inPlace: 3 };

function jobs(count: number, frequency: JobFrequency = "MINUTE"): Job[] {
  return Array.from({ length: count }, (_, index) => ({ jobKey: `${frequency[0]}${index}`, frequency }));
}

function cut(
  due: readonly Job[],
  slow: readonly string[] = [],
  starved: readonly string[] = [],
): Record<string, string> {
  const { inPlace, shards }: ShardPlan<Job> = planShards(due, RULE, (jobKey) =>
    starved.includes(jobKey) ? "early" : slow.includes(jobKey) ? "late" : "normal",
  );
  const names = (some: readonly Job[]): string => some.map(({ jobKey }) => jobKey).join(" ");
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
      "MINUTE-0": "M0 M5 M7",
      "MINUTE-1": "M1 M3 M8",
      "MINUTE-2": "M2 M4 M6",
    });
  });

  test("does not come into one shard where it recurs in the list", () => {
    for (const every of [2, 5, 10, 20, 100]) {
      const { shards } = planShards(jobs(1_000), { size: 50, inPlace: 0 }, () => "normal");
      const hanging = shards.map(
        (shard) => shard.jobs.filter(({ jobKey }) => Number(jobKey.slice(1)) % every === 7 % every).length,
      );
      // Six of them would fill all connections of a shard; more than that wait for others like them.
      expect(Math.max(...hanging)).toBeLessThanOrEqual(Math.max(3, Math.ceil(1_000 / every / 20) + 1));
    }
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
    expect(cut(jobs(10))).toEqual({ ...cut(jobs(9)), "MINUTE-0": "M0 M5 M7 M9" });
  });

  test("that was slow lately begins last, and stays in its shard", () => {
    expect(cut(jobs(9), ["M0", "M5", "M1"])).toEqual({
      here: "",
      "MINUTE-0": "M7 M0 M5",
      "MINUTE-1": "M3 M8 M1",
      "MINUTE-2": "M2 M4 M6",
    });
    expect(cut(jobs(3), ["M0"])).toEqual({ here: "M1 M2 M0" });
  });

  test("that had no turn the last time begins first", () => {
    expect(cut(jobs(9), ["M0"], ["M7", "M6"])).toEqual({
      here: "",
      "MINUTE-0": "M7 M5 M0",
      "MINUTE-1": "M1 M3 M8",
      "MINUTE-2": "M6 M2 M4",
    });
  });

  test.each([1, 29, 30, 31, 49, 50, 51, 1_000, 9_999])(
    "is cut whole and within the size: %i jobs",
    (count) => {
      const due = jobs(count);
      const { inPlace, shards } = planShards(due, { size: 30, inPlace: 0 }, () => "normal");
      expect(inPlace).toEqual([]);
      expect(shards).toHaveLength(Math.ceil(count / 30));
      const sizes = shards.map((shard) => shard.jobs.length);
      expect(Math.max(...sizes)).toBeLessThanOrEqual(30);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
      expect(new Set(shards.flatMap((shard) => shard.jobs))).toEqual(new Set(due));
    },
  );
});
