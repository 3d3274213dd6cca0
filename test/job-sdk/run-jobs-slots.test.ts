import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Outcome } from "../../src/core/outcome.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { jobConfig } from "../../src/job-sdk/job-config.ts";
import type { JobContext } from "../../src/job-sdk/job-context.ts";
import { probeTcp } from "../../src/probes/tcp-probe.ts";
import { defineJob, type JobDefinition } from "../../src/job-loading/job-definition.ts";
import { MAX_CONNECTIONS } from "../../src/core/plan.ts";
import { runJobs } from "../../src/execution/run-jobs.ts";
import { fakeNetwork, fakeSocket, never, SETTINGS } from "../support/fakes/ports.ts";

/** Jobs of which each takes `takesMs`, and how many of them were at work at once. */
function jobsOf(
  count: number,
  takesMs: number,
  timeLimitMs: number,
): { jobs: JobDefinition[]; most: () => number } {
  let running = 0;
  let most = 0;
  class Job extends JobBase {
    async execute(): Promise<boolean> {
      most = Math.max(most, ++running);
      await new Promise((resolve) => {
        setTimeout(resolve, takesMs);
      });
      running -= 1;
      return true;
    }
    override timeLimitMs(): number {
      return timeLimitMs;
    }
  }
  const config = jobConfig("Job", SETTINGS);
  return { jobs: Array.from({ length: count }, (_, i) => defineJob(new Job(config, i))), most: () => most };
}

async function run(jobs: readonly JobDefinition[], deadlineMs = Date.now() + 240_000): Promise<string[]> {
  const running = runJobs(jobs, {
    network: fakeNetwork(),
    store: { recentLoopbacks: () => Promise.resolve([]) },
    nowMs: 0,
    elapsedMs: () => Date.now(),
    deadlineMs,
    sendLoopback: () => undefined,
  });
  await vi.runAllTimersAsync();
  return (await running).map(({ outcome }) => `${outcome.status}: ${outcome.reason}`);
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("of many jobs", () => {
  test("six run at once, as many as Workers allow connections, and never more", async () => {
    const { jobs, most } = jobsOf(100, 1_000, 30_000);
    await run(jobs);
    expect(MAX_CONNECTIONS).toBe(6);
    expect(most()).toBe(6);
  });

  test("those that wait keep all of their time: it starts when their slot is free", async () => {
    const { jobs } = jobsOf(20, 9_990, 10_000);
    const startedMs = Date.now();
    expect(new Set(await run(jobs))).toEqual(new Set(["up: execute returned true"]));
    expect(Date.now() - startedMs).toBe(4 * 9_990);
  });

  test("one that hangs holds up one slot, for as long as its own limit", async () => {
    const hanging = jobsOf(1, 1e9, 60_000).jobs;
    const { jobs } = jobsOf(30, 1_000, 30_000);
    const result = await run([...hanging, ...jobs]);
    expect(result[0]).toBe("down: did not end within 40 s");
    expect(new Set(result.slice(1))).toEqual(new Set(["up: execute returned true"]));
  });
});

describe("when the time of the tick is over", () => {
  test("what runs is cut short and what waits is not run, neither by a fault of the target", async () => {
    const { jobs } = jobsOf(8, 20_000, 30_000);
    expect(await run(jobs, Date.now() + 15_000)).toEqual([
      ...Array.from({ length: 6 }, () => "inconclusive: cut short: the time of this tick was over"),
      ...Array.from(
        { length: 2 },
        () => "inconclusive: not run: the jobs before it used up the time of this tick",
      ),
    ]);
  });

  test("a job whose own limit fits into what is left is down by its own limit", async () => {
    const { jobs } = jobsOf(1, 20_000, 15_000);
    expect(await run(jobs, Date.now() + 15_000)).toEqual(["down: did not end within 15 s"]);
  });

  test("jobs that end within what is left count as ever", async () => {
    const { jobs } = jobsOf(7, 5_000, 30_000);
    expect(new Set(await run(jobs, Date.now() + 10_001))).toEqual(new Set(["up: execute returned true"]));
  });

  test("a target whose own time-out ends with the tick has had its time, and one millisecond less is ours", async () => {
    class Hanging extends JobBase {
      execute(context: JobContext): Promise<Outcome> {
        const target = { hostname: "a.example", port: 22, timeoutMs: 10_000 };
        return probeTcp(target, {
          ...context,
          network: { ...context.network, connect: () => fakeSocket(never()) },
        });
      }
    }
    const job = (): JobDefinition => defineJob(new Hanging(jobConfig("Hanging", SETTINGS)));
    expect(await run([job()], Date.now() + 10_000)).toEqual(["down: no connection: timed out after 10 s"]);
    expect(await run([job()], Date.now() + 9_999)).toEqual([
      "inconclusive: cut short: the time of this tick was over",
    ]);
  });
});
