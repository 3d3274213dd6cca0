/** Jobs that change often: what is written of them, and what is shown. */
import { describe, expect, test } from "vitest";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";
import type { Settings } from "../../src/core/settings.ts";
import { NO_USAGE } from "../../src/usage/usage.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import type { JobConfig } from "../../src/job-sdk/job-config.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import type { MemoryStore } from "../support/memory-store/store.ts";
import { Instance } from "../support/timeline/instance.ts";
import type { TickCommit } from "../../src/scheduling/ports.ts";

type Behaviour = (minute: number) => Outcome;

const FLAPPING: Behaviour = (minute) => (minute % 2 === 0 ? up("fine") : down("no signal"));
const ALL_DAY = 1_440;

/** A Checker with so many jobs that all behave alike, minute by minute from midnight on. */
class Flock extends Instance {
  behaviour: Behaviour = FLAPPING;
  minute = 0;
  /** Rows that commits wrote beyond those of a quiet tick, but for messages. */
  rows = 0;

  constructor(
    count: number,
    settings: Partial<Settings> = {},
    every: "ONSTATECHANGE" | "EVERYTIME" = "ONSTATECHANGE",
  ) {
    super([], { plan: "free", flapping: { changes: 6, runs: 20 }, ...settings });
    const now = (): Outcome => this.behaviour(this.minute);
    class Job extends JobBase {
      execute(): Outcome {
        return now();
      }
      override numberFailuresBeforeNotification(): 1 {
        return 1;
      }
      override notifyOnFailureEvery(): typeof every {
        return every;
      }
    }
    class Jobs extends JobSpawner {
      *getSubJobs(config: JobConfig): Generator<JobBase> {
        for (let index = 0; index < count; index++) yield new Job(config, index);
      }
    }
    this.files = [{ name: "Jobs", load: () => Promise.resolve({ Jobs }) }];
    const { store } = this;
    const commit = store.commit.bind(store);
    store.commit = (given) => {
      this.rows += rowsOf(given);
      return commit(given);
    };
  }

  async run(minutes: number, behaviour = this.behaviour): Promise<void> {
    this.behaviour = behaviour;
    for (const end = this.minute + minutes; this.minute < end; this.minute++)
      await this.tick(timeOf(this.minute));
  }

  /** One tick, and how many mails it sent. */
  async runAndRead(behaviour: Behaviour): Promise<number> {
    const before = this.mailer.accepted.length;
    await this.run(1, behaviour);
    return this.mailer.accepted.length - before;
  }

  incidents(): Promise<readonly string[]> {
    return (this.store as MemoryStore).history
      .readIncidents({ after: null, limit: 100, jobKey: null })
      .then((found) =>
        found.map(({ fromMs, toMs, failures, recoveredAtMs, notificationCount }) =>
          [fromMs, toMs, recoveredAtMs]
            .map(clock)
            .concat(`failed ${failures}`, `told ${notificationCount}`)
            .join(" "),
        ),
      );
  }

  async changesListed(): Promise<number> {
    return (await this.store.readReport({ tick: 0, change: 0, gap: 0 })).changes.length;
  }
}

/** An index counts as a row: `incident` has one, which is written when an incident begins. */
function rowsOf({ states, changes, decisions, history: { incidents } }: TickCommit): number {
  const begun = incidents.filter(({ end }) => end === null).length;
  return states.size + changes.length + decisions.length + incidents.length + begun;
}

function timeOf(minute: number): string {
  return new Date(Date.parse("2026-11-23T00:00:00Z") + minute * 60_000)
    .toISOString()
    .slice(0, 16)
    .replace("T", " ");
}

function clock(ms: number | null): string {
  return ms === null ? "-" : new Date(ms).toISOString().slice(11, 16);
}

/** Rows of a whole day, from those of its first four hours. */
async function rowsADay(flock: Flock, behaviour: Behaviour): Promise<number> {
  await flock.run(120, behaviour);
  const first = flock.rows;
  await flock.run(120);
  return first + (flock.rows - first) * (ALL_DAY / 120 - 1);
}

const reasons = ["refused", "reset", "timed out"];
const BEHAVIOURS: readonly [string, Behaviour][] = [
  ["fail and recover every minute", FLAPPING],
  ["fail for two minutes of four", (minute) => (minute % 4 < 2 ? up("fine") : down("no signal"))],
  ["fail for three minutes of six", (minute) => (minute % 6 < 3 ? up("fine") : down("no signal"))],
  ["fail for five minutes of ten", (minute) => (minute % 10 < 5 ? up("fine") : down("no signal"))],
  ["fail for ten minutes of twenty", (minute) => (minute % 20 < 10 ? up("fine") : down("no signal"))],
  ["fail every minute for another reason", (minute) => down(`no answer in ${minute} ms`)],
  ["fail for reasons that take turns", (minute) => down(reasons[minute % 3] ?? "")],
  ["fail every minute on another condition", (minute) => down("broken", null, `condition ${minute}`)],
  [
    "cannot be checked every other minute",
    (minute) => (minute % 2 === 0 ? up("fine") : inconclusive("no route")),
  ],
  ["cannot be checked for another reason each minute", (minute) => inconclusive(`no route ${minute}`)],
  [
    "rotate through all states",
    (minute) => [up("fine"), down("broken"), inconclusive("no route")][minute % 3] ?? up(""),
  ],
];

describe.each<[string, Partial<Settings>]>([
  ["", {}],
  [" with flapping switched off", { flapping: { changes: 0, runs: 20 } }],
])("twenty jobs%s", (_name, settings) => {
  test.each(BEHAVIOURS)("that %s write few rows", async (how, behaviour) => {
    // Each notice is worth a row, and flapping that is switched off gives a notice for each change.
    const most = "flapping" in settings || how.includes("condition") ? 20 * ALL_DAY : 15_000;
    expect(await rowsADay(new Flock(20, settings), behaviour)).toBeLessThan(most + 2_000);
  });
});

test("twenty jobs that notify every failure write few rows", async () => {
  expect(await rowsADay(new Flock(20, {}, "EVERYTIME"), FLAPPING)).toBeLessThan(16_000);
});

test("two hundred jobs that flap write hardly more than while they come to be called so", async () => {
  const flock = new Flock(200);
  await flock.run(20, FLAPPING);
  const first = flock.rows;
  await flock.run(100);
  expect(first).toBeLessThan(10_000);
  expect(flock.rows).toBe(first);
});

test("a job that fails now and then has each incident listed", async () => {
  const flock = new Flock(1);
  await flock.run(600, (minute) => (minute % 60 < 2 ? down("no signal") : up("fine")));
  expect(await flock.incidents()).toHaveLength(10);
  expect(await flock.changesListed()).toBe(20);
});

describe("a job that flaps", () => {
  test("has one incident with all its failures, which ends when the job settles", async () => {
    const flock = new Flock(1);
    await flock.run(60, FLAPPING);
    const before = await flock.incidents();
    expect(before.slice(0, 1)).toEqual(["00:05 - - failed 28 told 2"]);
    await flock.run(1, () => up("fine"));
    expect((await flock.incidents())[0]).toBe("00:05 - 01:00 failed 28 told 2");
    await flock.run(15, () => up("fine"));
    expect(await flock.incidents()).toEqual([
      "00:05 01:00 - failed 28 told 2",
      "00:03 00:04 - failed 1 told 1",
      "00:01 00:02 - failed 1 told 1",
    ]);
    expect((await flock.store.readTick(0)).churning.size).toBe(0);
  });

  test("and settles failing has another incident for the failure that goes on", async () => {
    const flock = new Flock(1);
    await flock.run(60, FLAPPING);
    await flock.run(30, () => down("no signal"));
    expect((await flock.incidents()).slice(0, 2)).toEqual([
      "00:59 - - failed 1 told 1",
      "00:05 00:59 - failed 27 told 2",
    ]);
    await flock.run(1, () => up("fine"));
    expect((await flock.incidents())[0]).toBe("00:59 01:30 - failed 1 told 1");
  });

  test("and is removed leaves no incident open, and its state as a row", async () => {
    const flock = new Flock(2);
    await flock.run(60, FLAPPING);
    flock.files = new Flock(0).files;
    await flock.run(2);
    expect((await flock.incidents()).filter((one) => one.startsWith("00:05 -"))).toEqual([]);
    expect((await flock.store.readTick(0)).churning.size).toBe(0);
  });

  test("has every outcome in its history", async () => {
    const flock = new Flock(1);
    const kept: number[] = [];
    const { store } = flock;
    const commit = store.commit.bind(store);
    store.commit = (given) => {
      kept.push(given.history.samples.length);
      return commit(given);
    };
    await flock.run(60, FLAPPING);
    expect(kept).toEqual(Array.from({ length: 60 }, () => 1));
  });
});

describe("near the limit of rows written", () => {
  const near = async (rowsWritten: number, jobs = 50): Promise<Flock> => {
    const flock = new Flock(jobs);
    await flock.run(2, () => up("fine"));
    flock.memory.pendingUsage.add({ ...NO_USAGE, rowsWritten });
    await flock.run(2);
    flock.rows = 0;
    return flock;
  };

  test("fewer changes are listed", async () => {
    const flock = await near(85_000, 1);
    await flock.run(40, (minute) => (minute % 8 < 4 ? up("fine") : down("no signal")));
    expect(await flock.changesListed()).toBe(5);
  });

  test("from 95 % on a failure of all jobs writes no more than their states, and still is notified", async () => {
    const flock = await near(96_000);
    const mails = await flock.runAndRead(() => down("no signal"));
    expect(mails).toBe(1);
    expect(flock.rows).toBe(50);
    await flock.run(30, () => up("fine"));
    expect(flock.rows).toBe(50);
    expect(await flock.incidents()).toEqual([]);
  });

  test("what was not listed is an incident on the next day", async () => {
    const flock = await near(96_000, 1);
    await flock.run(3, () => down("no signal"));
    await flock.run(ALL_DAY - flock.minute + 5, () => up("fine"));
    expect(await flock.incidents()).toEqual(["00:04 00:07 - failed 1 told 1"]);
  });
});
