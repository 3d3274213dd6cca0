import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { FAILURES } from "../support/d1/counted-failures.ts";
import { answer, startHttpTarget, type HttpTarget } from "../support/network/http.ts";
import { failing, unclear, WELL } from "../support/worker/steering.ts";
import { BASE, HOUR, MINUTE, useWorkers, utc } from "../support/worker/suite.ts";

let target: HttpTarget;

beforeAll(async () => {
  target = await startHttpTarget();
});

const suite = useWorkers(() => [
  { name: "steered", vars: { JOBS: ["Steered"] } },
  { name: "web", vars: { JOBS: ["WebServers"], SERVERS: [`${target.url}/shop`] } },
]);

afterEach(() => target.reset());
afterAll(() => target.close());

describe("a server that fails and recovers", () => {
  test("is told at its second failure and at its recovery, and never in between", async () => {
    const web = suite.checker("web");
    target.set("/shop", answer(200));
    await web.tick(BASE);
    expect(await suite.mails()).toEqual([]);

    target.set("/shop", answer(503));
    await web.tick(BASE + 1 * MINUTE);
    expect(await suite.mails()).toEqual([]);

    await web.tick(BASE + 2 * MINUTE);
    const name = `WebServers ${target.url}/shop`;
    expect(await suite.mails()).toMatchObject([
      {
        from: "web@checker.example",
        to: "admin@example.org",
        subject: `[web] ${name} failed`,
        body: [
          `${name} failed.`,
          "",
          "Reason:   answered HTTP 503 instead of 200",
          `Since:    ${utc(BASE + 1 * MINUTE)} (1 min)`,
          "Failures: 2 in a row",
          `Checked:  ${utc(BASE + 2 * MINUTE)}`,
          "",
          "What to do: open the address yourself. If it fails for you too, look at the server and its log.",
          "",
        ].join("\n"),
      },
    ]);

    await web.tick(BASE + 3 * MINUTE);
    expect(await suite.mails()).toEqual([]);

    target.set("/shop", answer(200));
    await web.tick(BASE + 4 * MINUTE);
    const [recovery, ...more] = await suite.mails();
    expect(more).toEqual([]);
    expect(recovery).toMatchObject({ to: "admin@example.org", subject: `[web] ${name} is well again` });
    expect(recovery?.body.replace(/in \d+ ms/, "in N ms")).toBe(
      [
        `${name} is well again.`,
        "",
        "Now:    HTTP 200 in N ms",
        `Failed: from ${utc(BASE + 1 * MINUTE)} to ${utc(BASE + 4 * MINUTE)} (3 min)`,
        "        3 failures in a row",
        "",
        "What to do: nothing. It is watched as before.",
        "",
      ].join("\n"),
    );

    await web.tick(BASE + 5 * MINUTE);
    expect(await suite.mails()).toEqual([]);
  });

  test("once only is told neither as failed nor as well again", async () => {
    const web = suite.checker("web");
    target.set("/shop", answer(500));
    await web.tick(BASE);
    target.set("/shop", answer(200));
    await web.tick(BASE + MINUTE);
    expect(await suite.mails()).toEqual([]);
  });

  test("leaves its changes in the record", async () => {
    const web = suite.checker("web");
    for (const [minute, status] of [200, 500, 500, 200].entries()) {
      target.set("/shop", answer(status));
      await web.tick(BASE + minute * MINUTE);
    }
    const changes = await web.sql(`SELECT name, status_from, status_to, reason, at FROM status_change`);
    const name = `WebServers ${target.url}/shop`;
    const well = expect.stringMatching(/^HTTP 200 in \d+ ms$/) as string;
    expect(changes).toEqual([
      { name, status_from: null, status_to: "up", reason: well, at: BASE },
      {
        name,
        status_from: "up",
        status_to: "down",
        reason: "answered HTTP 500 instead of 200",
        at: BASE + MINUTE,
      },
      { name, status_from: "down", status_to: "up", reason: well, at: BASE + 3 * MINUTE },
    ]);
  });
});

describe("a job that is to be told", () => {
  /** Subjects told at each tick of a job that fails at every tick but the last. */
  async function told(notify: "EVERYTIME" | "EVERYFIVEMINUTES" | "ONSTATECHANGE", ticks: number) {
    const { steering } = suite;
    steering.jobs = [{ name: "db", notify, minimum: 2 }];
    steering.set("db", failing("it is gone"));
    const subjects: string[][] = [];
    for (let tick = 0; tick <= ticks; tick++) {
      if (tick === ticks) steering.set("db", WELL);
      await suite.checker("steered").tick(BASE + tick * MINUTE);
      subjects.push((await suite.mails()).map(({ subject }) => subject));
    }
    return subjects;
  }
  const failed = "[steered] Steered db failed";
  const well = "[steered] Steered db is well again";

  test("every time is told from its minimum on, and not as well again", async () => {
    expect(await told("EVERYTIME", 4)).toEqual([[], [failed], [failed], [failed], []]);
  });

  test("every five minutes is told when the last notice is older than 4 min 30 s", async () => {
    expect(await told("EVERYFIVEMINUTES", 7)).toEqual([[], [failed], [], [], [], [], [failed], []]);
  });

  test("on a change of state is told once, and once when it is well again", async () => {
    expect(await told("ONSTATECHANGE", 4)).toEqual([[], [failed], [], [], [well]]);
  });
});

describe("a run that is inconclusive", () => {
  test("changes no count, and is told once when it lasts", async () => {
    const { steering } = suite;
    const checker = suite.checker("steered");
    steering.jobs = [{ name: "db", minimum: 2 }];
    steering.set("db", failing("it is gone"));
    await checker.tick(BASE);
    steering.set("db", unclear("cannot be checked from here: the platform says no"));
    for (let minute = 1; minute <= 10; minute++) await checker.tick(BASE + minute * MINUTE);
    expect(await suite.mails()).toEqual([]);
    expect(await checker.sql(`SELECT ${FAILURES}, status FROM job_state`)).toEqual([
      { failures: 1, status: "inconclusive" },
    ]);

    await checker.tick(BASE + 11 * MINUTE);
    expect(await suite.mails()).toMatchObject([
      {
        subject: "[steered] Steered db cannot be checked",
        body: [
          "Steered db cannot be checked.",
          "",
          "Reason:  cannot be checked from here: the platform says no",
          `Since:   ${utc(BASE + MINUTE)} (10 min)`,
          "",
          "This is a fault on Checker's side, or a limit of where it runs. Until it ends, nobody watches what",
          "this job is for. It is told once.",
          "",
          "What to do: remove the reason, or watch the target another way.",
          "",
        ].join("\n"),
      },
    ]);
    for (let minute = 12; minute <= 14; minute++) await checker.tick(BASE + minute * MINUTE);
    expect(await suite.mails()).toEqual([]);

    steering.set("db", failing("it is gone"));
    await checker.tick(BASE + 15 * MINUTE);
    expect((await suite.mails()).map(({ subject }) => subject)).toEqual(["[steered] Steered db failed"]);
  });
});

describe("what execute returns", () => {
  test.each([
    [true, "up", "execute returned true"],
    [false, "down", "execute returned false"],
    [null, "down", "execute returned null instead of a boolean or an outcome"],
    ["True", "down", "execute returned string instead of a boolean or an outcome"],
    [{ status: "fine" }, "down", "execute returned object instead of a boolean or an outcome"],
  ])("as %j is %s", async (returns, status, reason) => {
    suite.steering.jobs = [{ name: "odd" }];
    suite.steering.set("odd", { returns });
    await suite.checker("steered").tick(BASE);
    expect(await suite.checker("steered").sql("SELECT status, reason FROM job_state")).toEqual([
      { status, reason },
    ]);
  });
});

describe("a mail that execute itself asks for", () => {
  test("is sent whatever the run ends with, to the alert contacts or to whom it names", async () => {
    suite.steering.jobs = [{ name: "report" }];
    const mails = [
      { subject: "The week", body: "All is well.\n" },
      { subject: "The week, for you", body: "All is well.\n", to: "you@example.net" },
    ];
    suite.steering.set("report", { returns: true, mails });
    await suite.checker("steered").tick(BASE);
    const sent = (await suite.mails()).map(({ to, subject, body }) => ({ to, subject, body }));
    expect(sent.toSorted((a, b) => a.to.localeCompare(b.to))).toEqual([
      { to: "admin@example.org", subject: "[steered] The week", body: "All is well.\n" },
      { to: "you@example.net", subject: "[steered] The week, for you", body: "All is well.\n" },
    ]);
  });
});

describe("frequencies", () => {
  test("each run at their own times, and all of them at the first tick", async () => {
    const { steering } = suite;
    const checker = suite.checker("steered");
    const all = ["MINUTE", "HOUR", "DAY", "DAY_NOON"] as const;
    steering.jobs = all.map((every) => ({ name: every, every }));
    const ranAt = async (atMs: number): Promise<string> => {
      steering.runs.clear();
      await checker.tick(atMs);
      // They run side by side: which asks its server first is chance.
      return all.filter((every) => steering.runs.has(every)).join(" ");
    };
    const midnight = Math.floor(BASE / (24 * HOUR)) * 24 * HOUR;
    expect(await ranAt(midnight + 13 * HOUR + 5 * MINUTE)).toBe("MINUTE HOUR DAY DAY_NOON");
    expect(await ranAt(midnight + 13 * HOUR + 6 * MINUTE)).toBe("MINUTE");
    expect(await ranAt(midnight + 14 * HOUR)).toBe("MINUTE HOUR");
    expect(await ranAt(midnight + 24 * HOUR)).toBe("MINUTE HOUR DAY");
    expect(await ranAt(midnight + 36 * HOUR - MINUTE)).toBe("MINUTE HOUR");
    expect(await ranAt(midnight + 36 * HOUR)).toBe("MINUTE HOUR DAY_NOON");
  });

  test("whose event never came are caught up by the next that comes", async () => {
    const { steering } = suite;
    const checker = suite.checker("steered");
    steering.jobs = [{ name: "hourly", every: "HOUR" }];
    await checker.tick(BASE);
    await checker.tick(BASE + 58 * MINUTE);
    await checker.tick(BASE + HOUR + 7 * MINUTE);
    await checker.tick(BASE + HOUR + 8 * MINUTE);
    expect(steering.runs.get("hourly")).toBe(2);
    expect(await checker.sql("SELECT scheduled_at, frequencies, jobs FROM tick")).toEqual([
      { scheduled_at: BASE, frequencies: "MINUTE HOUR DAY DAY_NOON", jobs: 1 },
      { scheduled_at: BASE + 58 * MINUTE, frequencies: "MINUTE", jobs: 0 },
      { scheduled_at: BASE + HOUR + 7 * MINUTE, frequencies: "MINUTE HOUR", jobs: 1 },
      { scheduled_at: BASE + HOUR + 8 * MINUTE, frequencies: "MINUTE", jobs: 0 },
    ]);
  });
});
