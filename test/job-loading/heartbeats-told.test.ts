/** Heartbeats from ping to mail, in whole ticks. */
import { describe, expect, test, vi } from "vitest";
import { DatabaseError } from "../../src/core/database-error.ts";
import { loadJobs } from "../../src/job-loading/load-jobs.ts";
import { HeartbeatReader } from "../../src/heartbeats/heartbeat-reader.ts";
import { runJobs } from "../../src/execution/run-jobs.ts";
import { type Heartbeat } from "../../src/checks/heartbeat.ts";
import { heartbeats, HOURLY, ping } from "../support/fakes/heartbeats.ts";
import { never } from "../support/fakes/ports.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";

async function stateOf(checker: Instance): Promise<string> {
  const state = (await checker.store.readTick(checker.clock.ms)).states.get(`Heartbeats["sync"]`);
  return `${state?.status}: ${state?.reason}`;
}

describe("a heartbeat", () => {
  test("that stops is told once when it is overdue, and at once when it comes after all", async () => {
    const checker = heartbeats(HOURLY);
    expect(await checker.tick("10:00")).toEqual([]);
    expect(await ping(checker, "10:00:20", "", { output: "copied 3 files" })).toBe("recorded");
    expect(await checker.tick("10:01")).toEqual([]);
    expect(await checker.tick("11:10")).toEqual([]);
    const [missing, ...noMore] = await checker.tick("11:11");
    expect(noMore).toEqual([]);
    expect(missing?.subject).toBe("[checker-eu] Heartbeats sync failed");
    expect(missing?.body).toBe(`Heartbeats sync failed.

Reason:   no ping since 2026-11-23 10:00 UTC; one was due at 2026-11-23 11:00 UTC, and 10 min of grace are over
Since:    2026-11-23 11:11 UTC
Failures: 1 in a row
Checked:  2026-11-23 11:11 UTC

What to do: see whether its machine runs, whether the work was started there, and whether it could reach this
Checker. Its next ping that tells of a success ends this failure.
`);
    expect(await checker.tick("11:12")).toEqual([]);
    expect(await ping(checker, "11:12:30")).toBe("recorded");
    const [recovery] = await checker.tick("11:13");
    expect(recovery?.body).toBe(`Heartbeats sync is well again.

Now:    ended well at 2026-11-23 11:12 UTC
Failed: from 2026-11-23 11:11 UTC to 2026-11-23 11:13 UTC (2 min)
        2 failures in a row

What to do: nothing. It is watched as before.
`);
  });

  test("that says it failed is told by the next tick, with what it printed", async () => {
    const checker = heartbeats(HOURLY);
    await checker.tick("10:00");
    await ping(checker, "10:00:10", "start");
    await ping(checker, "10:00:40", "3", { output: "copying a\ncopying b\nno space left on device" });
    const [failed, ...noMore] = await checker.tick("10:01");
    expect(noMore).toEqual([]);
    expect(failed?.body).toBe(`Heartbeats sync failed.

Reason:   failed with exit code 3 at 2026-11-23 10:00 UTC; it printed: no space left on device
Since:    2026-11-23 10:01 UTC
Failures: 1 in a row
Checked:  2026-11-23 10:01 UTC

What to do: look at what the work printed. Its next ping that tells of a success ends this failure.

It printed:

copying a
copying b
no space left on device
`);
    // It starts again: that is no success.
    await ping(checker, "10:05", "start");
    expect(await checker.tick("10:06")).toEqual([]);
    await ping(checker, "10:06:30", "0");
    expect(await checker.subjects("10:07")).toEqual(["[checker-eu] Heartbeats sync is well again"]);
  });

  test("that failed without a word is told without one", async () => {
    const checker = heartbeats(HOURLY);
    await checker.tick("10:00");
    await ping(checker, "10:00:40", "fail");
    const [failed] = await checker.tick("10:01");
    expect(failed?.body.split("\n").slice(7)).toEqual([
      "What to do: look at what the work printed. Its next ping that tells of a success ends this failure.",
      "",
    ]);
    expect(failed?.body.split("\n")[2]).toBe("Reason:   said that it failed at 2026-11-23 10:00 UTC");
  });

  test("that failed and then keeps silent is told once more", async () => {
    const checker = heartbeats(HOURLY);
    await checker.tick("10:00");
    await ping(checker, "10:00:40", "1");
    expect(await checker.tick("10:01")).toHaveLength(1);
    expect(await checker.tick("11:10")).toEqual([]);
    expect(await checker.subjects("11:11")).toEqual(["[checker-eu] Heartbeats sync failed"]);
    expect(await stateOf(checker)).toMatch(/^down: no ping since 2026-11-23 10:00 UTC/);
  });

  test("whose run takes too long is told then, and again when the run says that it failed", async () => {
    const checker = heartbeats({ ...HOURLY, maxRunMinutes: 20 });
    await checker.tick("10:00");
    await ping(checker, "10:00:30", "start");
    expect(await checker.tick("10:20")).toEqual([]);
    expect(await checker.tick("10:21")).toHaveLength(1);
    expect(await stateOf(checker)).toBe("down: still running since 2026-11-23 10:00 UTC, longer than 20 min");
    await ping(checker, "10:21:30", "124");
    expect(await checker.tick("10:22")).toHaveLength(1);
    expect(await stateOf(checker)).toBe("down: failed with exit code 124 at 2026-11-23 10:21 UTC");
  });

  test("that was never pinged says so once its first ping is overdue", async () => {
    const checker = heartbeats(HOURLY);
    expect(await checker.tick("10:00")).toEqual([]);
    expect(await stateOf(checker)).toBe("up: no ping is overdue");
    expect(await checker.tick("11:09")).toEqual([]);
    expect(await checker.tick("11:10")).toHaveLength(1);
    expect(await stateOf(checker)).toBe(
      "down: no ping yet; one was due at 2026-11-23 11:00 UTC, and 10 min of grace are over",
    );
  });

  test("that was away from the list for days begins anew, and is known from the first tick on", async () => {
    const checker = heartbeats(HOURLY);
    const { files } = checker;
    expect(await ping(checker, "2026-11-23 09:59")).toBe("unknown");
    await checker.tick("2026-11-23 10:00");
    await ping(checker, "2026-11-23 10:00:30");
    checker.files = [];
    await checker.tick("2026-11-23 10:01");
    expect(await ping(checker, "2026-11-27 10:00")).toBe("unknown");
    checker.files = files;
    expect(await checker.tick("2026-11-27 10:01")).toEqual([]);
    expect(await ping(checker, "2026-11-27 10:01:30")).toBe("recorded");
    expect(await checker.tick("2026-11-27 11:11")).toEqual([]);
    expect(await checker.tick("2026-11-27 11:12")).toHaveLength(1);
  });

  test("goes on over days on which it is seen once each", async () => {
    const checker = heartbeats(HOURLY);
    const watch = vi.spyOn(checker.pings, "register");
    for (let day = 23; day < 30; day++) {
      await checker.tick(`2026-11-${day} 10:00`);
      expect(await ping(checker, `2026-11-${day} 10:00:30`)).toBe("recorded");
      await checker.tick(`2026-11-${day} 10:01`);
      await checker.tick(`2026-11-${day} 10:02`);
    }
    expect(watch).toHaveBeenCalledTimes(7);
  });
});

describe("a tick", () => {
  const many = Array.from({ length: 30 }, (_, index): Heartbeat => ({
    name: `sync ${index}`,
    everyMinutes: 60,
  }));

  test("asks once for all heartbeats, and runs them itself where others are run in shards", async () => {
    const checker = heartbeats(...many);
    checker.shards = {
      run: () => Promise.reject(new Error("no shard was wanted")),
      notify: () => Promise.reject(new Error("no shard was wanted")),
    };
    const reading = vi.spyOn(checker.pings, "readPings");
    const watching = vi.spyOn(checker.pings, "register");
    expect(await checker.runTick("10:00")).toMatchObject({ kind: "done", tick: { jobs: 30, up: 30 } });
    expect(reading).toHaveBeenCalledTimes(1);
    expect(watching).toHaveBeenCalledTimes(1);
    await checker.runTick("10:01");
    expect(reading).toHaveBeenCalledTimes(2);
    expect(watching).toHaveBeenCalledTimes(1);
  });

  test("without heartbeats does not ask", async () => {
    const checker = new Instance([jobFile("A", {})]);
    const reading = vi.spyOn(checker.pings, "readPings");
    await checker.tick("10:00");
    expect(reading).not.toHaveBeenCalled();
  });

  test("judges them while others hold every connection, and without a request of the plan's", async () => {
    const checker = heartbeats(HOURLY);
    const stuck = Array.from({ length: 6 }, (_, index) =>
      jobFile(`Stuck${index}`, { execute: () => never<boolean>(), timeLimitMs: () => 240_000 }),
    );
    const { jobs } = await loadJobs([...stuck, ...checker.files], checker.settings);
    const startMs = performance.now();
    const waiting = runJobs(jobs, {
      network: checker.network,
      store: checker.store,
      pings: new HeartbeatReader(checker.pings, [`Heartbeats["sync"]`], timeOf("10:00")),
      nowMs: timeOf("10:00"),
      elapsedMs: () => performance.now() - startMs,
      deadlineMs: 300,
      sendLoopback: () => undefined,
    });
    // The others are cut short at the deadline, so it did not wait for any of them.
    const first = jobs.find(({ isPassive }) => isPassive);
    expect((await waiting).find(({ definition }) => definition === first)?.outcome.reason).toBe(
      "no ping is overdue",
    );
    const full = await runJobs(first === undefined ? [] : [first], {
      network: checker.network,
      store: checker.store,
      pings: new HeartbeatReader(checker.pings, [`Heartbeats["sync"]`], timeOf("10:00")),
      nowMs: timeOf("10:01"),
      elapsedMs: () => 0,
      deadlineMs: 300,
      sendLoopback: () => undefined,
      budget: { canStart: () => false, tryReserve: () => null },
    });
    expect(full.map(({ outcome }) => outcome.reason)).toEqual(["no ping is overdue"]);
  });

  test("tells of rows that it could not read, and makes them anew", async () => {
    const checker = heartbeats(HOURLY);
    await checker.tick("10:00");
    const damage = [{ table: "heartbeat", key: "x", problem: "code: Invalid type" }];
    const watch = vi.spyOn(checker.pings, "register");
    vi.spyOn(checker.pings, "readPings").mockResolvedValueOnce({
      records: new Map(),
      damage,
      outageEndMs: 0,
    });
    const [mail] = await checker.tick("10:01");
    expect(mail?.subject).toBe("[checker-eu] 1 damaged row in the database");
    expect(mail?.body.split("\n")[2]).toBe("- heartbeat, x: code: Invalid type");
    expect(watch.mock.calls.map(([, damaged]) => damaged)).toEqual([damage]);
  });

  test("that cannot read the pings calls them neither well nor failed", async () => {
    const checker = heartbeats(HOURLY);
    checker.pings.readPings = () => Promise.reject(new DatabaseError(new Error("no such table: heartbeat")));
    await checker.runTick("10:00");
    expect(await stateOf(checker)).toBe(
      "inconclusive: cannot be checked: the database does not answer: no such table: heartbeat",
    );
  });
});

test("a job that does not wait for pings is told of none", async () => {
  const checker = new Instance([
    jobFile("Curious", {
      async execute({ pings }) {
        await pings.of("Curious");
        return true;
      },
    }),
  ]);
  await checker.runTick("10:00");
  const state = (await checker.store.readTick(checker.clock.ms)).states.get("Curious");
  expect(state?.reason).toBe("the job failed: only a job with awaitsPings is told of its pings");
});
