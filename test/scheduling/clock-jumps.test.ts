import { describe, expect, test } from "vitest";
import { D1HistoryCompactor } from "../../src/storage/d1/history/compactor.ts";
import { D1Store } from "../../src/storage/d1/d1-store.ts";
import { DAY_MS, HOUR_MS, JobFrequency, MINUTE_MS } from "../../src/core/time/frequency.ts";
import { instanceStatus } from "../../src/self-check/instance-status.ts";
import { down, up } from "../../src/core/outcome.ts";
import { compactHistory } from "../../src/history/compact-history.ts";
import { StateCache } from "../../src/scheduling/state-cache.ts";
import { runNow } from "../../src/scheduling/run-now.ts";
import { runTick } from "../../src/scheduling/run-tick.ts";
import { deliverMail } from "../../src/mail/deliver-mail.ts";
import { at } from "../support/fakes/ports.ts";
import { mailed, refusing } from "../support/fakes/commit.ts";
import { SqliteD1 } from "../support/d1/sqlite.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

const NOW = at("2026-11-23 10:07");
const AHEAD: readonly (readonly [string, number])[] = [
  ["3 minutes", 3 * MINUTE_MS],
  ["6 minutes", 6 * MINUTE_MS],
  ["40 minutes", 40 * MINUTE_MS],
  ["an hour", HOUR_MS],
  ["23 hours", 23 * HOUR_MS],
  ["25 hours", 25 * HOUR_MS],
  ["400 days", 400 * DAY_MS],
];

/** A Checker on SQLite whose mail to itself comes back at once. */
class Life {
  readonly database = new SqliteD1();
  readonly db = this.database as unknown as D1Database;
  readonly failing = new Set<string>();
  readonly runs: string[] = [];
  readonly instance: Instance;

  constructor() {
    const job = (name: string, frequency: JobFrequency) =>
      jobFile(name, {
        executeEvery: () => frequency,
        notifyOnFailureEvery: () => "EVERYHOUR",
        numberFailuresBeforeNotification: () => 1,
        execute: () => {
          this.runs.push(name);
          return this.failing.has(name) ? down(`${name} is gone`) : up("fine");
        },
      });
    const files = [
      job("Shop", JobFrequency.MINUTE),
      job("Daily", JobFrequency.DAY),
      { name: "EmailChecker", load: () => import("../../jobs/EmailChecker.ts") },
    ];
    this.instance = new Instance(files, { gapAlertAfterSeconds: 600 });
    this.instance.store = new D1Store(this.db, this.instance.random);
  }

  /** The event of this time, by a clock that shows it, and the subjects of what was mailed after it. */
  async tick(clockMs: number, eventMs = clockMs): Promise<readonly string[]> {
    const { clock, mailer, store, settings } = this.instance;
    const before = mailer.accepted.length;
    clock.ms = clockMs + 2_000;
    await runTick(this.instance, eventMs);
    await deliverMail(this.instance);
    for (const { token } of await store.recentLoopbacks(50)) {
      await store.receiveLoopback(token, clock.ms, settings.loopbackTimeoutSeconds * 1000);
    }
    const sent = mailer.accepted.slice(before).filter(({ token }) => token === null);
    return sent.map(({ subject }) => subject);
  }

  async ticks(fromMs: number, count: number): Promise<readonly string[]> {
    const subjects: string[] = [];
    for (let minute = 0; minute < count; minute++) {
      subjects.push(...(await this.tick(fromMs + minute * MINUTE_MS)));
    }
    return subjects;
  }

  rollUp(nowMs: number): Promise<void> {
    const keeper = new D1HistoryCompactor(this.db, this.instance.random);
    return compactHistory({ keeper, settings: this.instance.settings }, nowMs);
  }

  async status(): Promise<string> {
    const { store, settings, clock } = this.instance;
    return instanceStatus(await store.readStatus(), settings, clock.ms).status;
  }

  async sql(text: string): Promise<readonly unknown[]> {
    return (await this.database.prepare(text).all()).results;
  }
}

describe.each(AHEAD)("a clock that was %s ahead and is right again", (_what, aheadMs) => {
  test("lets ticks run, a failure be notified, and /status be True within six minutes", async () => {
    const life = new Life();
    await life.ticks(NOW - 3 * MINUTE_MS, 3);
    await life.ticks(NOW + aheadMs, 4);
    life.failing.add("Shop");
    life.runs.length = 0;
    const subjects = await life.ticks(NOW + MINUTE_MS, 8);
    expect(life.runs).toContain("Shop");
    expect(subjects.join("\n")).toMatch(/Shop|1 down/);
    expect(subjects.filter((subject) => subject.includes("No checks ran"))).toEqual([]);
    expect(await life.status()).toBe("True");
    expect(await life.sql("SELECT count(*) AS n FROM gap WHERE recorded_at < from_slot")).toEqual([{ n: 0 }]);
  });

  test("reminds of a failure that was last notified by the wrong clock", async () => {
    const life = new Life();
    life.failing.add("Shop");
    const notified = await life.ticks(NOW + aheadMs, 2);
    expect(notified.join("\n")).toContain("Shop");
    const subjects = await life.ticks(NOW + MINUTE_MS, 75);
    expect(subjects.filter((subject) => /Shop|1 down/.test(subject))).not.toEqual([]);
  });

  test("rolls up the hours that pass from then on, and those alone", async () => {
    const life = new Life();
    await life.ticks(NOW - HOUR_MS, 1);
    await life.ticks(NOW + aheadMs, 2);
    await life.rollUp(NOW + aheadMs + 2 * MINUTE_MS);
    for (let hour = 1; hour <= 3; hour++) {
      await life.ticks(NOW + hour * HOUR_MS, 8);
      await life.rollUp(NOW + hour * HOUR_MS + 7 * MINUTE_MS);
    }
    const [kept] = await life.sql(
      "SELECT max(hourly_until) AS until FROM retention WHERE frequency = 'MINUTE'",
    );
    expect(kept).toEqual({ until: at("2026-11-23 13:00") });
    // The hour from 12:00 to 13:00 is of the right clock.
    const hours = await life.sql(`SELECT id % 4294967296 AS minute FROM hourly ORDER BY id DESC LIMIT 1`);
    expect(hours).toEqual([{ minute: at("2026-11-23 12:00") / MINUTE_MS }]);
  });
});

describe("what was written while a clock was ahead", () => {
  test.each([3, 60, 23 * 60, 400 * 24 * 60])(
    "a manual run %d minutes from now drops no outcome of the ticks before it",
    async (minutes) => {
      const life = new Life();
      await life.ticks(NOW, 1);
      life.instance.clock.ms = NOW + minutes * MINUTE_MS;
      await runNow(life.instance, "Shop", "ADMIN_TOKEN");
      await life.ticks(NOW + MINUTE_MS, 4);
      life.failing.add("Shop");
      expect((await life.ticks(NOW + 5 * MINUTE_MS, 3)).join("\n")).toMatch(/Shop/);
    },
  );

  test("a silence keeps nothing back, and is deleted", async () => {
    const life = new Life();
    await life.ticks(NOW, 1);
    const saidMs = NOW + 23 * HOUR_MS;
    await life.instance.store.act(
      { atMs: saidMs, kind: "silence", jobKey: null, name: "", detail: "", by: "ADMIN_TOKEN" },
      { kind: "silence", job: null, untilMs: saidMs + HOUR_MS },
    );
    life.failing.add("Shop");
    expect((await life.ticks(NOW + MINUTE_MS, 1)).join("\n")).toMatch(/Shop/);
    await life.instance.store.prune(NOW + 2 * MINUTE_MS);
    expect(await life.sql("SELECT * FROM suppression")).toEqual([]);
  });

  test("a claim of a day whose taker died is given to the next tick", async () => {
    const life = new Life();
    const midnight = at("2026-11-23 00:00");
    const store = life.instance.store;
    await store.claim([{ frequency: "DAY", atMs: midnight }], NOW + 13 * HOUR_MS, 300_000);
    await life.ticks(NOW, 1);
    expect(life.runs).toContain("Daily");
  });

  test("a message that was given up is shown for three days from now on, and gaps of later hours go", async () => {
    const life = new Life();
    await life.ticks(NOW - HOUR_MS, 1);
    await life.ticks(NOW + 20 * HOUR_MS, 1);
    expect(await life.sql("SELECT count(*) AS n FROM gap")).not.toEqual([{ n: 0 }]);
    await life.sql(
      `UPDATE message SET closed = 1, accepted_at = NULL, failed_at = ${NOW + 20 * HOUR_MS} WHERE token IS NULL`,
    );
    await life.instance.store.prune(NOW);
    expect(await life.sql("SELECT DISTINCT failed_at FROM message WHERE token IS NULL")).toEqual([
      { failed_at: NOW },
    ]);
    expect(await life.sql("SELECT * FROM gap")).toEqual([]);
  });

  test("a recipient who refused mail is tried again", async () => {
    const life = new Life();
    const contact = life.instance.settings.alertContacts[0] ?? "";
    await life.instance.store.recordDeliveries([], refusing(contact, NOW + 23 * HOUR_MS));
    life.failing.add("Shop");
    expect((await life.ticks(NOW, 1)).join("\n")).toMatch(/Shop/);
  });

  test("mails that were accepted do not use up the mails of this hour", async () => {
    const life = new Life();
    const times = Array.from({ length: 100 }, () => NOW + 40 * MINUTE_MS);
    const contact = life.instance.settings.alertContacts[0] ?? "";
    await life.instance.store.recordDeliveries([], mailed({ [contact]: times }));
    life.failing.add("Shop");
    expect((await life.ticks(NOW, 1)).join("\n")).toMatch(/Shop/);
  });
});

describe("a clock that was behind", () => {
  test.each(AHEAD)(
    "by %s lets ticks run at once when it is right, and /status be True",
    async (_what, ms) => {
      const life = new Life();
      await life.ticks(NOW - ms, 3);
      life.failing.add("Shop");
      const subjects = await life.ticks(NOW + 3 * MINUTE_MS, 2);
      expect(subjects.join("\n")).toMatch(/Shop|1 down/);
      expect(await life.status()).toBe("True");
    },
  );
});

test.each([20 * HOUR_MS, 3 * MINUTE_MS, 400 * DAY_MS, -400 * DAY_MS, NaN, Infinity])(
  "an event %d ms away from the clock is one of the present minute",
  async (awayMs) => {
    const life = new Life();
    await life.ticks(NOW, 1);
    expect(await life.tick(NOW + MINUTE_MS, NOW + MINUTE_MS + awayMs)).toEqual([]);
    life.failing.add("Shop");
    expect((await life.ticks(NOW + 2 * MINUTE_MS, 1)).join("\n")).toMatch(/Shop/);
    expect(await life.sql("SELECT scheduled_at FROM tick ORDER BY id")).toEqual(
      [0, 1, 2].map((minute) => ({ scheduled_at: NOW + minute * MINUTE_MS })),
    );
  },
);

test("a tick that mailed without the database while a clock was ahead does not silence those after it", () => {
  const stateCache = new StateCache();
  expect(
    [NOW + 23 * HOUR_MS, NOW, NOW, NOW - MINUTE_MS, NOW + MINUTE_MS].map((ms) => stateCache.claimTick(ms)),
  ).toEqual([true, true, false, false, true]);
});
