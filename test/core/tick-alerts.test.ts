import { describe, expect, test } from "vitest";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

/** A job whose outcome the test sets. */
function watched(name = "Ping", methods: Parameters<typeof jobFile>[1] = {}) {
  const target: { outcome: Outcome } = { outcome: up("HTTP 200 in 12 ms", 12) };
  return { target, file: jobFile(name, { execute: () => target.outcome, ...methods }) };
}

const REFUSED = down("connection refused");

describe("a failure", () => {
  test("is told at its second run, not again, and its end is told", async () => {
    const { target, file } = watched();
    const checker = new Instance([file]);
    expect(await checker.tick("10:00")).toEqual([]);
    target.outcome = REFUSED;
    expect(await checker.tick("10:01")).toEqual([]);

    const [failure, ...noMore] = await checker.tick("10:02");
    expect(noMore).toEqual([]);
    expect(failure?.to).toBe("ops@example.com");
    expect(failure?.subject).toBe("[checker-eu] Ping failed");
    expect(failure?.body).toBe(`Ping failed.

Reason:   connection refused
Since:    2026-11-23 10:01 UTC (1 min)
Failures: 2 in a row
Checked:  2026-11-23 10:02 UTC

What to do: look at what the job watches. When it is well again, the job notices by itself.
`);

    expect(await checker.tick("10:03")).toEqual([]);
    target.outcome = up("HTTP 200 in 34 ms", 34);

    const [recovery, ...nothingElse] = await checker.tick("10:04");
    expect(nothingElse).toEqual([]);
    expect(recovery?.subject).toBe("[checker-eu] Ping is well again");
    expect(recovery?.body).toBe(`Ping is well again.

Now:    HTTP 200 in 34 ms
Failed: from 2026-11-23 10:01 UTC to 2026-11-23 10:04 UTC (3 min)
        3 failures in a row

What to do: nothing. It is watched as before.
`);
    expect(await checker.tick("10:05")).toEqual([]);
  });

  test("that lasts is repeated with what it has become", async () => {
    const { target, file } = watched("Ping", {
      notifyOnFailureEvery: () => "EVERYFIVEMINUTES",
      numberFailuresBeforeNotification: () => 1,
    });
    const checker = new Instance([file]);
    target.outcome = REFUSED;
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] Ping failed"]);
    for (const minute of [1, 2, 3, 4]) expect(await checker.tick(`10:0${minute}`)).toEqual([]);
    target.outcome = down("timed out after 10 s");
    const [repeat] = await checker.tick("10:05");
    expect(repeat?.body).toBe(`Ping failed.

Reason:   timed out after 10 s
Since:    2026-11-23 10:00 UTC (5 min)
Failures: 6 in a row
Checked:  2026-11-23 10:05 UTC

What to do: look at what the job watches. When it is well again, the job notices by itself.
`);
  });

  test("is told with the tick's scheduled time, however late the event comes", async () => {
    const { target, file } = watched("Ping", { numberFailuresBeforeNotification: () => 1 });
    const checker = new Instance([file]);
    target.outcome = REFUSED;
    const [failure] = await checker.tick("10:00", 55_000);
    expect(failure?.body).toContain("Checked:  2026-11-23 10:00 UTC\n");
  });

  test("of one job says nothing of its sibling", async () => {
    const broken = watched("Broken", { numberFailuresBeforeNotification: () => 1 });
    const checker = new Instance([watched("Ping").file, broken.file]);
    broken.target.outcome = REFUSED;
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] Broken failed"]);
  });

  test("cannot add a header to its mail", async () => {
    const { target, file } = watched("Ping", {
      numberFailuresBeforeNotification: () => 1,
      onFailure(notice) {
        return this.sendEmail(`it said ${notice.reason}\r\nBcc: all@example.org`, "body");
      },
    });
    const checker = new Instance([file]);
    target.outcome = down("HTTP/1.1 500\r\nX-Evil: yes");
    expect(await checker.subjects("10:00")).toEqual([
      "[checker-eu] it said HTTP/1.1 500 X-Evil: yes Bcc: all@example.org",
    ]);
  });
});

describe("a job that cannot be checked", () => {
  test("is told once when that lasts, as a fault of ours, and to the owner of the instance", async () => {
    const { target, file } = watched();
    const checker = new Instance([file]);
    target.outcome = inconclusive("cannot be checked from here: Too many subrequests.");
    for (let minute = 0; minute < 10; minute++) expect(await checker.tick(`10:0${minute}`)).toEqual([]);
    const [told, ...noMore] = await checker.tick("10:10");
    expect(noMore).toEqual([]);
    expect(told?.to).toBe("ops@example.com");
    expect(told?.subject).toBe("[checker-eu] Ping cannot be checked");
    expect(told?.body).toBe(`Ping cannot be checked.

Reason:  cannot be checked from here: Too many subrequests.
Since:   2026-11-23 10:00 UTC (10 min)

This is a fault on Checker's side, or a limit of where it runs. Until it ends, nobody watches what
this job is for. It is told once.

What to do: remove the reason, or watch the target another way.
`);
    for (let minute = 11; minute < 40; minute++) expect(await checker.tick(`10:${minute}`)).toEqual([]);
  });
});

describe("who is told", () => {
  test("is every alert contact, each by a mail of its own", async () => {
    const { target, file } = watched("Ping", { numberFailuresBeforeNotification: () => 1 });
    const checker = new Instance([file], { alertContacts: ["a@example.com", "b@example.com"] });
    target.outcome = REFUSED;
    const mails = await checker.tick("10:00");
    expect(mails.map(({ to, subject }) => `${to} ${subject}`)).toEqual([
      "a@example.com [checker-eu] Ping failed",
      "b@example.com [checker-eu] Ping failed",
    ]);
    expect(new Set(mails.map((mail) => mail.id)).size).toBe(2);
  });

  test("is told with a number after the subject where threads are to be broken", async () => {
    const { target, file } = watched("Ping", {
      numberFailuresBeforeNotification: () => 1,
      notifyOnFailureEvery: () => "EVERYTIME",
    });
    const checker = new Instance([file], { bustThreading: true });
    target.outcome = REFUSED;
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] Ping failed 550000"]);
    checker.random.value = 0.25;
    expect(await checker.subjects("10:01")).toEqual(["[checker-eu] Ping failed 325000"]);
  });

  test("may be asked for by execute itself, in a run that fails nothing", async () => {
    const file = jobFile("Newsboy", {
      execute() {
        return this.sendEmail("the news", "of today", ["x@example.com", "y@example.com"]);
      },
    });
    const mails = await new Instance([file]).tick("10:00");
    expect(mails.map(({ to, subject, body }) => [to, subject, body])).toEqual([
      ["x@example.com", "[checker-eu] the news", "of today"],
      ["y@example.com", "[checker-eu] the news", "of today"],
    ]);
  });
});

describe("what a tick leaves behind", () => {
  test("is its own record, and the jobs that changed with their reasons", async () => {
    const { target, file } = watched();
    const skipped = jobFile("Unclear", { execute: () => inconclusive("not from here") });
    const checker = new Instance([file, skipped]);
    await checker.tick("10:01", 3_000);
    target.outcome = REFUSED;
    await checker.tick("10:02");
    await checker.tick("10:03");
    const { ticks, changes } = await checker.store.readReport({ tick: 0, change: 0, gap: 0 });
    const startedAtMs = Date.parse("2026-11-23T10:01:03Z");
    expect(ticks[0]).toEqual({
      id: 1,
      scheduledAtMs: Date.parse("2026-11-23T10:01:00Z"),
      startedAtMs,
      finishedAtMs: startedAtMs,
      frequencies: ["MINUTE", "HOUR", "DAY", "DAY_NOON"],
      caughtUp: ["HOUR", "DAY", "DAY_NOON"],
      jobs: 2,
      up: 1,
      down: 0,
      inconclusive: 1,
    });
    expect(ticks.map((tick) => [tick.frequencies, tick.up, tick.down])).toEqual([
      [["MINUTE", "HOUR", "DAY", "DAY_NOON"], 1, 0],
      [["MINUTE"], 0, 1],
      [["MINUTE"], 0, 1],
    ]);
    expect(changes.map(({ name, from, to, reason }) => `${name}: ${from} → ${to} (${reason})`)).toEqual([
      "Ping: null → up (HTTP 200 in 12 ms)",
      "Unclear: null → inconclusive (not from here)",
      "Ping: up → down (connection refused)",
    ]);
  });
});
