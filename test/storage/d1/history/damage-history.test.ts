import { describe, expect, test } from "vitest";
import { D1HistoryCompactor } from "../../../../src/storage/d1/history/compactor.ts";
import { d1HistoryReader } from "../../../../src/storage/d1/history/reader.ts";
import { compactHistory } from "../../../../src/history/compact-history.ts";
import { FakeRandom, SETTINGS } from "../../../support/fakes/ports.ts";
import { readToday } from "../../../support/fakes/history.ts";
import { ABSURD, damage, expectRepaired } from "../../../adapters/d1/damaging.ts";
import { useScenarios } from "../../../adapters/d1/scenario.ts";

const scenarios = useScenarios();
const at = (time: string): number => Date.parse(`2026-11-23T${time}:00Z`);
const MINUTE_MS = 60_000;

describe("a lane", () => {
  test.each([
    ["frequency = 'WEEK'", "1", /^frequency: Invalid type/],
    ["frequency = x'00'", "1", /^frequency: Invalid type/],
    ["jobs = 'x'", "1", /^jobs: is not JSON$/],
    ["jobs = x'00'", "1", /^jobs: Invalid type/],
    ["jobs = '{}'", "1", /^jobs.block: Invalid key/],
    [`jobs = '{"block":1,"jobs":[7]}'`, "1", /^jobs.jobs.0: Invalid type/],
    [`jobs = '{"block":2,"jobs":[]}'`, "1", /^the jobs are those of another block$/],
    ["names = 'x'", "1", /^names: Invalid type/],
    ["names = 0.5", "1", /^names: Invalid safe integer/],
    ["id = 7", "7", /^the jobs are those of another block$/],
    ["id = -7", "-7", /^id: Invalid value/],
    [`id = ${ABSURD}`, "9223372036854776000", /^id: Invalid safe integer/],
    ["id = 9007199254740993", "9007199254740992", /^id: Invalid safe integer/],
  ])("with %s is written anew, and its jobs lose nothing", async (assignment, key, problem) => {
    const found = await damage(scenarios, [`UPDATE block SET ${assignment}`]);
    const [row = ""] = found.first?.mails.flatMap(({ body }) => body.match(/^- block, .*$/gm) ?? []) ?? [];
    const [, named, told = ""] = /^- block, (\S+): (.*)$/.exec(row) ?? [];
    expect(named).toBe(key);
    expect(told).toMatch(problem);
    await expectRepaired(scenarios, found, [row.slice(2)]);
    expect(await scenarios.sql("SELECT id, jobs FROM block")).toEqual([
      { id: 2, jobs: `{"block":2,"jobs":["A","B","EmailChecker"]}` },
    ]);
    expect(await scenarios.sql("SELECT id, job, from_at, to_at FROM series ORDER BY id")).toEqual(
      [1, 2].flatMap((block) =>
        ["A", "B", "EmailChecker"].map((job, position) => ({
          id: block * 1_024 + position,
          job,
          from_at: at(block === 1 ? "10:00" : "10:02"),
          to_at: block === 1 ? at("10:02") : null,
        })),
      ),
    );
    const reader = d1HistoryReader(scenarios.db, new FakeRandom());
    const series = await reader.readSeries("B", "24 h", at("10:05"));
    expect(series.points).toMatchObject(
      ["10:00", "10:01", "10:02", "10:03"].map((time) => ({ atMs: at(time), status: "down" })),
    );
    expect(await readToday(reader, "B", at("10:05"))).toMatchObject({ up: 0, down: 4, missed: 0 });
    expect(await reader.readIncidents({ after: null, limit: 9, jobKey: null })).toMatchObject([
      { jobKey: "B", fromMs: at("10:00"), toMs: null, notificationCount: 1 },
    ]);
  });

  test("that is gone is written anew, and its jobs lose nothing", async () => {
    const { first, second } = await damage(scenarios, ["DELETE FROM block"]);
    expect([first, second]).toMatchObject([
      { error: null, kind: "done", mails: [] },
      { error: null, kind: "done", mails: [] },
    ]);
    const reader = d1HistoryReader(scenarios.db, new FakeRandom());
    expect(await readToday(reader, "A", at("10:05"))).toMatchObject({ up: 4, missed: 0 });
    await compactHistory(tools(), at("10:07"));
    expect(await scenarios.sql("SELECT block, to_at FROM retention ORDER BY block")).toEqual([
      { block: 1, to_at: at("10:02") },
      { block: 2, to_at: null },
    ]);
  });
});

describe("a sample that is damaged", () => {
  test.each(["data = 'x'", "data = x''", "data = x'4000'", "data = 7", "data = 0.5", "data = x'000000'"])(
    "reads as no data, and harms no other: %s",
    async (assignment) => {
      const minute = at("10:01") / MINUTE_MS;
      await damage(scenarios, [`UPDATE sample SET ${assignment} WHERE id & 4294967295 = ${minute}`]);
      const reader = d1HistoryReader(scenarios.db, new FakeRandom());
      const { points } = await reader.readSeries("A", "24 h", at("10:05"));
      expect(points.map(({ atMs }) => atMs)).toEqual([at("10:00"), at("10:02"), at("10:03")]);
      expect(await readToday(reader, "A", at("10:05"))).toMatchObject({ up: 3, down: 0, missed: 1 });
      await scenarios.sql(
        "UPDATE frequency SET completed_slot = ?1, claimed_slot = ?1 WHERE name = 'MINUTE'",
        at("11:00"),
      );
      await compactHistory(tools(), at("11:07"));
      const hour = await reader.readSeries("A", "7 d", at("11:07"));
      expect(hour.points).toMatchObject([
        { atMs: at("10:00"), up: 3, missed: 57 },
        { atMs: at("11:00"), up: 0, missed: 1 },
      ]);
    },
  );
});

describe("what is kept of a lane", () => {
  const wrong = [
    "frequency = 'WEEK'",
    "from_at = 'x'",
    "to_at = x'00'",
    "raw_from = 9e15",
    "raw_from = from_at + 86400000",
    "raw_from = from_at - 60000",
    "hourly_from = hourly_from - 3600000",
    "hourly_from = hourly_from + 7200000",
    "hourly_until = 0",
    "hourly_until = hourly_until + 1",
    "hourly_until = hourly_until + 360000000",
    "daily_until = 4102444800000",
    "block = 9",
  ];

  test.each(wrong)("and cannot be true is made out anew: %s", async (assignment) => {
    await damage(scenarios, []);
    await scenarios.sql(
      "UPDATE frequency SET completed_slot = ?1, claimed_slot = ?1 WHERE name = 'MINUTE'",
      at("11:00"),
    );
    await compactHistory(tools(), at("11:07"));
    const before = await scenarios.sql("SELECT * FROM retention WHERE block = 1");
    expect(before).toMatchObject([{ from_at: at("10:00"), hourly_until: at("11:00") }]);
    await scenarios.sql(`UPDATE retention SET ${assignment}`);
    await compactHistory(tools(), at("11:08"));
    expect(await scenarios.sql("SELECT * FROM retention WHERE block = 1")).toEqual(before);
  });

  test("and is gone is made out anew, also after samples and hours were deleted", async () => {
    await damage(scenarios, []);
    await scenarios.sql("DELETE FROM sample");
    const base = 2 ** 32;
    const minute = (time: string, days = 0): number => base + at(time) / MINUTE_MS + days * 1_440;
    await scenarios.sql(
      "INSERT INTO daily (id, data) VALUES (?1, x''), (?2, x'')",
      minute("00:00", 3),
      minute("00:00", 8),
    );
    await scenarios.sql(
      "INSERT INTO hourly (id, data) VALUES (?1, x''), (?2, x'')",
      minute("00:00", 5),
      minute("09:00", 9),
    );
    await scenarios.sql("INSERT INTO sample (id, data) VALUES (?1, x'400001')", minute("00:00", 7));
    await scenarios.sql("DELETE FROM retention");
    await compactHistory(tools(), at("11:08") + 9 * 1_440 * MINUTE_MS);
    const day = (time: string, days: number): number => at(time) + days * 1_440 * MINUTE_MS;
    expect(await scenarios.sql("SELECT * FROM retention")).toEqual([
      {
        block: 1,
        frequency: "MINUTE",
        from_at: at("10:00"),
        to_at: null,
        raw_from: day("00:00", 7),
        hourly_from: day("00:00", 5),
        hourly_until: day("10:00", 9),
        daily_from: day("00:00", 3),
        daily_until: day("00:00", 9),
      },
    ]);
  });
});

function tools() {
  return { keeper: new D1HistoryCompactor(scenarios.db, new FakeRandom()), settings: SETTINGS };
}
