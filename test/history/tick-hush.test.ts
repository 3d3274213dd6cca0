import { describe, expect, test } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { RecordReader } from "../../src/history/reader.ts";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import type { AuditRecord } from "../../src/alerting/audit.ts";
import { readToday } from "../support/fakes/history.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";
import type { StateChange } from "../../src/admin/ports.ts";

const ACTION: AuditRecord = { atMs: 0, kind: "silence", jobKey: "Line", name: "Line", detail: "", by: "me" };

/** One job, which does what the test says. */
class Life {
  readonly store = new MemoryStore();
  readonly reader = new RecordReader(this.store.history);
  readonly instance: Instance;
  outcome: Outcome = up("fine", 20);

  constructor(maintenance: readonly { cron: string; minutes: number }[] = []) {
    const file = jobFile("Line", {
      execute: () => this.outcome,
      maintenance: () => maintenance,
      numberFailuresBeforeNotification: () => 1,
    });
    this.instance = new Instance([file], { flapping: { changes: 4, runs: 10 } }, this.store);
  }

  /** A letter a minute: what is mailed of each. */
  async run(from: string, letters: string): Promise<readonly string[]> {
    const told: string[] = [];
    for (const [index, letter] of letters.split("").entries()) {
      this.outcome = letter === "d" ? down("no signal", 9) : up("fine", 20);
      const minute = timeOf(from) / 60_000 + index;
      const time = new Date(minute * 60_000).toISOString().slice(11, 16);
      const subjects = await this.instance.subjects(time);
      told.push(subjects.map((subject) => subject.replace("[checker-eu] Line ", "")).join(" + ") || "-");
    }
    return told;
  }

  act(effect: StateChange): Promise<boolean> {
    return this.store.act(ACTION, effect);
  }

  async trace(): Promise<readonly string[]> {
    const entries = await this.store.readDecisionLog("Line", 99);
    return entries.map(
      ({ atMs, from, status, decisionReason, notification, suppressedBy, failures, mails }) => {
        const time = new Date(atMs).toISOString().slice(11, 16);
        const told =
          notification === null
            ? suppressedBy === null
              ? ""
              : ` held by ${suppressedBy}`
            : ` told ${notification}`;
        const accepted = mails.map((mail) => (mail.acceptedAtMs === null ? "waits" : "accepted")).join();
        return `${time} ${from} ${status} ${failures}: ${decisionReason}${told}${accepted === "" ? "" : `, ${accepted}`}`;
      },
    );
  }
}

describe("under maintenance", () => {
  const NIGHTLY = [{ cron: "5 10 * * *", minutes: 5 }];

  test("nothing is told, and what still fails afterwards is told then", async () => {
    const life = new Life(NIGHTLY);
    expect(await life.run("10:04", "uddddd")).toEqual(["-", "-", "-", "-", "-", "-"]);
    expect(await life.run("10:10", "du")).toEqual(["failed", "is well again"]);
  });

  test("a recovery waits for its end, and says when it was", async () => {
    const life = new Life(NIGHTLY);
    expect(await life.run("10:03", "ddduuuu")).toEqual(["failed", "-", "-", "-", "-", "-", "-"]);
    life.outcome = up("fine", 20);
    const [mail] = await life.instance.tick("10:10");
    expect(mail?.body).toBe(`Line is well again.

Now:    fine
Failed: from 2026-11-23 10:03 UTC to 2026-11-23 10:06 UTC (3 min)
        3 failures in a row

What to do: nothing. It is watched as before.
`);
    expect(await life.run("10:11", "uu")).toEqual(["-", "-"]);
  });

  test("nobody calls it flapping", async () => {
    const life = new Life(NIGHTLY);
    expect(await life.run("10:03", "ddudud")).toEqual(["failed", "-", "-", "-", "-", "-"]);
    expect(await life.run("10:09", "udd")).toEqual(["-", "-", "-"]);
  });

  test("runs count neither as up nor as down, and incidents say that they began there", async () => {
    const life = new Life(NIGHTLY);
    await life.run("10:00", "uuduuddduuuuud");
    const today = await readToday(life.reader, "Line", timeOf("10:14"));
    expect(today).toMatchObject({ up: 7, down: 2, maintenance: 5, missed: 0 });
    const { points } = await life.reader.readSeries("Line", "24 h", timeOf("10:14"));
    expect(points.slice(3, 7)).toMatchObject([
      { status: "up", maintenance: false },
      { status: "up", maintenance: false },
      { status: "down", maintenance: true },
      { status: "down", maintenance: true },
    ]);
    const incidents = await life.reader.readIncidents({ after: null, limit: 9, jobKey: null });
    expect(
      incidents.map(({ inMaintenance, notificationCount }) => [inMaintenance, notificationCount]),
    ).toEqual([
      [false, 1],
      [true, 0],
      [false, 1],
    ]);
  });

  test("the instance says which jobs are, and until when", async () => {
    const life = new Life(NIGHTLY);
    await life.run("10:04", "u");
    expect((await life.store.readInstance()).maintenance).toEqual([]);
    await life.run("10:05", "u");
    expect((await life.store.readInstance()).maintenance).toEqual([
      { fromMs: timeOf("10:05"), untilMs: timeOf("10:10"), jobs: ["Line"] },
    ]);
    await life.run("10:10", "u");
    expect((await life.store.readInstance()).maintenance).toEqual([]);
  });

  test("nothing is told without the database either", async () => {
    const life = new Life(NIGHTLY);
    life.instance.store.readTick = () => Promise.reject(new Error("away"));
    life.outcome = down("no signal");
    await expect(life.instance.tick("10:06")).rejects.toThrow("away");
    expect(life.instance.mailer.accepted).toEqual([]);
  });
});

describe("what the owner says", () => {
  test("silences a job until its time, and all jobs", async () => {
    const life = new Life();
    await life.act({ kind: "silence", job: "Line", untilMs: timeOf("10:03") });
    expect(await life.run("10:00", "udddd")).toEqual(["-", "-", "-", "failed", "-"]);
    await life.act({ kind: "silence", job: null, untilMs: timeOf("10:08") });
    expect(await life.run("10:05", "uuuuu")).toEqual(["-", "-", "-", "is well again", "-"]);
  });

  test("ends a silence", async () => {
    const life = new Life();
    await life.act({ kind: "silence", job: "Line", untilMs: timeOf("11:00") });
    expect(await life.run("10:00", "ud")).toEqual(["-", "-"]);
    expect(await life.act({ kind: "end silence", job: "Line" })).toBe(true);
    expect(await life.run("10:02", "d")).toEqual(["failed"]);
  });

  test("acknowledges a failure: its recovery is told, and the next failure is as ever", async () => {
    const life = new Life();
    expect(await life.run("10:00", "d")).toEqual(["failed"]);
    await life.act({ kind: "acknowledge", job: "Line", firstFailureAtMs: timeOf("10:00") });
    expect(await life.run("10:01", "d")).toEqual(["-"]);
    expect((await life.store.readInstance()).suppressions.acknowledgements).toHaveLength(1);
    expect(await life.run("10:02", "ud")).toEqual(["is well again", "failed"]);
    expect((await life.store.readInstance()).suppressions.acknowledgements).toEqual([]);
  });
});

describe("the trace", () => {
  test("says for each change why somebody was told, and whether the mail was accepted", async () => {
    const life = new Life([{ cron: "3 10 * * *", minutes: 2 }]);
    await life.run("10:00", "uddduuu");
    await life.act({ kind: "silence", job: "Line", untilMs: timeOf("10:09") });
    await life.run("10:07", "dd");
    expect(await life.trace()).toEqual([
      "10:07 up down 1: failure threshold reached held by silence",
      "10:05 up up 0: suppressed recovery sent told recovery, accepted",
      "10:04 down up 0: recovery notified held by maintenance",
      "10:01 up down 1: failure threshold reached told failure, accepted",
      "10:00 null up 0: still up",
    ]);
  });
});
