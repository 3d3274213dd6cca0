import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../src/core/outcome.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { jobConfig } from "../../src/job-sdk/job-config.ts";
import type { JobContext } from "../../src/job-sdk/job-context.ts";
import { defineJob, type JobDefinition } from "../../src/job-loading/job-definition.ts";
import { runJobs, type RunEnvironment } from "../../src/execution/run-jobs.ts";
import { at, fakeNetwork, never, probeAt, SETTINGS } from "../support/fakes/ports.ts";

type Execute = (this: JobBase, context: JobContext) => unknown;

let made = 0;

function job(execute: Execute, timeLimitMs = 30_000): JobDefinition {
  class Job extends JobBase {
    execute(context: JobContext): Promise<Outcome> {
      return execute.call(this, context) as Promise<Outcome>;
    }
    override timeLimitMs(): number {
      return timeLimitMs;
    }
  }
  return defineJob(new Job(jobConfig("Job", SETTINGS), made++));
}

function environment(changes: Partial<RunEnvironment> = {}): RunEnvironment {
  return {
    network: fakeNetwork(),
    store: { recentLoopbacks: () => Promise.resolve([]) },
    nowMs: at("2026-11-23 10:00"),
    elapsedMs: () => Date.now(),
    deadlineMs: Date.now() + 240_000,
    sendLoopback: () => undefined,
    ...changes,
  };
}

async function outcomes(
  jobs: readonly JobDefinition[],
  changes: Partial<RunEnvironment> = {},
): Promise<Outcome[]> {
  return (await runJobs(jobs, environment(changes))).map((run) => run.outcome);
}

/** The one outcome of one job, status and reason. */
async function said(execute: Execute): Promise<string> {
  const [outcome] = await outcomes([job(execute)]);
  return `${outcome?.status}: ${outcome?.reason}`;
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

describe("what execute gives", () => {
  test("as a boolean is up or down, with the time that it took", async () => {
    const running = outcomes([
      job(() => sleep(30).then(() => true)),
      job(() => sleep(40).then(() => false)),
      job(() => true),
    ]);
    await vi.advanceTimersByTimeAsync(40);
    expect(await running).toEqual([
      { status: "up", reason: "execute returned true", latencyMs: 30, failureKind: null },
      { status: "down", reason: "execute returned false", latencyMs: 40, failureKind: null },
      { status: "up", reason: "execute returned true", latencyMs: 0, failureKind: null },
    ]);
  });

  test("as an outcome is taken as it is", async () => {
    const outcome: Outcome = { status: "down", reason: "expired", latencyMs: 7, failureKind: "old" };
    expect(await outcomes([job(() => Promise.resolve(outcome))])).toEqual([outcome]);
    expect(await said(() => ({ status: "inconclusive", reason: "not from here" }))).toBe(
      "inconclusive: not from here",
    );
  });

  test("as an outcome is made fit to be written down", async () => {
    const sloppy = { status: "up", reason: `a\r\nb${"x".repeat(600)}`, latencyMs: -1 };
    const [outcome] = await outcomes([job(() => sloppy)]);
    expect(outcome).toEqual({
      status: "up",
      reason: `a b${"x".repeat(496)}…`,
      latencyMs: null,
      failureKind: null,
    });
    expect(await outcomes([job(() => ({ status: "up", reason: "ok", latencyMs: 0 }))])).toMatchObject([
      { latencyMs: 0 },
    ]);
    for (const latencyMs of [NaN, "12", null, undefined]) {
      expect(await outcomes([job(() => ({ status: "up", reason: "ok", latencyMs }))])).toMatchObject([
        { latencyMs: null },
      ]);
    }
  });

  test("as a condition that is no text is made one, or none", async () => {
    // The database keeps texts: 5 would come back as "5", be another condition, and be told every minute.
    for (const failureKind of [5, true, { code: 5 }]) {
      const [outcome] = await outcomes([job(() => ({ status: "down", reason: "x", failureKind }))]);
      expect(outcome?.failureKind === null || typeof outcome?.failureKind === "string").toBe(true);
    }
  });

  test.each([
    [undefined, "undefined"],
    [null, "null"],
    ["True", "string"],
    [1, "number"],
    [[], "object"],
    [{}, "object"],
    [{ status: "well", reason: "x" }, "object"],
    [{ status: "up" }, "object"],
    [{ status: "up", reason: 5 }, "object"],
    [() => true, "function"],
  ])("as anything else is the job's fault, never an up: %j", async (value, got) => {
    expect(await said(() => value)).toBe(`down: execute returned ${got} instead of a boolean or an outcome`);
  });
});

describe("a job that fails to give an outcome", () => {
  test("by throwing, at once or later, is down with what it threw", async () => {
    const thrower = (): never => {
      throw new TypeError("x is\nundefined");
    };
    expect(await said(thrower)).toBe("down: the job failed: TypeError: x is undefined");
    expect(await said(() => Promise.reject(new Error("no answer")))).toBe("down: the job failed: no answer");
    // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- what a job's author may do
    const rejecting = (thrown: unknown) => said(() => Promise.reject(thrown));
    expect(await rejecting("just text")).toBe("down: the job failed: just text");
    expect(await rejecting(undefined)).toBe("down: the job failed: a thrown undefined");
  });

  test("by throwing what cannot even be looked at is down and harms no other", async () => {
    const hostile = new Error("x");
    Object.defineProperty(hostile, "message", {
      get() {
        throw new Error("do not look");
      },
    });
    const result = await outcomes([job(() => Promise.reject(hostile)), job(() => true)]);
    expect(result.map((outcome) => outcome.status)).toEqual(["down", "up"]);
  });

  test("by a limit of the platform is inconclusive", async () => {
    expect(await said(() => Promise.reject(new Error("Too many subrequests.")))).toBe(
      "inconclusive: cannot be checked from here: Too many subrequests.",
    );
  });

  test("by never ending is down when its time is over, and its signal is aborted then", async () => {
    let signal: AbortSignal | undefined;
    const hanging = job((context) => {
      signal = context.signal;
      return never();
    }, 12_000);
    const running = outcomes([hanging]);
    await vi.advanceTimersByTimeAsync(11_999);
    expect(signal?.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(await running).toEqual([
      { status: "down", reason: "did not end within 12 s", latencyMs: null, failureKind: null },
    ]);
    expect(signal?.reason).toEqual(new Error("did not end within 12 s"));
  });

  test("by throwing what throws when it is looked at, harms no other", async () => {
    const trap = (): never => {
      throw new Error("trap");
    };
    const thrown = new Proxy(new Error("x"), { get: trap, getPrototypeOf: trap });
    const throws = job(() => Promise.reject(thrown));
    expect(await outcomes([throws, job(() => true)])).toMatchObject([
      { status: "down", reason: "the job failed: it threw something that cannot be read" },
      { status: "up" },
    ]);
  });

  test("in time, and throws after it, disturbs nobody", async () => {
    const running = outcomes([job(() => sleep(2_000).then(() => Promise.reject(new Error("late"))), 1_000)]);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(await running).toMatchObject([{ status: "down", reason: "did not end within 1 s" }]);
  });
});

test("each job ends as one outcome, in the order of the jobs", async () => {
  const jobs = [
    job(() => never(), 1_000),
    job(() => true),
    job(() => Promise.reject(new Error("x"))),
    job(() => false),
  ];
  const running = runJobs(jobs, environment());
  await vi.advanceTimersByTimeAsync(1_000);
  const runs = await running;
  expect(runs.map((run) => run.definition)).toEqual(jobs);
  expect(runs.map((run) => run.outcome.status)).toEqual(["down", "up", "down", "down"]);
});

test("no timers stay behind when all have ended in time", async () => {
  await outcomes(Array.from({ length: 20 }, () => job(() => true)));
  expect(vi.getTimerCount()).toBe(0);
});

test("mails that execute asked for are handed on, also of a job that threw", async () => {
  const asking = job(function () {
    this.sendEmail("news", "body");
    return true;
  });
  const throwing = job(function () {
    this.sendEmail("before the end", "body", "x@example.com");
    throw new Error("the end");
  });
  const runs = await runJobs([asking, throwing], environment());
  expect(runs.map((run) => run.emails)).toEqual([
    [{ subject: "news", body: "body", to: ["ops@example.com"] }],
    [{ subject: "before the end", body: "body", to: ["x@example.com"] }],
  ]);
});

test("a job is given the network, the tick's time, a clock, and the instance's proofs", async () => {
  const answer = new Response("well");
  const network = fakeNetwork({ fetch: () => Promise.resolve(answer) });
  const probes = [probeAt(1)];
  const recentLoopbacks = vi.fn(() => Promise.resolve(probes));
  const sendLoopback = vi.fn(() => undefined);
  let seen: unknown;
  const looking = job(async (context) => {
    context.loopback.sendLoopback();
    const fetched = await context.network.fetch("https://a.example/", {});
    seen = [fetched, context.nowMs, context.elapsedMs(), await context.loopback.recent()];
    return true;
  });
  await outcomes([looking], {
    network,
    store: { recentLoopbacks },
    sendLoopback,
    elapsedMs: () => 77,
    deadlineMs: 1_000,
  });
  expect(seen).toEqual([answer, at("2026-11-23 10:00"), 77, probes]);
  expect(recentLoopbacks).toHaveBeenCalledWith(5);
  expect(sendLoopback).toHaveBeenCalledTimes(1);
});
