import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { D1Store } from "../../../src/adapters/d1/d1-store.ts";
import { otherRandom } from "./local-d1.ts";
import { useScenarios, type Row, type Seen, type Step } from "./scenario.ts";
import { FAILURES } from "../../support/counted-failures.ts";
import { makeStep1, migrateFromStep1 } from "./step-1.ts";

const scenarios = useScenarios();
const JOBS = ["WebShop", "Database", "Intranet", "Printer"];
const CONTACTS = ["ops@example.com", "night@example.com"];
const STEP_1_TABLES = [
  "frequency",
  "job_fault",
  "job_state",
  "message",
  "probe",
  "shard",
  "status_change",
  "tick",
];

beforeEach(() => makeStep1(scenarios.db));

async function rowsOf(tables: readonly string[]): Promise<Readonly<Record<string, readonly Row[]>>> {
  const all: Record<string, readonly Row[]> = {};
  for (const table of tables) all[table] = await scenarios.sql(`SELECT * FROM ${table}`);
  return all;
}

/** The first ticks of this version, twelve minutes after the last of step 1. Printer is well again. */
async function goOn(...steps: readonly Step[]): Promise<readonly Seen[]> {
  await migrateFromStep1(scenarios.db);
  return scenarios.goOn([{ failing: ["WebShop", "Intranet"] }, ...steps], JOBS, CONTACTS);
}

describe("a database of step 1", () => {
  test("holds what the tests below are about", async () => {
    const { message = [], job_state: states = [], tick = [], probe = [] } = await rowsOf(STEP_1_TABLES);
    expect(
      message
        .filter((row) => row["recipient"] === "night@example.com")
        .map(({ subject, attempts, last_error, closed }) => [subject, attempts, last_error, closed]),
    ).toEqual([
      ["[checker-eu] Certificates failed", 1, null, 1],
      ["[checker-eu] Import Error on Broken", 1, null, 1],
      ["[checker-eu] Database failed", 1, null, 1],
      ["[checker-eu] Database is well again", 1, null, 1],
      ["[checker-eu] Mirror cannot be checked", 1, null, 1],
      ["[checker-eu] WebShop failed", 1, "E_RECIPIENT_SUPPRESSED: the address bounces", 1],
      ["[checker-eu] Intranet failed", 3, "E_RATE_LIMIT_EXCEEDED: too many messages, try later", 0],
      ["[checker-eu] Printer failed", 0, null, 0],
      ["[checker-eu] Archive failed", 0, null, 0],
    ]);
    expect([states.length, tick.length, probe.length]).toEqual([9, 58, 2]);
  });

  test("keeps every row and every value when it is migrated, and what is new is empty", async () => {
    const before = await rowsOf(STEP_1_TABLES);
    await migrateFromStep1(scenarios.db);
    const news: Readonly<Record<string, Row>> = {
      frequency: { claimed_by: null },
      job_state: { changes: "[]", flapping_since: null, held: null, churn: null },
      message: { parts: null, mail_id: null, leased_by: null, held: 0, last_error_code: null },
      tick: { mark: null, caught_up: "", usage: null },
      shard: { counts: null, maintenance: null, unsettled: null },
    };
    const after = await rowsOf([...STEP_1_TABLES, "gap", "recipient"]);
    expect(after).toEqual({
      ...Object.fromEntries(
        Object.entries(before).map(([table, rows]) => [
          table,
          rows.map((row) => ({ ...row, ...news[table], ...(table === "message" ? queueOf(row) : {}) })),
        ]),
      ),
      gap: [],
      recipient: [],
    });
  });

  test("is read without a doubt: no row counts as damaged", async () => {
    await migrateFromStep1(scenarios.db);
    const store = new D1Store(scenarios.db, otherRandom());
    const now = Date.parse("2026-11-23T10:07:00Z");
    const view = await store.readTick(now);
    expect(view.damage).toEqual([]);
    expect(await store.repairClaims(now)).toEqual([]);
    expect([view.version, view.states.size, view.faults]).toEqual([
      58,
      9,
      [{ name: "Broken", text: "API_KEY is missing" }],
    ]);
    expect(view.states.get("WebShop")).toEqual({
      succeeding: false,
      failures: 26,
      firstFailureAtMs: Date.parse("2026-11-23T09:30:00Z"),
      lastNotifyAtMs: Date.parse("2026-11-23T09:31:00Z"),
      toldCondition: null,
      status: "down",
      reason: "HTTP 503 Service Unavailable",
      sinceMs: Date.parse("2026-11-23T09:30:00Z"),
      inconclusiveRuns: 0,
      inconclusiveTold: false,
      changesAtMs: [],
      flappingSinceMs: null,
      held: null,
      churn: null,
    });
    const { ticks, changes } = await store.readReport({ tick: 0, change: 0, gap: 0 });
    expect([ticks.length, changes.length]).toEqual([58, 17]);
    expect((await store.recentProbes(5)).map(({ returnedAtMs }) => returnedAtMs)).toEqual([
      Date.parse("2026-11-23T09:00:06.321Z"),
      Date.parse("2026-11-23T08:58:06.321Z"),
    ]);
  });

  test("shows in the outbox what waits and what was set aside, with code and reason apart", async () => {
    await migrateFromStep1(scenarios.db);
    const entries = await new D1Store(scenarios.db, otherRandom()).readOutbox(100);
    const shown = entries.map(({ to, state, jobs, attempts, lastError }) => ({
      to,
      state,
      jobs,
      attempts,
      lastError,
    }));
    const limited = { code: "E_RATE_LIMIT_EXCEEDED", reason: "too many messages, try later" };
    expect(shown.filter(({ to }) => to === "night@example.com")).toEqual([
      { to: "night@example.com", state: "waiting", jobs: ["Archive"], attempts: 0, lastError: null },
      { to: "night@example.com", state: "waiting", jobs: ["Printer"], attempts: 0, lastError: null },
      { to: "night@example.com", state: "waiting", jobs: ["Intranet"], attempts: 3, lastError: limited },
      {
        to: "night@example.com",
        state: "set aside",
        jobs: ["WebShop"],
        attempts: 1,
        lastError: { code: "E_RECIPIENT_SUPPRESSED", reason: "the address bounces" },
      },
    ]);
  });
});

describe("the first tick after it", () => {
  test("mails what waited, word for word, once to each", async () => {
    const [, first, second] = await goOn({ tick: "10:07" }, { tick: "10:08" });
    expect(first).toMatchObject({ error: null, kind: "done" });
    const bodies = first?.mails.filter(({ to }) => CONTACTS.includes(to)) ?? [];
    expect(bodies.map(({ to, subject }) => [to, subject])).toEqual([
      ["ops@example.com", "[checker-eu] 1 well again, 3 messages"],
      ["night@example.com", "[checker-eu] 1 well again, 3 messages"],
    ]);
    const file = join(projectRoot, "test/fixtures/database/step-1-first-mail.txt");
    const text = await readFile(file, "utf8");
    expect(bodies.map(({ body }) => body)).toEqual([text, text]);
    expect(second).toMatchObject({ error: null, kind: "done", mails: [] });
  });

  test("counts on where the states were, and tells nothing that was told", async () => {
    const seen = await goOn({ tick: "10:07" });
    expect(
      await scenarios.sql(
        `SELECT job, ${FAILURES}, first_failure_at, last_notify_at, status FROM job_state WHERE job IN ('WebShop', 'Intranet', 'Mirror') ORDER BY job`,
      ),
    ).toEqual([
      {
        job: "Intranet",
        failures: 12,
        first_failure_at: Date.parse("2026-11-23T09:45:00Z"),
        last_notify_at: Date.parse("2026-11-23T09:45:00Z"),
        status: "down",
      },
      { job: "Mirror", failures: 0, first_failure_at: null, last_notify_at: null, status: "inconclusive" },
      {
        job: "WebShop",
        failures: 27,
        first_failure_at: Date.parse("2026-11-23T09:30:00Z"),
        last_notify_at: Date.parse("2026-11-23T09:31:00Z"),
        status: "down",
      },
    ]);
    expect(seen[1]?.mails.filter(({ body }) => body.includes("WebShop"))).toEqual([]);
  });

  test("records the time in which nothing ran, and what it caught up", async () => {
    await goOn({ tick: "10:07" });
    expect(await scenarios.sql("SELECT * FROM gap")).toEqual([
      {
        id: 1,
        frequency: "MINUTE",
        from_slot: Date.parse("2026-11-23T09:56:00Z"),
        to_slot: Date.parse("2026-11-23T10:06:00Z"),
        slots: 11,
        recorded_at: Date.parse("2026-11-23T10:07:02Z"),
      },
    ]);
    expect(
      await scenarios.sql("SELECT id, frequencies, caught_up FROM tick ORDER BY id DESC LIMIT 2"),
    ).toEqual([
      { id: 59, frequencies: "MINUTE HOUR", caught_up: "HOUR" },
      { id: 58, frequencies: "MINUTE", caught_up: "" },
    ]);
    expect(await scenarios.sql("SELECT version FROM shard")).toEqual([{ version: 59 }]);
  });

  test("leaves the status as it must be: what was set aside is shown for three days", async () => {
    const seen = await goOn({ tick: "10:07" }, { return: true }, { tick: "10:08" });
    expect(seen.slice(1).map(({ status }) => status)).toEqual([
      "MailProblem: a message could not be delivered and was set aside",
      "MailProblem: a message could not be delivered and was set aside",
      "MailProblem: a message could not be delivered and was set aside",
    ]);
    await scenarios.sql(
      "UPDATE message SET set_aside_at = set_aside_at - 3 * 86400000 WHERE set_aside_at > 0",
    );
    const [, after] = await scenarios.goOn(
      [{ failing: ["WebShop", "Intranet"] }, { tick: "10:09" }],
      JOBS,
      CONTACTS,
    );
    expect(after?.status).toBe("True: well");
  });

  test("keeps the text of what is refused again, and tells it as it was decided", async () => {
    const seen = await goOn(
      { refused: CONTACTS },
      { tick: "10:07" },
      { return: true },
      { refused: [] },
      { tick: "10:09" },
    );
    expect(seen[2]?.mails.filter(({ to }) => to !== "checker@example.com")).toEqual([]);
    const [mail] = seen[5]?.mails.filter(({ to }) => to === "ops@example.com") ?? [];
    expect(mail?.subject).toBe("[checker-eu] 1 well again, 3 messages");
    expect(
      await scenarios.sql(
        "SELECT attempts, last_error, last_error_code, accepted_at FROM message WHERE job = 'Intranet' AND recipient = 'ops@example.com'",
      ),
    ).toEqual([
      {
        attempts: 5,
        last_error: null,
        last_error_code: null,
        accepted_at: Date.parse("2026-11-23T10:09:02Z"),
      },
    ]);
  });
});

/** A message to itself that waits goes before all others. */
function queueOf(row: Row): Row {
  const isWaitingProbe = row["token"] !== null && row["closed"] === 0;
  return { priority: isWaitingProbe ? 0 : 1, unfinished: 0 };
}
