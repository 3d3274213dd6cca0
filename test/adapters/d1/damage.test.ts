import { describe, expect, test } from "vitest";
import { ABSURD, damage, expectQuiet, expectRepaired, FAR } from "./damaging.ts";
import { rowsNamed, toAdmin, useScenarios } from "./scenario.ts";

const scenarios = useScenarios();

describe("the count of commits", () => {
  const problem = "instance, main: version is not the number of the newest commit";

  test.each([
    ["is a text", "UPDATE instance SET version = 'x'"],
    ["is a blob", "UPDATE instance SET version = x'00ff'"],
    ["is negative", "UPDATE instance SET version = -1"],
    ["is no whole number", "UPDATE instance SET version = 2.5"],
    ["is infinite", "UPDATE instance SET version = 9e999"],
    ["is larger than a number can be", `UPDATE instance SET version = ${ABSURD}`],
    ["is as large as a number can be", `UPDATE instance SET version = ${Number.MAX_SAFE_INTEGER}`],
    ["is lower than the newest tick's", "UPDATE instance SET version = 1"],
    // With it go the counts of failures that were told, which then count from when they were.
    ["is missing", "DELETE FROM instance", 3],
  ])("that %s is taken from the newest tick", async (_what, sql, failures = 4) => {
    await expectRepaired(scenarios, await damage(scenarios, [sql]), [problem], failures);
    expect(await scenarios.sql("SELECT id, version FROM instance")).toEqual([{ id: "main", version: 4 }]);
    expect(await scenarios.sql("SELECT id FROM tick ORDER BY id")).toEqual(
      [1, 2, 3, 4].map((id) => ({ id })),
    );
  });

  test("that is missing with all ticks begins anew", async () => {
    const found = await damage(scenarios, ["DELETE FROM instance", "DELETE FROM tick"]);
    await expectRepaired(scenarios, found, [problem], 3);
    expect(await scenarios.sql("SELECT id FROM tick ORDER BY id")).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test.each(["'x'", "'[[1]]'", "x'00'", "7"])(
    "whose counts of failures are %s keeps all else, and they go on from when they were told",
    async (counts) => {
      const found = await damage(scenarios, [`UPDATE instance SET failure_counters = ${counts}`]);
      await expectRepaired(
        scenarios,
        found,
        ["instance.failure_counters, main: failure_counters: is no list of counts"],
        3,
      );
      const [shard] = await scenarios.sql("SELECT version, failure_counters FROM instance");
      expect(shard?.["version"]).toBe(4);
      expect(shard?.["failure_counters"]).toMatch(/^\[\["B",3,\d+\]\]$/);
    },
  );

  test("is no reason to doubt where a tick claims to be newer", async () => {
    await expectRepaired(scenarios, await damage(scenarios, ["UPDATE tick SET id = 7 WHERE id = 2"]), [
      problem,
    ]);
    expect(await scenarios.sql("SELECT id FROM tick ORDER BY id")).toEqual(
      [1, 7, 8, 9].map((id) => ({ id })),
    );
  });
});

describe("a state", () => {
  const CASES: readonly (readonly [string, string])[] = [
    ["succeeding = 2", "succeeding: Invalid type: Expected (0 | 1) but received 2"],
    ["succeeding = 'yes'", `succeeding: Invalid type: Expected (0 | 1) but received "yes"`],
    ["succeeding = 0", "succeeding and failures contradict each other"],
    ["failures = 3", "succeeding and failures contradict each other"],
    ["failures = 'many'", `failures: Invalid type: Expected number but received "many"`],
    ["failures = x'03'", "failures: Invalid type: Expected number but received Array"],
    ["failures = -1", "failures: Invalid value: Expected >=0 but received -1"],
    ["failures = 0.5", "failures: Invalid safe integer: Received 0.5"],
    ["failures = 9e999", "failures: Invalid type: Expected number but received null"],
    [
      `failures = ${Number.MAX_SAFE_INTEGER}`,
      `failures: Invalid value: Expected <=1000000000000 but received ${Number.MAX_SAFE_INTEGER}`,
    ],
    ["first_failure_at = 'noon'", `first_failure_at: Invalid type: Expected number but received "noon"`],
    ["first_failure_at = -1", "first_failure_at: Invalid value: Expected >=0 but received -1"],
    [`first_failure_at = ${FAR}`, "first_failure_at lies in the future"],
    [`last_notified_at = ${FAR}`, "last_notified_at lies in the future"],
    [
      "last_notified_at = 9000000000000000",
      "last_notified_at: Invalid value: Expected <=8640000000000000 but received 9000000000000000",
    ],
    [
      "last_notified_failure_kind = x'00'",
      "last_notified_failure_kind: Invalid type: Expected string but received Array",
    ],
    [
      "status = 'wobbly'",
      `status: Invalid type: Expected ("up" | "down" | "inconclusive") but received "wobbly"`,
    ],
    ["reason = x'00'", "reason: Invalid type: Expected string but received Array"],
    [`since = ${FAR}`, "since lies in the future"],
    ["inconclusive_runs = -1", "inconclusive_runs: Invalid value: Expected >=0 but received -1"],
    ["inconclusive_notified = 7", "inconclusive_notified: Invalid type: Expected (0 | 1) but received 7"],
    ["changes = 'x'", "changes: is not JSON"],
    ["changes = ''", "changes: is not JSON"],
    ["changes = '{}'", "changes: Invalid type: Expected Array but received Object"],
    [`changes = '["x"]'`, `changes.0: Invalid type: Expected number but received "x"`],
    [`changes = '[1, ${FAR}]'`, "changes lie in the future"],
    ["changes = '[null]'", "changes.0: Invalid type: Expected number but received null"],
    [`flapping_since = ${FAR}`, "flapping_since lies in the future"],
  ];

  test("that cannot be is written anew, each by itself, and told in one mail", async () => {
    const names = CASES.map((_one, index) => `Job${String(index).padStart(2, "0")}`);
    const found = await damage(
      scenarios,
      CASES.map(([assignment], index) => `UPDATE job_state SET ${assignment} WHERE job = '${names[index]}'`),
      ["A", "B", ...names],
    );
    await expectRepaired(
      scenarios,
      found,
      CASES.map(([, problem], index) => `job_state, ${names[index]}: ${problem}`),
    );
    const at = Date.parse("2026-11-23T10:02:00Z");
    expect(
      await scenarios.sql(
        "SELECT * FROM job_state WHERE job LIKE 'Job%' AND (status <> 'up' OR since <> ?1)",
        at,
      ),
    ).toEqual([]);
    expect(await scenarios.sql("SELECT count(*) AS count FROM job_state WHERE job LIKE 'Job%'")).toEqual([
      { count: CASES.length },
    ]);
  });

  test("whose key is no text goes, and is told once", async () => {
    const found = await damage(scenarios, [
      "INSERT INTO job_state SELECT x'4142', succeeding, failures, first_failure_at, last_notified_at, last_notified_failure_kind, status, reason, since, inconclusive_runs, inconclusive_notified, changes, flapping_since, suppressed, churn FROM job_state WHERE job = 'A'",
    ]);
    await expectRepaired(scenarios, found, [
      "job_state, [65,66]: job: Invalid type: Expected string but received Array",
    ]);
    expect(
      await scenarios.sql("SELECT count(*) AS count FROM job_state WHERE typeof(job) <> 'text'"),
    ).toEqual([{ count: 0 }]);
  });

  test("of a failure that was told is told again with the damage, in one mail", async () => {
    const { first, second } = await damage(scenarios, [
      "UPDATE job_state SET failures = 'x' WHERE job = 'B'",
    ]);
    expect(toAdmin(first).map(({ subject }) => subject)).toEqual(["[checker-eu] 1 down, 1 message"]);
    expect(rowsNamed(first)).toEqual([
      `job_state, B: failures: Invalid type: Expected number but received "x"`,
    ]);
    expect(second).toMatchObject({ error: null, kind: "done" });
    expect(toAdmin(second)).toEqual([]);
  });

  test("of which there are thousands is one mail that is short enough to read", async () => {
    const { first, second } = await damage(scenarios, [
      `INSERT INTO job_state (job, succeeding, failures, reason, inconclusive_runs, inconclusive_notified)
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
       SELECT 'Old ' || i, 7, 0, '', 0, 0 FROM n`,
    ]);
    const [mail, ...noMore] = toAdmin(first);
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] 2000 damaged rows in the database");
    expect(rowsNamed(first)).toHaveLength(50);
    expect(mail?.body).toContain("\nand 1950 more.\n");
    await expectQuiet(scenarios, second);
    expect(await scenarios.sql("SELECT count(*) AS count FROM job_state WHERE job LIKE 'Old%'")).toEqual([
      { count: 0 },
    ]);
  });
});

describe("a frequency", () => {
  const CASES: readonly (readonly [string, string])[] = [
    ["claimed_slot = 'x'", `claimed_slot: Invalid type: Expected number but received "x"`],
    ["claimed_slot = x'00'", "claimed_slot: Invalid type: Expected number but received Array"],
    [`claimed_slot = ${FAR}`, "claimed_slot lies in the future"],
    [`claimed_slot = ${ABSURD}`, "claimed_slot: Invalid safe integer: Received 9223372036854776000"],
    ["claimed_at = 'x'", `claimed_at: Invalid type: Expected number but received "x"`],
    ["completed_slot = 'x'", `completed_slot: Invalid type: Expected number but received "x"`],
    ["completed_slot = x'00'", "completed_slot: Invalid type: Expected number but received Array"],
    ["completed_slot = -2", "completed_slot: Invalid value: Expected >=-1 but received -2"],
    [`completed_slot = ${FAR}`, "completed_slot was never claimed"],
    ["completed_slot = claimed_slot + 60000", "completed_slot was never claimed"],
    ["completed_slot = completed_slot - 1", "completed_slot is no slot"],
  ];

  test.each(CASES)(
    "of the hour with %s is free again, and its jobs run at the next tick",
    async (sql, problem) => {
      await expectRepaired(
        scenarios,
        await damage(scenarios, [`UPDATE frequency SET ${sql} WHERE name = 'HOUR'`]),
        [`frequency, HOUR: ${problem}`],
      );
      const hour = Date.parse("2026-11-23T10:00:00Z");
      expect(
        await scenarios.sql("SELECT claimed_slot, completed_slot FROM frequency WHERE name = 'HOUR'"),
      ).toEqual([{ claimed_slot: hour, completed_slot: hour }]);
      expect(await scenarios.sql("SELECT frequencies, caught_up FROM tick ORDER BY id DESC LIMIT 1")).toEqual(
        [{ frequencies: "MINUTE HOUR", caught_up: "HOUR" }],
      );
    },
  );

  test.each(CASES.filter(([sql]) => /claimed_slot = (['x\d])/.test(sql)))(
    "of the minute with %s keeps nobody out: the very next tick runs",
    async (sql, problem) => {
      await expectRepaired(
        scenarios,
        await damage(scenarios, [`UPDATE frequency SET ${sql} WHERE name = 'MINUTE'`]),
        [`frequency, MINUTE: ${problem}`],
      );
      expect(await scenarios.sql("SELECT jobs, up, down FROM tick WHERE id > 2")).toEqual([
        { jobs: 3, up: 2, down: 1 },
        { jobs: 3, up: 2, down: 1 },
      ]);
    },
  );

  test("that nobody knows goes, and is told once", async () => {
    const found = await damage(scenarios, [
      "INSERT INTO frequency (name, claimed_slot, claimed_at, completed_slot) VALUES ('WEEK', -1, -1, -1), (x'00', -1, -1, -1)",
    ]);
    await expectRepaired(scenarios, found, [
      'frequency, WEEK: name: Invalid type: Expected ("MINUTE" | "HOUR" | "DAY" | "DAY_NOON") but received "WEEK"',
      'frequency, [0]: name: Invalid type: Expected ("MINUTE" | "HOUR" | "DAY" | "DAY_NOON") but received Array',
    ]);
    expect(await scenarios.sql("SELECT name FROM frequency ORDER BY name")).toEqual(
      ["DAY", "DAY_NOON", "HOUR", "MINUTE"].map((name) => ({ name })),
    );
  });

  test("that is missing is made anew by the claim, and there is nothing to tell", async () => {
    const { first, second } = await damage(scenarios, ["DELETE FROM frequency"]);
    expect(first).toMatchObject({ error: null, kind: "done" });
    expect(toAdmin(first)).toEqual([]);
    await expectQuiet(scenarios, second);
    expect(await scenarios.sql("SELECT count(*) AS count FROM frequency WHERE completed_slot > 0")).toEqual([
      { count: 4 },
    ]);
  });

  test("of the minute that is damaged at the full hour loses that minute alone", async () => {
    const { first, second } = await damage(
      scenarios,
      ["UPDATE frequency SET claimed_slot = 'x' WHERE name = 'MINUTE'"],
      ["A", "B"],
      ["11:00", "11:01"],
    );
    expect([first, second]).toMatchObject([
      { error: null, kind: "done" },
      { error: null, kind: "done" },
    ]);
    expect(rowsNamed(first)).toHaveLength(1);
    expect(toAdmin(second)).toEqual([]);
    expect(await scenarios.sql("SELECT frequencies, jobs FROM tick WHERE id > 2")).toEqual([
      { frequencies: "HOUR", jobs: 0 },
      { frequencies: "MINUTE", jobs: 3 },
    ]);
  });
});
