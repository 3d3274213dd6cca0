import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { answer, closing, startHttpTarget, type HttpTarget } from "../support/network/http.ts";
import type { Checker } from "../support/worker/harness.ts";
import { BASE, MINUTE, useWorkers } from "../support/worker/suite.ts";

const SECRET_PATH = "/ping/a-secret-path";
let target: HttpTarget;

beforeAll(async () => {
  target = await startHttpTarget();
});

beforeEach(() => {
  target.set(SECRET_PATH, answer(200, "OK"));
});

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"], DEAD_MAN_URL: target.url + SECRET_PATH } },
  { name: "sharded", runners: true, vars: { JOBS: ["Steered"], DEAD_MAN_URL: target.url + SECRET_PATH } },
  { name: "wrong", vars: { JOBS: ["Steered"], DEAD_MAN_URL: "http://dead.example/a-secret-path" } },
]);

afterEach(() => target.reset());
afterAll(() => target.close());

/** Its message to itself has come back. */
async function proven(name?: string): Promise<Checker> {
  const checker = suite.checker(name);
  suite.steering.jobs = [{ name: "db", always: "up" }];
  await checker.tick(BASE);
  await checker.sql("INSERT INTO loopback VALUES ('t', 'm', ?1, ?1)", checker.now());
  return checker;
}

const asked = (): readonly string[] => target.requests.map(({ method, path }) => `${method} ${path}`);

describe("the dead man's switch", () => {
  test.each(["one", "sharded"])(
    "is pinged once for each tick of a Checker that is well (%s)",
    async (name) => {
      const checker = await proven(name);
      // Nothing was proven yet when the first tick ended.
      expect(asked()).toEqual([]);
      await checker.tick(BASE + MINUTE);
      expect(asked()).toEqual([`GET ${SECRET_PATH}`]);
      // An event that comes twice is no second tick.
      await checker.tick(BASE + MINUTE);
      expect(asked()).toHaveLength(1);
      await checker.tick(BASE + 2 * MINUTE);
      expect(asked()).toHaveLength(2);
    },
  );

  test("counts as a request to the outside, of the tick that is recorded next", async () => {
    const checker = await proven();
    await checker.tick(BASE + MINUTE);
    await checker.tick(BASE + 2 * MINUTE);
    const rows = await checker.sql("SELECT usage->>'$.tick.requests' AS requests FROM tick ORDER BY id");
    // Each run of a steered job by itself asks nothing.
    expect(rows.map(({ requests }) => requests)).toEqual([0, 0, 1]);
  });

  test("is not pinged by a tick that was not recorded", async () => {
    const checker = await proven();
    suite.steering.faults.push({ sql: "INSERT INTO instance", how: "fail" });
    await expect(checker.tick(BASE + MINUTE)).rejects.toThrow("the tick ended with exception");
    suite.steering.faults.length = 0;
    expect(await checker.status()).toBe("True");
    expect(asked()).toEqual([]);
  });

  test("is not pinged while an alert could not be mailed", async () => {
    const checker = await proven();
    suite.steering.jobs = [{ name: "db", always: "throw" }];
    suite.steering.mail.set("admin@example.org", { code: "E_INTERNAL", message: "try later" });
    await checker.tick(BASE + MINUTE);
    expect(await checker.status()).toBe("MailProblem");
    expect(asked()).toEqual([]);
  });

  test("that takes no ping harms nothing, and its address stands in no log", async () => {
    target.set(SECRET_PATH, answer(404));
    const checker = await proven();
    await checker.tick(BASE + MINUTE);
    expect(asked()).toHaveLength(1);
    expect(await checker.status()).toBe("True");
    expect(await checker.sql("SELECT count(*) AS ticks FROM tick")).toEqual([{ ticks: 2 }]);
    expect(suite.logs()).toContain(
      "The address in DEAD_MAN_URL took no ping (1 in a row): answered HTTP 404",
    );
    expect(suite.logs()).not.toContain("a-secret-path");
  });

  test("that nobody can reach harms nothing either", async () => {
    target.set(SECRET_PATH, closing);
    const checker = await proven();
    await checker.tick(BASE + MINUTE);
    expect(suite.logs()).toContain("The address in DEAD_MAN_URL took no ping (1 in a row): ");
    expect(suite.logs()).not.toContain("a-secret-path");
  });

  test("whose address is wrong stops this Checker, as any wrong setting does", async () => {
    const checker = suite.checker("wrong");
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    expect(await checker.status()).toBe("JobProblem");
  });
});
