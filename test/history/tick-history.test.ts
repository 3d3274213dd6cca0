import { describe, expect, test } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { RecordReader } from "../../src/history/reader.ts";
import type { JobFrequency } from "../../src/core/time/frequency.ts";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";
import type { Settings } from "../../src/core/settings.ts";
import { DatabaseError } from "../../src/core/database-error.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import { readToday } from "../support/fakes/history.ts";
import { commitOf } from "../support/fakes/commit.ts";
import { refused, ACCEPTED } from "../support/fakes/ports.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";

/** A Checker whose jobs do what the test says, and what is written down of it. */
class Life {
  readonly store = new MemoryStore();
  readonly instance: Instance;
  readonly reader = new RecordReader(this.store.history);
  readonly outcomes = new Map<string, Outcome>();

  constructor(jobs: Readonly<Record<string, JobFrequency>>, settings: Partial<Settings> = {}) {
    this.instance = new Instance([], settings, this.store);
    this.has(jobs);
  }

  has(jobs: Readonly<Record<string, JobFrequency>>, ...others: readonly JobFile[]): void {
    this.instance.files = [
      ...Object.entries(jobs).map(([name, frequency]) =>
        jobFile(name, {
          executeEvery: () => frequency,
          execute: () => this.outcomes.get(name) ?? up("fine", 12),
          numberFailuresBeforeNotification: () => 2,
        }),
      ),
      ...others,
    ];
  }

  async tick(time: string, outcomes: Readonly<Record<string, Outcome>> = {}): Promise<void> {
    for (const [job, outcome] of Object.entries(outcomes)) this.outcomes.set(job, outcome);
    await this.instance.tick(time);
  }

  async slots(job: string, now: string): Promise<readonly string[]> {
    const { points } = await this.reader.readSeries(job, "24 h", timeOf(now));
    return points.map((point) => {
      const latency = "latencyMs" in point && point.latencyMs !== null ? ` ${point.latencyMs}` : "";
      const status = "status" in point ? point.status : "";
      return `${new Date(point.atMs).toISOString().slice(11, 16)} ${status}${latency}`;
    });
  }

  async incidents(): Promise<readonly unknown[]> {
    const time = (ms: number | null): string | null =>
      ms === null ? null : new Date(ms).toISOString().slice(11, 19);
    return (await this.reader.readIncidents({ after: null, limit: 99, jobKey: null })).map((one) => ({
      job: one.jobKey,
      from: time(one.fromMs),
      to: time(one.toMs),
      reasons: [one.firstReason, one.lastReason],
      told: [one.notificationCount, time(one.firstNotifiedAtMs), time(one.acceptedAtMs)],
      ended: one.ended,
    }));
  }
}

const GONE = down("it is gone");

describe("outcomes", () => {
  test("are kept at their slots, each with its latency", async () => {
    const life = new Life({ A: "MINUTE", B: "HOUR" });
    await life.tick("10:00");
    await life.tick("10:01", { A: down("no", 7.6) });
    await life.tick("10:03", { A: inconclusive("?") });
    await life.tick("10:04", { A: up("fine", null) });
    expect(await life.slots("A", "10:05")).toEqual([
      "10:00 up 12",
      "10:01 down 8",
      "10:03 inconclusive",
      "10:04 up",
    ]);
    expect(await life.slots("B", "10:05")).toEqual(["10:00 up 12"]);
    expect(await readToday(life.reader, "A", timeOf("10:05"))).toEqual({
      atMs: timeOf("00:00"),
      up: 2,
      down: 1,
      inconclusive: 1,
      missed: 1,
      maintenance: 0,
    });
  });

  test("of a slot that was caught up are kept at the slot's own time", async () => {
    const life = new Life({ A: "HOUR", B: "DAY", C: "DAY_NOON" });
    await life.tick("2026-11-22 23:59");
    await life.tick("13:37");
    expect(await life.slots("A", "13:40")).toEqual(["23:00 up 12", "13:00 up 12"]);
    expect(await life.slots("B", "13:40")).toEqual(["00:00 up 12"]);
    expect(await life.slots("C", "13:40")).toEqual(["12:00 up 12"]);
  });

  test("of a job that came later are owed from then on, and of one that is gone no more", async () => {
    const life = new Life({ A: "MINUTE" });
    await life.tick("10:00");
    life.has({ A: "MINUTE", B: "MINUTE", C: "HOUR" });
    await life.tick("10:05");
    life.has({ A: "MINUTE", C: "HOUR" });
    await life.tick("10:07");
    await life.tick("11:00");
    const today = async (job: string): Promise<readonly unknown[]> =>
      (await life.reader.readSeries(job, "1 y", timeOf("11:00"))).points;
    expect([await today("A"), await today("B"), await today("C")]).toMatchObject([
      [{ up: 4, missed: 57 }],
      [{ up: 1, missed: 1 }],
      [{ up: 1, missed: 0 }],
    ]);
  });
});

describe("an incident", () => {
  test("lasts from the first failure that counts to the recovery, through inconclusive runs", async () => {
    const life = new Life({ A: "MINUTE" });
    await life.tick("10:00");
    expect(await life.incidents()).toEqual([]);
    await life.tick("10:01", { A: GONE });
    const open = { job: "A", from: "10:01:00", to: null, reasons: ["it is gone", "it is gone"], ended: null };
    expect(await life.incidents()).toEqual([{ ...open, told: [0, null, null] }]);
    await life.tick("10:02", { A: down("still gone") });
    const told = [1, "10:02:00", "10:02:02"];
    expect(await life.incidents()).toEqual([{ ...open, reasons: ["it is gone", "still gone"], told }]);
    await life.tick("10:03", { A: inconclusive("who knows") });
    expect(await life.incidents()).toEqual([{ ...open, reasons: ["it is gone", "still gone"], told }]);
    await life.tick("10:04", { A: down("still gone", null, "other kind") });
    expect(await life.incidents()).toEqual([
      { ...open, reasons: ["it is gone", "still gone"], told: [2, "10:02:00", "10:02:02"] },
    ]);
    await life.tick("10:05", { A: up("fine") });
    const ended = { ...open, reasons: ["it is gone", "still gone"], told: [2, "10:02:00", "10:02:02"] };
    expect(await life.incidents()).toEqual([{ ...ended, to: "10:05:00", ended: "recovered" }]);
    await life.tick("10:06", { A: down("anew") });
    expect((await life.incidents()).length).toBe(2);
  });

  test("knows when the first mail of it was accepted, however late", async () => {
    const life = new Life({ A: "MINUTE" });
    life.instance.mailer.answer = () => refused();
    await life.tick("10:00", { A: GONE });
    await life.tick("10:01");
    await life.tick("10:02", { A: up("fine") });
    expect(await life.incidents()).toMatchObject([{ told: [1, "10:01:00", null], ended: "recovered" }]);
    life.instance.mailer.answer = () => ACCEPTED;
    await life.tick("10:05");
    expect(await life.incidents()).toMatchObject([{ told: [1, "10:01:00", "10:05:02"], ended: "recovered" }]);
  });

  test("of a job that is removed ends, and goes on when the job comes back still failing", async () => {
    const life = new Life({ A: "MINUTE", B: "MINUTE" });
    await life.tick("10:00", { A: GONE, B: GONE });
    life.has({});
    await life.tick("10:01");
    expect(await life.incidents()).toMatchObject([
      { job: "A", to: "10:01:00", ended: "removed" },
      { job: "B", to: "10:01:00", ended: "removed" },
    ]);
    life.has({ A: "MINUTE", B: "MINUTE" });
    await life.tick("10:05", { A: GONE, B: up("fine") });
    expect(await life.incidents()).toMatchObject([
      { job: "A", from: "10:00:00", to: null, ended: null },
      { job: "B", from: "10:00:00", to: "10:01:00", ended: "removed" },
    ]);
  });

  test("of a job whose file cannot be loaded goes on", async () => {
    const life = new Life({ A: "MINUTE" });
    await life.tick("10:00", { A: GONE });
    life.has({}, { name: "A", load: () => Promise.reject(new Error("broken")) });
    await life.tick("10:01");
    expect(await life.incidents()).toMatchObject([{ to: null, ended: null }]);
    life.has({ A: "MINUTE" });
    await life.tick("10:02", { A: up("fine") });
    expect(await life.incidents()).toMatchObject([{ from: "10:00:00", to: "10:02:00", ended: "recovered" }]);
    expect(await readToday(life.reader, "A", timeOf("10:03"))).toMatchObject({ missed: 1 });
  });

  test("that was told without the database says so once the database is back", async () => {
    const life = new Life({ A: "MINUTE" });
    await life.tick("10:00", { A: up("fine") });
    const readTick = life.store.readTick.bind(life.store);
    life.store.readTick = () => Promise.reject(new DatabaseError(new Error("away")));
    await life.tick("10:01", { A: GONE });
    await life.tick("10:02");
    life.store.readTick = readTick;
    await life.tick("10:03");
    expect(await life.incidents()).toEqual([
      {
        job: "A",
        from: "10:01:00",
        to: null,
        reasons: ["it is gone", "it is gone"],
        told: [1, "10:02:00", null],
        ended: null,
      },
    ]);
  });

  test("that began before there was history is known from the first tick on", async () => {
    const life = new Life({ A: "MINUTE" });
    await life.tick("10:00", { A: GONE });
    await life.tick("10:01");
    // As the version before left it: states, and nothing else.
    const states = (await life.store.readTick(0)).states;
    const later = new Life({ A: "MINUTE" });
    const { version } = await later.store.readTick(0);
    await later.store.commit(commitOf(version, { states }));
    await later.tick("10:02", { A: GONE });
    expect(await later.incidents()).toMatchObject([
      { from: "10:00:00", to: null, told: [1, "10:01:00", null] },
    ]);
  });

  test("is told by a notice of flapping as well", async () => {
    const life = new Life({ A: "MINUTE" }, { flapping: { changes: 3, runs: 20 } });
    const seen = ["D", "D", "U", "D", "D"];
    for (const [minute, outcome] of seen.entries())
      await life.tick(`10:0${minute}`, { A: outcome === "U" ? up("fine") : GONE });
    expect(life.instance.mailer.accepted.map(({ subject }) => subject)).toEqual([
      "[checker-eu] A failed",
      "[checker-eu] A is well again",
      "[checker-eu] A is flapping",
    ]);
    expect(await life.incidents()).toMatchObject([
      { from: "10:03:00", told: [1, "10:04:00", "10:04:02"] },
      { from: "10:00:00", to: "10:02:00", told: [1, "10:01:00", "10:01:02"] },
    ]);
  });
});
