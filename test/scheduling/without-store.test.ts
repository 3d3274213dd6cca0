import { describe, expect, test } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import { DatabaseError } from "../../src/core/database-error.ts";
import { TickMemory } from "../../src/scheduling/tick-memory.ts";
import type { TickDone } from "../../src/scheduling/run-tick.ts";
import { ACCEPTED, refused } from "../support/fakes/ports.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";
import type { Store } from "../../src/storage/store.ts";

/** A store whose methods can be taken away. */
class Fragile {
  readonly away = new Set<keyof Store | "all">();
  readonly store: Store;

  constructor() {
    const inner = new MemoryStore();
    const fault = (): Promise<never> =>
      Promise.reject(new DatabaseError(new Error("D1_ERROR: Network connection lost.")));
    this.store = new Proxy<Store>(inner, {
      get: (_target, name: keyof Store) =>
        this.away.has("all") || this.away.has(name) ? fault : inner[name].bind(inner),
    });
  }
}

class Watched extends Instance {
  readonly outcomes = new Map<string, Outcome>();
  readonly fragile: Fragile;
  /** Ends the copy of the Worker that remembers. */
  newCopy(): void {
    Object.assign(this, { memory: new TickMemory() });
  }

  constructor(...names: readonly string[]) {
    const fragile = new Fragile();
    super([], {}, fragile.store);
    this.fragile = fragile;
    this.files = names.map((name) =>
      jobFile(name, {
        execute: () => this.outcomes.get(name) ?? up("fine"),
        numberFailuresBeforeNotification: () => 2,
      }),
    );
  }

  /** A tick whose delivery may fail for want of the database as well. */
  async told(time: string): Promise<readonly string[]> {
    const before = this.mailer.accepted.length;
    await this.runTick(time);
    await this.deliver().catch(() => undefined);
    return this.mailer.accepted.slice(before).map(({ subject }) => subject);
  }
}

const GONE = down("connection refused");

describe("while the database is away", () => {
  test("a copy that knows what was before counts on and tells at the minimum, with a note", async () => {
    const checker = new Watched("A", "B");
    checker.outcomes.set("A", GONE);
    expect(await checker.told("10:00")).toEqual([]);
    checker.fragile.away.add("all");
    expect(await checker.runTick("10:01")).toMatchObject({
      kind: "not recorded",
      fault: { code: "E_STORE", message: "the database does not answer: D1_ERROR: Network connection lost." },
    });
    const [mail, ...noMore] = checker.mailer.accepted;
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] A failed");
    expect(mail?.body)
      .toBe(`This is mailed without Checker's own database, which does not answer (2026-11-23 10:01 UTC).
What was known before is taken into account; should this copy of Checker end, some of it may be told twice.
Cause: the database does not answer: D1_ERROR: Network connection lost.

A failed.

Reason:   connection refused
Since:    2026-11-23 10:00 UTC (1 min)
Failures: 2 in a row
Checked:  2026-11-23 10:01 UTC

What to do: look at what the job watches. When it is well again, the job notices by itself.
`);
    expect(await checker.told("10:02")).toEqual([]);
    checker.outcomes.clear();
    expect(await checker.told("10:03")).toEqual(["[checker-eu] A is well again"]);
  });

  test("nothing is told twice when it is back, and what was decided meanwhile is recorded", async () => {
    const checker = new Watched("A");
    await checker.told("10:00");
    checker.fragile.away.add("all");
    checker.outcomes.set("A", GONE);
    expect(await checker.told("10:01")).toEqual([]);
    expect(await checker.told("10:02")).toEqual(["[checker-eu] A failed"]);
    checker.fragile.away.clear();
    expect(await checker.told("10:03")).toEqual([]);
    const state = (await checker.store.readTick(checker.clock.ms)).states.get("A");
    expect(state).toMatchObject({ failures: 3, lastNotifiedAtMs: Date.parse("2026-11-23T10:02:00Z") });
    checker.outcomes.clear();
    expect(await checker.told("10:04")).toEqual(["[checker-eu] A is well again"]);
  });

  test("a copy that knows nothing tells each failure it sees at once, and only once", async () => {
    const checker = new Watched("A", "B");
    checker.outcomes.set("A", GONE);
    checker.fragile.away.add("all");
    expect(await checker.told("10:00")).toEqual(["[checker-eu] A failed"]);
    expect(checker.mailer.accepted[0]?.body.split("\n").slice(0, 4)).toEqual([
      "This is mailed without Checker's own database, which does not answer (2026-11-23 10:00 UTC).",
      "Nothing is known of before: the failure may be an old one, or one that was told already.",
      "Cause: the database does not answer: D1_ERROR: Network connection lost.",
      "",
    ]);
    expect(await checker.told("10:01")).toEqual([]);
    checker.outcomes.set("B", GONE);
    // Of B it knows by now that it was well, so it counts.
    expect(await checker.told("10:02")).toEqual([]);
    expect(await checker.told("10:03")).toEqual(["[checker-eu] B failed"]);
  });

  test("several failures to one person are one mail", async () => {
    const checker = new Watched("A", "B", "C");
    for (const name of ["A", "B", "C"]) checker.outcomes.set(name, GONE);
    checker.fragile.away.add("all");
    expect(await checker.told("10:00")).toEqual(["[checker-eu] 3 down"]);
  });

  test("an event that comes twice is told once", async () => {
    const checker = new Watched("A");
    checker.outcomes.set("A", GONE);
    checker.fragile.away.add("all");
    expect(await checker.told("10:00")).toEqual(["[checker-eu] A failed"]);
    checker.newCopy();
    expect(await checker.told("10:01")).toEqual(["[checker-eu] A failed"]);
    expect(await checker.told("10:01")).toEqual([]);
  });

  test("an event that comes twice counts a failure once", async () => {
    const checker = new Watched("A");
    await checker.told("10:00");
    checker.fragile.away.add("all");
    checker.outcomes.set("A", GONE);
    expect(await checker.told("10:01")).toEqual([]);
    expect(await checker.told("10:01")).toEqual([]);
    expect(await checker.told("10:02")).toEqual(["[checker-eu] A failed"]);
  });

  test("what was decided of an hourly job is recorded by the first tick after it, whatever that runs", async () => {
    const checker = new Watched();
    let runs = 0;
    checker.files = [
      jobFile("Hourly", {
        execute: () => runs++ === 0,
        executeEvery: () => "HOUR",
        numberFailuresBeforeNotification: () => 1,
      }),
    ];
    await checker.told("10:00");
    checker.fragile.away.add("all");
    expect(await checker.told("11:00")).toEqual(["[checker-eu] Hourly failed"]);
    checker.fragile.away.clear();
    // Its own slot was never finished, so it is caught up; and told no second time.
    expect(await checker.told("11:01")).toEqual([]);
    checker.newCopy();
    expect(await checker.told("12:00")).toEqual([]);
    const state = (await checker.store.readTick(checker.clock.ms)).states.get("Hourly");
    expect(state).toMatchObject({ failures: 3, lastNotifiedAtMs: Date.parse("2026-11-23T11:00:00Z") });
  });

  test("what another copy has recorded meanwhile is believed rather than what was decided without it", async () => {
    const checker = new Watched("A");
    checker.outcomes.set("A", GONE);
    await checker.told("10:00");
    checker.fragile.away.add("all");
    expect(await checker.told("10:01")).toEqual(["[checker-eu] A failed"]);
    checker.fragile.away.clear();
    const first = checker.memory;
    checker.newCopy();
    checker.outcomes.clear();
    await checker.told("10:02");
    Object.assign(checker, { memory: first });
    checker.outcomes.set("A", GONE);
    await checker.told("10:03");
    expect((await checker.store.readTick(checker.clock.ms)).states.get("A")).toMatchObject({ failures: 1 });
  });

  test("a failure whose mail is refused is told by the next tick", async () => {
    const checker = new Watched("A");
    checker.outcomes.set("A", GONE);
    checker.fragile.away.add("all");
    checker.mailer.answer = () => refused();
    expect(await checker.told("10:00")).toEqual([]);
    checker.mailer.answer = () => ACCEPTED;
    expect(await checker.told("10:01")).toEqual(["[checker-eu] A failed"]);
    expect(await checker.told("10:02")).toEqual([]);
  });

  test("a failure whose mail is refused for good is not tried anew by each tick", async () => {
    const checker = new Watched("A");
    checker.outcomes.set("A", GONE);
    checker.fragile.away.add("all");
    const tried: string[] = [];
    checker.mailer.answer = ({ subject }) => {
      tried.push(subject);
      return refused("E_RECIPIENT_NOT_ALLOWED", "this recipient is not allowed", true);
    };
    for (const time of ["10:00", "10:01", "10:02"]) await checker.told(time);
    expect(tried).toEqual(["[checker-eu] A failed"]);
  });

  test("jobs of the hour run at the full hour, and at no other minute", async () => {
    const runs: string[] = [];
    const checker = new Watched();
    checker.files = [
      jobFile("Hourly", {
        execute: ({ nowMs }) => runs.push(new Date(nowMs).toISOString()) > 0,
        executeEvery: () => "HOUR",
      }),
    ];
    checker.fragile.away.add("all");
    for (const time of ["10:59", "11:00", "11:01"]) await checker.told(time);
    expect(runs).toEqual(["2026-11-23T11:00:00.000Z"]);
  });
});

describe("a database that comes back within the tick", () => {
  test("records the tick as ever", async () => {
    const checker = new Watched("A");
    checker.fragile.away.add("claim");
    checker.files = [
      jobFile("A", {
        execute: () => {
          checker.fragile.away.clear();
          return false;
        },
        numberFailuresBeforeNotification: () => 1,
      }),
    ];
    expect(await checker.runTick("10:00")).toMatchObject({ kind: "done", tick: { jobs: 1, down: 1 } });
    // What was to be caught up did not run, and is left to the next event.
    const { tick } = (await checker.runTick("10:00")) as TickDone;
    expect(tick).toMatchObject({ caughtUp: ["DAY", "DAY_NOON"], frequencies: ["DAY", "DAY_NOON"], jobs: 0 });
    expect(await checker.runTick("10:00")).toEqual({ kind: "nothing due" });
    await checker.deliver();
    expect(checker.mailer.accepted.map(({ body }) => body.split("\n")[0])).toEqual(["A failed."]);
  });

  test("finds that another invocation has taken the tick, and counts nothing", async () => {
    const checker = new Watched("A");
    checker.fragile.away.add("claim");
    let first = true;
    checker.files = [
      jobFile("A", {
        async execute() {
          if (first) {
            first = false;
            checker.fragile.away.clear();
            await checker.runTick("10:00");
          }
          return false;
        },
        numberFailuresBeforeNotification: () => 1,
        notifyOnFailureEvery: () => "EVERYTIME",
      }),
    ];
    await checker.runTick("10:00");
    await checker.deliver();
    expect((await checker.store.readTick(checker.clock.ms)).states.get("A")).toMatchObject({ failures: 1 });
    expect(checker.mailer.accepted).toHaveLength(1);
  });
});

test("a database that is lost between the jobs and the commit is told without as well", async () => {
  const checker = new Watched("A");
  checker.outcomes.set("A", GONE);
  await checker.told("10:00");
  checker.fragile.away.add("commit");
  expect(await checker.told("10:01")).toEqual(["[checker-eu] A failed"]);
  checker.fragile.away.clear();
  expect(await checker.told("10:02")).toEqual([]);
});

test("the proof of mail is not taken for failed when it is the database that does not answer", async () => {
  const checker = new Watched();
  checker.files = [
    jobFile("EmailChecker", {
      execute: async ({ loopback }) => (await loopback.recent()).length >= 0,
      numberFailuresBeforeNotification: () => 1,
    }),
  ];
  checker.fragile.away.add("all");
  expect(await checker.told("10:00")).toEqual([]);
});
