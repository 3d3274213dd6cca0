import { describe, expect, test } from "vitest";
import { ABSURD, damage, expectRepaired, FAR } from "./damaging.ts";
import { toAdmin, useScenarios } from "./scenario.ts";

const scenarios = useScenarios();
const TOKEN = "00000000000000000000000000000002";

describe("the newest tick", () => {
  test.each([
    ["finished_at = 'x'", `finished_at: Invalid type: Expected number but received "x"`],
    ["finished_at = -1", "finished_at: Invalid value: Expected >=0 but received -1"],
    [`finished_at = ${FAR}`, "finished_at lies in the future"],
    [`finished_at = ${ABSURD}`, "finished_at: Invalid safe integer: Received 9223372036854776000"],
    ["started_at = x'00'", "started_at: Invalid type: Expected number but received Array"],
    [
      "frequencies = 'SOMETIMES'",
      `frequencies.0: Invalid type: Expected ("MINUTE" | "HOUR" | "DAY" | "DAY_NOON") but received "SOMETIMES"`,
    ],
    ["jobs = 'many'", `jobs: Invalid type: Expected number but received "many"`],
  ])("with %s goes, and never makes the status True", async (sql, problem) => {
    const found = await damage(scenarios, [`UPDATE tick SET ${sql} WHERE id = 2`]);
    await expectRepaired(scenarios, found, [`tick, 2: ${problem}`]);
    expect(found.done[0]?.status).toMatch(sql.startsWith("finished_at") ? /^JobProblem: / : /^True: well$/);
    expect(found.first?.status).toBe("True: well");
    expect(await scenarios.sql("SELECT id FROM tick ORDER BY id")).toEqual([1, 3, 4].map((id) => ({ id })));
  });

  test("with a number that none can have goes, and later ones go on from the count of commits", async () => {
    const found = await damage(scenarios, [`UPDATE tick SET id = ${ABSURD} WHERE id = 2`]);
    await expectRepaired(scenarios, found, [
      "tick, 9223372036854776000: id: Invalid safe integer: Received 9223372036854776000",
    ]);
    expect(await scenarios.sql("SELECT id FROM tick ORDER BY id")).toEqual([1, 3, 4].map((id) => ({ id })));
  });
});

describe("a message to itself", () => {
  test.each([
    ["sent_at = 'x'", `sent_at: Invalid type: Expected number but received "x"`],
    ["sent_at = x'00'", "sent_at: Invalid type: Expected number but received Array"],
    ["sent_at = -1", "sent_at: Invalid value: Expected >=0 but received -1"],
    [`sent_at = ${FAR}`, "returned_at lies before sent_at"],
    [`sent_at = ${FAR}, returned_at = ${FAR}`, "sent_at lies in the future"],
    [`sent_at = ${ABSURD}`, "sent_at: Invalid safe integer: Received 9223372036854776000"],
    ["returned_at = 'x'", `returned_at: Invalid type: Expected number but received "x"`],
    ["returned_at = 0", "returned_at lies before sent_at"],
    [`returned_at = ${FAR}`, "returned_at lies too long after sent_at"],
    ["message_id = x'00'", "message_id: Invalid type: Expected string but received Array"],
  ])("with %s proves nothing, and another is mailed", async (sql, problem) => {
    const found = await damage(scenarios, [`UPDATE loopback SET ${sql}`]);
    expect(found.done[0]?.status).toMatch(/^MailProblem: /);
    expect(found.first?.status).toMatch(/^MailProblem: /);
    await expectRepaired(scenarios, found, [`loopback, ${TOKEN}: ${problem}`]);
    expect(await scenarios.sql("SELECT count(*) AS count FROM loopback WHERE token <> ?1", TOKEN)).toEqual([
      { count: 1 },
    ]);
    expect(await scenarios.sql("SELECT count(*) AS count FROM loopback WHERE token = ?1", TOKEN)).toEqual([
      { count: 0 },
    ]);
  });
});

describe("a fault that was told", () => {
  test("with a text that is none goes, and is told", async () => {
    const found = await damage(scenarios, [
      "INSERT INTO load_error (name, message) VALUES ('Ghost', x'00'), (x'00', 'a text')",
    ]);
    await expectRepaired(scenarios, found, [
      "load_error, Ghost: message: Invalid type: Expected string but received Array",
      "load_error, [0]: name: Invalid type: Expected string but received Array",
    ]);
    expect(await scenarios.sql("SELECT * FROM load_error")).toEqual([]);
  });
});

describe("what was accepted for a person", () => {
  test.each(["'x'", "'{}'", `'[1, "a", null]'`, "x'00'", `'[${FAR}, 1e300]'`, "''"])(
    "in the form of %s holds no mail, and is written anew",
    async (literal) => {
      const { first, second } = await damage(scenarios, [
        `UPDATE recipient SET accepted = ${literal}`,
        "UPDATE job_state SET failures = 0, succeeding = 1, last_notified_at = NULL WHERE job = 'B'",
      ]);
      expect(toAdmin(first).map(({ subject }) => subject)).toEqual(["[checker-eu] B failed"]);
      expect(second).toMatchObject({ error: null, kind: "done", mails: [] });
      const [row] = await scenarios.sql("SELECT accepted FROM recipient WHERE address = 'ops@example.com'");
      expect(row?.["accepted"]).toBe(`[${Date.parse("2026-11-23T10:02:02Z")}]`);
    },
  );
});
