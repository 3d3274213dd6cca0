import { describe, expect, test } from "vitest";
import { historyDetail, hungEveryMinutes, limitsOf, newQuotaWarnings } from "../../src/usage/quota.ts";
import { hangingGbSeconds, projectDay, type ProjectedJob } from "../../src/capacity/projection.ts";
import { addToDay, addUsage, NO_USAGE, type DayUsage, type Usage } from "../../src/usage/usage.ts";
import { at } from "../support/fakes/ports.ts";

const NOON = at("2026-11-23 12:00");

function day(changes: Partial<Usage>, told: readonly string[] = []): DayUsage {
  return { day: 20_000, tick: { ...NO_USAGE, ...changes }, sum: { ...NO_USAGE, ...changes }, told };
}

describe("what is used", () => {
  test("is added up, but of peaks the higher counts", () => {
    const a = { ...NO_USAGE, requests: 10, peakRequests: 4, rowsWritten: 3 };
    const b = { ...NO_USAGE, requests: 1, peakRequests: 7, queries: 2 };
    expect(addUsage(a, b)).toEqual({
      ...NO_USAGE,
      requests: 11,
      peakRequests: 7,
      rowsWritten: 3,
      queries: 2,
    });
  });

  test("is added to the day, which ends at midnight UTC with all that was told of it", () => {
    const tick = { ...NO_USAGE, rowsWritten: 5 };
    const first = addToDay(null, NOON, tick);
    const second = addToDay({ ...first, told: ["D1 rows written"] }, at("2026-11-23 23:59"), tick);
    expect(second).toEqual({
      day: Math.floor(NOON / 86_400_000),
      tick,
      sum: { ...NO_USAGE, rowsWritten: 10 },
      told: ["D1 rows written"],
    });
    expect(addToDay(second, at("2026-11-24 00:00"), tick)).toMatchObject({ sum: tick, told: [] });
  });
});

describe("a limit of the Free plan", () => {
  test.each<[string, Partial<Usage>, Partial<Usage>]>([
    ["Durable Object requests", { invocations: 79_999 }, { invocations: 80_000 }],
    ["Durable Object time", { durableObjectMs: 81_249_000 }, { durableObjectMs: 81_250_000 }],
    ["D1 rows written", { rowsWritten: 79_999 }, { rowsWritten: 80_000 }],
    ["D1 rows read", { rowsRead: 3_999_999 }, { rowsRead: 4_000_000 }],
  ])("is near from four fifths on: %s", (name, below, near) => {
    const names = (usage: DayUsage): string[] =>
      newQuotaWarnings(usage, "free").map(({ limit }) => limit.name);
    expect(names(day(below))).toEqual([]);
    expect(names(day(near))).toEqual([name]);
    expect(names(day(near, [name]))).toEqual([]);
    expect(newQuotaWarnings(day(near), "paid")).toEqual([]);
  });

  test("is not what one invocation uses, which is kept to without anybody's help", () => {
    expect(newQuotaWarnings(day({ peakRequests: 50, peakQueries: 49 }), "free")).toEqual([]);
  });
});

test("history gives way to alerts in two steps, on the Free plan", () => {
  const of = (rowsWritten: number): string => historyDetail(day({ rowsWritten }), "free");
  expect([of(0), of(79_999), of(80_000), of(94_999), of(95_000), of(200_000)]).toEqual([
    "all",
    "all",
    "some",
    "some",
    "none",
    "none",
  ]);
  expect(historyDetail(null, "free")).toBe("all");
  expect(historyDetail(day({ rowsWritten: 1e6 }), "paid")).toBe("all");
});

test("history gives way on either plan to a database that becomes full", () => {
  const of = (peakBytes: number, plan: "free" | "paid"): string => historyDetail(day({ peakBytes }), plan);
  expect([of(399e6, "free"), of(400e6, "free"), of(475e6, "free")]).toEqual(["all", "some", "none"]);
  expect([of(7_999e6, "paid"), of(8_000e6, "paid"), of(9_500e6, "paid")]).toEqual(["all", "some", "none"]);
});

const RETENTION = { rawDays: 7, hourlyDays: 90, dailyDays: 730 };

describe("the projection", () => {
  const jobs = (count: number): ProjectedJob[] =>
    Array.from({ length: count }, (_, index) => ({ jobKey: `J${index}`, frequency: "MINUTE" as const }));
  const shares = (count: number, plan: "free" | "paid"): Record<string, number> =>
    Object.fromEntries(
      projectDay(jobs(count), plan, { size: 30, inPlace: 12 }, RETENTION).map(({ limit, used }) => [
        limit.name,
        used,
      ]),
    );

  test("of nothing is that of the ticks alone", () => {
    expect(shares(0, "free")).toEqual({
      "Durable Object requests": 1_440,
      "Durable Object time": 92.16,
      "D1 rows written": 7_200,
      "D1 rows read": 57_600,
      "D1 storage": 0,
      "requests to the outside": 0,
      "D1 queries": 25,
    });
  });

  test("of a thousand checks a minute is within every limit of the Free plan", () => {
    for (const { limit, used, share } of projectDay(
      jobs(1_000),
      "free",
      { size: 30, inPlace: 12 },
      RETENTION,
    )) {
      expect(used).toBeGreaterThan(0);
      expect([limit.name, share < 0.8]).toEqual([limit.name, true]);
    }
    expect(shares(1_000, "free")["Durable Object requests"]).toBe(1_440 * 35);
  });

  test("grows with the jobs, whatever the limit", () => {
    const [few, many] = [shares(100, "paid"), shares(5_000, "paid")];
    const daily = limitsOf("paid").filter(({ per }) => per === "day");
    const grows = daily.map(({ name }) => [name, (many[name] ?? 0) > (few[name] ?? Infinity)]);
    expect(grows).toEqual(daily.map(({ name }) => [name, true]));
  });

  test("of the database is what history takes once its days are over, of which raw outcomes take less with fewer", () => {
    // A thousand jobs were measured to take 110 MB.
    expect(shares(1_000, "free")["D1 storage"]).toBeCloseTo(116.5, 0);
    const few = projectDay(jobs(1_000), "free", { size: 30, inPlace: 12 }, { ...RETENTION, rawDays: 1 });
    expect(few.find(({ limit }) => limit.name === "D1 storage")?.used).toBeCloseTo(81, 0);
  });

  test("a shard of more jobs than an invocation has requests for is called again for the rest", () => {
    const of = (size: number, name: string): number | undefined =>
      projectDay(jobs(1_000), "free", { size, inPlace: 12 }, RETENTION).find(
        ({ limit }) => limit.name === name,
      )?.used;
    expect(of(1_000, "requests to the outside")).toBe(38);
    expect(of(1_000, "Durable Object requests")).toBe(1_440 * (1 + Math.ceil(1_000 / 38)));
    expect(of(30, "Durable Object requests")).toBe(1_440 * (1 + Math.ceil(1_000 / 30)));
  });
});

describe("jobs that hang", () => {
  const rule = { size: 30, inPlace: 12 };

  test.each([
    [1, 10, 1_844],
    [12, 12, 3_687],
    [1, 1_000, 3_687],
    [34, 1_000, 12_903],
    [340, 1_000, 117_965],
  ])("%i of %i take %i GB-s a day more, six at a time for ten seconds", (hanging, jobs, gbSeconds) => {
    expect(Math.ceil(hangingGbSeconds(hanging, jobs, rule))).toBe(gbSeconds);
  });

  test("are checked less often the less Durable Object time is left, on the Free plan", () => {
    const every = (share: number, plan: "free" | "paid" = "free"): number =>
      hungEveryMinutes(day({ durableObjectMs: (share * 13_000_000) / 0.128 + 1 }), plan);
    expect([0.79, 0.8, 0.9, 0.95, 2].map((share) => every(share))).toEqual([1, 5, 15, 30, 30]);
    expect([every(2, "paid"), hungEveryMinutes(null, "free")]).toEqual([1, 1]);
  });
});
