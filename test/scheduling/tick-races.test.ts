import { describe, expect, test, vi } from "vitest";
import { down } from "../../src/core/outcome.ts";
import { CLAIM_LEASE_MS } from "../../src/scheduling/run-tick.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";
import type { TickCommit } from "../../src/scheduling/ports.ts";

function failing(name: string, methods: Parameters<typeof jobFile>[1] = {}) {
  return jobFile(name, {
    execute: () => down("refused"),
    numberFailuresBeforeNotification: () => 1,
    ...methods,
  });
}

/** Lets `between` happen before the next commit of this instance, once. */
function beforeNextCommit(checker: Instance, between: () => Promise<unknown>): void {
  const { store } = checker;
  const commit = store.commit.bind(store);
  store.commit = async (wanted: TickCommit) => {
    store.commit = commit;
    await between();
    return commit(wanted);
  };
}

async function failures(checker: Instance, jobKey: string): Promise<number | undefined> {
  return (await checker.store.readTick(checker.clock.ms)).states.get(jobKey)?.failures;
}

describe("two ticks that overlap", () => {
  test("count each failure for its own slot, and a job of the older minute not at all", async () => {
    const checker = new Instance([
      failing("Often", { notifyOnFailureEvery: () => "EVERYTIME" }),
      failing("Hourly", { executeEvery: () => "HOUR", notifyOnFailureEvery: () => "EVERYTIME" }),
    ]);
    // While the tick of 10:00 decides, the one of 10:01 runs from claim to commit.
    beforeNextCommit(checker, () => checker.runTick("10:01"));
    const { tick } = (await checker.runTick("10:00")) as { tick: object };
    await checker.deliver();

    expect(tick).toMatchObject({ frequencies: ["HOUR", "DAY", "DAY_NOON"], jobs: 1, down: 1 });
    expect(await failures(checker, "Often")).toBe(1);
    expect(await failures(checker, "Hourly")).toBe(1);
    expect(checker.mailer.accepted.map((mail) => mail.subject)).toEqual(["[checker-eu] 2 down"]);
    expect(checker.mailer.accepted[0]?.body).toMatch(/- Hourly.*- Often/s);
  });

  test("lose no mail that a run asked for which came too late to count", async () => {
    let asked = 0;
    const checker = new Instance([
      jobFile("Late", {
        execute() {
          this.sendEmail(`Look at run ${++asked}`, "A mail of execute itself.");
          return true;
        },
      }),
    ]);
    beforeNextCommit(checker, () => checker.runTick("10:01"));
    await checker.runTick("10:00");
    await checker.deliver();
    const [mail, ...noMore] = checker.mailer.accepted;
    expect(noMore).toEqual([]);
    expect(new Set([...(mail?.body ?? "").matchAll(/^- Look at run (\d)/gm)].map(([, run]) => run))).toEqual(
      new Set(["1", "2"]),
    );
  });

  test("of which one took the other's slots after its lease count and mail once", async () => {
    const checker = new Instance([failing("Hourly", { executeEvery: () => "HOUR" })]);
    // The first tick is so slow that it is taken for dead.
    beforeNextCommit(checker, () => checker.runTick("10:06", 2_000));
    expect(timeOf("10:06") - timeOf("10:00")).toBeGreaterThan(CLAIM_LEASE_MS);
    const slow = await checker.runTick("10:00");
    await checker.deliver();

    expect(slow).toMatchObject({ kind: "done", tick: { frequencies: [], jobs: 0 } });
    expect(await failures(checker, "Hourly")).toBe(1);
    expect(checker.mailer.accepted).toHaveLength(1);
  });

  test("tell an import error once", async () => {
    const checker = new Instance([{ name: "Broken", load: () => Promise.reject(new Error("x")) }]);
    beforeNextCommit(checker, () => checker.runTick("10:01"));
    await checker.runTick("10:00");
    await checker.deliver();
    expect(checker.mailer.accepted.map((mail) => mail.subject)).toEqual([
      "[checker-eu] Import Error on Broken",
    ]);
  });
});

describe("a commit that another one overtook", () => {
  test("is decided again, and the job is not asked to tell twice", async () => {
    const onFailure = vi.fn(() => true);
    const checker = new Instance([
      failing("Hourly", {
        executeEvery: () => "HOUR",
        onFailure() {
          onFailure();
          return this.sendEmail("help", "me");
        },
      }),
    ]);
    beforeNextCommit(checker, () => checker.runTick("10:01"));
    await checker.runTick("10:00");
    await checker.deliver();
    expect(onFailure).toHaveBeenCalledTimes(1);
    expect(checker.mailer.accepted.map((mail) => mail.subject)).toEqual(["[checker-eu] help"]);
  });

  test("takes the mails that execute asked for along, once", async () => {
    const checker = new Instance([
      jobFile("Newsboy", {
        executeEvery: () => "HOUR",
        execute() {
          return this.sendEmail("news", "today");
        },
      }),
    ]);
    beforeNextCommit(checker, () => checker.runTick("10:01"));
    await checker.runTick("10:00");
    await checker.deliver();
    expect(checker.mailer.accepted.map((mail) => mail.subject)).toEqual(["[checker-eu] news"]);
  });

  test("is given up after eight, with an error that says so, and changes nothing", async () => {
    const checker = new Instance([failing("Ping")]);
    const commit = vi.fn(() => Promise.resolve("conflict" as const));
    checker.store.commit = commit;
    await expect(checker.runTick("10:00")).rejects.toThrow(
      "the tick could not be committed: 8 other commits came between",
    );
    expect(commit).toHaveBeenCalledTimes(8);
    expect(await checker.deliver()).toEqual([]);
    expect(await failures(checker, "Ping")).toBeUndefined();
  });
});

test("a doubled event counts a failure once and mails once", async () => {
  const checker = new Instance([failing("Ping", { notifyOnFailureEvery: () => "EVERYTIME" })]);
  await Promise.all([checker.tick("10:00"), checker.tick("10:00")]);
  await checker.tick("10:00", 61_000);
  expect(await failures(checker, "Ping")).toBe(1);
  expect(checker.mailer.accepted).toHaveLength(1);
});

test("old ticks are thrown away once an hour", async () => {
  const checker = new Instance([]);
  const prune = vi.spyOn(checker.store, "prune");
  await checker.tick("10:00");
  await checker.tick("10:01");
  await checker.tick("10:59");
  expect(prune).toHaveBeenCalledTimes(1);
  await checker.tick("11:00");
  expect(prune).toHaveBeenCalledTimes(2);
});
