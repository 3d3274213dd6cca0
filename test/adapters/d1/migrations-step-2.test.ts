import { describe, expect, test } from "vitest";
import { D1Store } from "../../../src/adapters/d1/d1-store.ts";
import { d1HistoryReader } from "../../../src/adapters/d1/history-reader.ts";
import { otherRandom } from "./local-d1.ts";
import { useScenarios, type Row } from "./scenario.ts";
import { makeStep1, migrate, migrateFromStep1 } from "./step-1.ts";

const scenarios = useScenarios();
const JOBS = ["WebShop", "Database", "Intranet", "Printer"];
const CONTACTS = ["ops@example.com", "night@example.com"];

async function rowsOf(tables: readonly string[]): Promise<Readonly<Record<string, readonly Row[]>>> {
  const all: Record<string, readonly Row[]> = {};
  for (const table of tables) all[table] = await scenarios.sql(`SELECT * FROM ${table}`);
  return all;
}

/** The tables of step 2, with what its code leaves in them: what was migrated from step 1, and the ticks after it. */
const STEP_2_TABLES = [
  "frequency",
  "gap",
  "job_fault",
  "job_state",
  "message",
  "probe",
  "recipient",
  "shard",
  "status_change",
  "tick",
];

describe("a database of step 2", () => {
  /** Step 2 knew nothing of history: what the ticks wrote of it goes, and so do its tables. */
  async function makeStep2(): Promise<void> {
    await makeStep1(scenarios.db);
    await migrateFromStep1(scenarios.db);
    const steps = [
      { failing: ["WebShop", "Intranet"] },
      { tick: "10:07" },
      { return: true },
      { tick: "10:08" },
    ] as const;
    await scenarios.goOn(steps, JOBS, CONTACTS);
    for (const table of [
      "lane",
      "series",
      "kept",
      "sample",
      "hourly",
      "daily",
      "incident",
      "decision",
      "hush",
      "action",
    ])
      await scenarios.sql(`DROP TABLE ${table}`);
    await scenarios.sql("ALTER TABLE job_state DROP COLUMN held");
    await scenarios.sql("ALTER TABLE job_state DROP COLUMN churn");
    await scenarios.sql("ALTER TABLE shard DROP COLUMN maintenance");
    await scenarios.sql("ALTER TABLE shard DROP COLUMN unsettled");
  }

  test("keeps every row and every value when it is migrated, and has no history yet", async () => {
    await makeStep2();
    const before = await rowsOf(STEP_2_TABLES);
    expect(before["gap"]).toHaveLength(1);
    expect(before["recipient"]).toHaveLength(2);
    for (const number of ["0003", "0006", "0007", "0013"]) await migrate(scenarios.db, number);
    const news: Readonly<Record<string, Row>> = {
      job_state: { held: null, churn: null },
      shard: { maintenance: null, unsettled: null },
    };
    const expected = Object.entries(before).map(([table, rows]) => {
      return [table, rows.map((row) => ({ ...row, ...news[table] }))] as const;
    });
    expect(await rowsOf(STEP_2_TABLES)).toEqual(Object.fromEntries(expected));
    const view = await new D1Store(scenarios.db, otherRandom()).readTick(Date.parse("2026-11-23T10:09:00Z"));
    expect([view.damage, view.lanes, view.newestLane]).toEqual([[], [], 0]);
  });

  test("has a history from its first tick on, in which failures go on that began before", async () => {
    await makeStep2();
    for (const number of ["0003", "0006", "0007", "0013"]) await migrate(scenarios.db, number);
    const [, tick, next] = await scenarios.goOn(
      [{ failing: ["WebShop", "Intranet"] }, { tick: "10:09" }, { tick: "10:10" }],
      JOBS,
      CONTACTS,
    );
    expect([tick, next]).toMatchObject([
      { error: null, kind: "done", mails: [] },
      { error: null, kind: "done", mails: [] },
    ]);
    const reader = d1HistoryReader(scenarios.db, otherRandom());
    const now = Date.parse("2026-11-23T10:10:30Z");
    const { points } = await reader.readSeries("WebShop", "24 h", now);
    expect(points).toMatchObject([{ status: "down" }, { status: "down" }]);
    expect(await reader.readIncidents({ after: null, limit: 9, job: null })).toEqual([
      {
        job: "Intranet",
        name: "Intranet",
        fromMs: Date.parse("2026-11-23T09:45:00Z"),
        toMs: null,
        firstReason: "it is gone",
        lastReason: "it is gone",
        told: 1,
        failures: 1,
        recoveredAtMs: null,
        firstToldAtMs: Date.parse("2026-11-23T09:45:00Z"),
        acceptedAtMs: null,
        ended: null,
        inMaintenance: false,
      },
      {
        job: "WebShop",
        name: "WebShop",
        fromMs: Date.parse("2026-11-23T09:30:00Z"),
        toMs: null,
        firstReason: "it is gone",
        lastReason: "it is gone",
        told: 1,
        failures: 1,
        recoveredAtMs: null,
        firstToldAtMs: Date.parse("2026-11-23T09:31:00Z"),
        acceptedAtMs: null,
        ended: null,
        inMaintenance: false,
      },
    ]);
  });
});
