import { describe, expect, test } from "vitest";
import type { Checker } from "../support/worker/harness.ts";
import { failing } from "../support/worker/steering.ts";
import { ADMIN_TOKEN, BASE, MINUTE, statusOf, useWorkers } from "../support/worker/suite.ts";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["Steered"], ADMIN_TOKEN, STALE_AFTER_SECONDS: "120" } },
  { name: "closed", vars: { JOBS: [] } },
  { name: "empty-token", vars: { JOBS: [], ADMIN_TOKEN: "" } },
  { name: "unset", vars: { JOBS: ["Steered"], ALERT_CONTACT: "nobody", ADMIN_TOKEN } },
  { name: "bare", vars: { JOBS: ["Steered"], ADMIN_TOKEN }, migrated: false },
]);

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Headers;
}

async function get(checker: Checker, path: string, init?: RequestInit): Promise<Answer> {
  const response = await checker.fetch(path, init);
  return { status: response.status, body: await response.text(), headers: response.headers };
}

function asAdmin(token = ADMIN_TOKEN): RequestInit {
  return { headers: { authorization: `Bearer ${token}` } };
}

/** An instance that is well: a tick is done, a message to itself has come back. */
async function well(): Promise<Checker> {
  const checker = suite.checker("one");
  suite.steering.jobs = [{ name: "db" }];
  await checker.tick(BASE);
  await checker.sql("INSERT INTO loopback VALUES ('t', 'm', ?1, ?1)", checker.now());
  return checker;
}

describe("GET /status", () => {
  test("answers one word as plain text that nobody stores", async () => {
    const { status: code, body, headers } = await get(await well(), "/status");
    expect([code, body]).toEqual([200, "True"]);
    expect(headers.get("content-type")?.toLowerCase()).toMatch(/^text\/plain; ?charset=utf-8$/);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; frame-ancestors 'none'");
  });

  test("answers HEAD with the same head and no body", async () => {
    const checker = await well();
    const { status: code, body, headers } = await get(checker, "/status", { method: "HEAD" });
    expect([code, body, headers.get("cache-control")]).toEqual([200, "", "no-store"]);
  });

  test.each(["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])(
    "refuses %s and names what it takes",
    async (method) => {
      const { status: code, body, headers } = await get(suite.checker("closed"), "/status", { method });
      expect([code, body, headers.get("allow")]).toEqual([405, "Method not allowed\n", "GET, HEAD"]);
      expect(headers.get("cache-control")).toBe("no-store");
    },
  );

  test.each(["/status/", "/Status", "/admin", "/.env", "/status/../admin/x"])(
    "is not to be had as %s",
    async (path) => {
      const { status: code, body, headers } = await get(suite.checker("closed"), path);
      expect([code, body, headers.get("cache-control")]).toEqual([404, "Not found\n", "no-store"]);
    },
  );
});

describe("/status is JobProblem", () => {
  test("before the first tick", async () => {
    expect(await statusOf(suite.checker("one"))).toBe("JobProblem: no tick has completed yet");
  });

  test("when no tick has completed for STALE_AFTER_SECONDS, and well again with the next", async () => {
    const checker = await well();
    expect(await statusOf(checker)).toBe("True: well");
    await checker.sql("UPDATE tick SET finished_at = ?1", checker.now() - 110_000);
    expect(await statusOf(checker)).toBe("True: well");
    await checker.sql("UPDATE tick SET finished_at = ?1", checker.now() - 130_000);
    expect(await statusOf(checker)).toMatch(
      /^JobProblem: the last tick completed 13\d s ago, the limit is 120 s$/,
    );
    await checker.tick(BASE + MINUTE);
    expect(await statusOf(checker)).toBe("True: well");
  });

  test("when ticks begin and none is completed", async () => {
    const checker = suite.checker("one");
    suite.steering.faults.push({ sql: "INSERT INTO instance", how: "fail" });
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    expect(await statusOf(checker)).toBe("JobProblem: no tick has completed yet");
  });

  test("when settings are invalid, and the ticks fail without a trace of the values", async () => {
    const checker = suite.checker("unset");
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    expect(await statusOf(checker)).toBe("JobProblem: settings are invalid");
    expect(await checker.sql("SELECT * FROM tick")).toEqual([]);
  });

  test("when the tables are missing", async () => {
    const checker = suite.checker("bare");
    await expect(checker.tick(BASE)).rejects.toThrow("the tick ended with exception");
    const { status: code, body } = await get(checker, "/status");
    expect([code, body]).toEqual([200, "JobProblem"]);
  });

  test("even when mail has a problem as well: no ticks, no mail either", async () => {
    const checker = await well();
    await checker.sql("DELETE FROM loopback");
    expect(await statusOf(checker)).toBe("MailProblem: no message to itself has come back yet");
    await checker.sql("UPDATE tick SET finished_at = 0");
    expect(await statusOf(checker)).toMatch(/^JobProblem: /);
  });
});

describe("/status is MailProblem", () => {
  test("when the last proof is older than a probe's hour and what it may take", async () => {
    const checker = await well();
    const ageTo = (seconds: number): Promise<unknown> =>
      checker.sql("UPDATE loopback SET sent_at = ?1, returned_at = ?1", checker.now() - seconds * 1000);
    await ageTo(3600 + 600 + 110);
    expect(await statusOf(checker)).toBe("True: well");
    await ageTo(3600 + 600 + 130);
    expect(await statusOf(checker)).toBe("MailProblem: no message to itself was mailed lately");
  });

  test("when a message waits that no tick has taken up for five minutes", async () => {
    const checker = await well();
    suite.steering.faults.push({ sql: "UPDATE message SET next_attempt_at", how: "fail" });
    suite.steering.set("db", failing("it is gone"));
    await expect(checker.tick(BASE + MINUTE)).rejects.toThrow("the tick ended with exception");
    await checker.sql("UPDATE message SET decided_at = ?1", checker.now() - 4 * MINUTE);
    expect(await statusOf(checker)).toBe("True: well");
    await checker.sql("UPDATE message SET decided_at = ?1", checker.now() - 6 * MINUTE);
    expect(await statusOf(checker)).toBe("MailProblem: a message has waited for more than 5 minutes");
  });

  test("not because a job fails", async () => {
    const checker = await well();
    suite.steering.set("db", failing("it is gone"));
    await checker.tick(BASE + MINUTE);
    expect(await statusOf(checker)).toBe("True: well");
  });
});

describe("/admin/report", () => {
  test.each(["closed", "empty-token"])("does not exist without ADMIN_TOKEN (%s)", async (name) => {
    for (const init of [
      undefined,
      asAdmin(),
      asAdmin("undefined"),
      { headers: { authorization: "Bearer " } },
    ]) {
      const { status: code, body } = await get(suite.checker(name), "/admin/report", init);
      expect([code, body]).toEqual([404, "Not found\n"]);
    }
  });

  test.each([
    ["no token", undefined],
    ["a wrong token", asAdmin("wrong")],
    ["a longer token", asAdmin(`${ADMIN_TOKEN}x`)],
    ["an empty token", { headers: { authorization: "Bearer " } }],
    ["the token by another scheme", { headers: { authorization: `Token ${ADMIN_TOKEN}` } }],
  ])("is refused with %s", async (_how, init) => {
    const { status: code, body, headers } = await get(suite.checker("one"), "/admin/report", init);
    expect([code, body]).toEqual([401, "Unauthorized\n"]);
    expect(headers.get("www-authenticate")).toBe("Bearer");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("does not take the token from the address", async () => {
    const { status: code } = await get(suite.checker("one"), `/admin/report?token=${ADMIN_TOKEN}`);
    expect(code).toBe(401);
  });

  test("gives ticks and changes after those that are known", async () => {
    const checker = await well();
    suite.steering.set("db", failing("it is gone"));
    await checker.tick(BASE + MINUTE);
    const { status: code, body, headers } = await get(checker, "/admin/report?ticks=1&changes=1", asAdmin());
    expect(code).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    const moment = expect.any(Number) as number;
    expect(JSON.parse(body)).toEqual({
      ticks: [
        {
          id: 2,
          scheduledAtMs: BASE + MINUTE,
          startedAtMs: moment,
          finishedAtMs: moment,
          frequencies: ["MINUTE"],
          caughtUp: [],
          jobs: 1,
          up: 0,
          down: 1,
          inconclusive: 0,
        },
      ],
      changes: [
        {
          id: 2,
          jobKey: `Steered["db"]`,
          name: "Steered db",
          from: "up",
          to: "down",
          reason: "it is gone",
          atMs: BASE + MINUTE,
        },
      ],
      gaps: [],
      status: { status: "True", reason: "well" },
    });
  });

  test.each(["-1", "x", "1e99", "", "1; DROP TABLE tick"])("takes %j for no number at all", async (after) => {
    const checker = await well();
    const query = `?ticks=${encodeURIComponent(after)}`;
    const { status: code, body } = await get(checker, `/admin/report${query}`, asAdmin());
    expect(code).toBe(200);
    expect((JSON.parse(body) as { ticks: unknown[] }).ticks).toHaveLength(1);
  });

  test("says nothing of what went wrong inside", async () => {
    const { status: code, body } = await get(suite.checker("bare"), "/admin/report", asAdmin());
    expect([code, body]).toEqual([500, "Internal error\n"]);
  });
});

describe("what the public sees", () => {
  test("holds nothing private, whatever is asked and whatever is wrong", async () => {
    const one = await well();
    suite.steering.jobs = [{ name: "the payroll server" }];
    suite.steering.set("the payroll server", failing("password hunter2 refused"));
    await one.tick(BASE + MINUTE);
    const paths = [
      "/status",
      "/",
      "/admin/report",
      "/admin/report?ticks='",
      "/status?debug=1",
      "/%00",
      "/%ff",
    ];
    for (const name of ["one", "closed", "unset", "bare"]) {
      for (const path of paths) {
        const { body, headers } = await get(suite.checker(name), path);
        const all = `${body.replaceAll(/"\/assets\/[^"]*"/g, "")}${JSON.stringify([...headers])}`;
        const isPage = headers.get("content-type")?.startsWith("text/html") === true;
        expect(["True", "MailProblem", "JobProblem", "Not found\n", "Unauthorized\n", "a page"]).toContain(
          isPage && path === "/" ? "a page" : body,
        );
        expect(all).not.toMatch(/payroll|hunter2|a-secret|example\.org|nobody|SQLITE|\bat .*\.[jt]s\b/i);
      }
    }
  });
});
