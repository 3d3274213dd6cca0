import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";
import { jobConfig } from "../../src/job-sdk/job-config.ts";
import { JobBase, type RetryPolicy } from "../../src/job-sdk/job-base.ts";
import { defineJob } from "../../src/job-loading/job-definition.ts";
import { runJobs } from "../../src/execution/run-jobs.ts";
import { fakeNetwork, SETTINGS } from "../support/fakes/ports.ts";

/** A job that ends its runs with these outcomes, the last for ever, and says when it ran. */
function job(retryPolicy: RetryPolicy, ...outcomes: readonly Outcome[]) {
  const ranAtMs: number[] = [];
  class Job extends JobBase {
    execute(): Outcome {
      ranAtMs.push(Date.now());
      return outcomes[Math.min(ranAtMs.length, outcomes.length) - 1] as Outcome;
    }
    override confirmFailure(): RetryPolicy {
      return retryPolicy;
    }
  }
  return { definition: defineJob(new Job(jobConfig("Job", SETTINGS), ++made)), ranAtMs };
}
let made = 0;

async function run(
  jobs: readonly ReturnType<typeof job>[],
  deadlineMs = 240_000,
): Promise<readonly string[]> {
  const running = runJobs(
    jobs.map(({ definition }) => definition),
    {
      network: fakeNetwork(),
      store: { recentLoopbacks: () => Promise.resolve([]) },
      nowMs: 0,
      elapsedMs: () => Date.now(),
      deadlineMs,
      sendLoopback: () => undefined,
    },
  );
  await vi.runAllTimersAsync();
  return (await running).map(({ outcome }) => `${outcome.status}: ${outcome.reason}`);
}

const TWICE: RetryPolicy = { retries: 2, delayMs: 5_000 };
const REFUSED = down("connection refused");

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("a failure that its job wants confirmed", () => {
  test("is looked at again after each pause, and counts when it fails each time", async () => {
    const checked = job(TWICE, REFUSED, REFUSED, down("timed out after 10 s"));
    expect(await run([checked])).toEqual(["down: timed out after 10 s (3 tries)"]);
    expect(checked.ranAtMs).toEqual([0, 5_000, 10_000]);
  });

  test("is none when one try succeeds, and that is the last", async () => {
    const checked = job(TWICE, REFUSED, up("HTTP 200 in 5 ms"), REFUSED);
    expect(await run([checked])).toEqual(["up: HTTP 200 in 5 ms (at try 2)"]);
    expect(checked.ranAtMs).toEqual([0, 5_000]);
  });

  test("stands where a further try finds nothing out", async () => {
    expect(await run([job(TWICE, REFUSED, inconclusive("not run"))])).toEqual(["down: connection refused"]);
    expect(await run([job(TWICE, REFUSED, inconclusive("not run"), up("fine"))])).toEqual([
      "up: fine (at try 3)",
    ]);
  });

  test("is looked at as often as its job asks, after shorter pauses, when the tick has less time", async () => {
    const checked = job(TWICE, REFUSED);
    expect(await run([checked], 7_000)).toEqual(["down: connection refused (3 tries)"]);
    expect(checked.ranAtMs).toEqual([0, 2_500, 6_000]);
  });

  test("counts as it is when the tick has no time for another look", async () => {
    const checked = job(TWICE, REFUSED);
    expect(await run([checked], 500)).toEqual(["down: connection refused"]);
    // Nor did it wait for one.
    expect(Date.now()).toBe(0);
  });

  test("holds up nobody during its pauses, though seven of them fail at once", async () => {
    const failing = Array.from({ length: 7 }, () => job({ retries: 1, delayMs: 30_000 }, REFUSED));
    const well = job({ retries: 0, delayMs: 0 }, up("fine"));
    await run([...failing, well]);
    expect(well.ranAtMs).toEqual([0]);
    expect(failing.map(({ ranAtMs }) => ranAtMs)).toEqual(failing.map(() => [0, 30_000]));
  });
});

test("a success and an inconclusive run are not looked at again", async () => {
  const jobs = [job(TWICE, up("fine")), job(TWICE, inconclusive("inconclusive"))];
  expect(await run(jobs)).toEqual(["up: fine", "inconclusive: inconclusive"]);
  expect(jobs.map(({ ranAtMs }) => ranAtMs)).toEqual([[0], [0]]);
});

test("without a wish for it a failure counts at once", async () => {
  const checked = job({ retries: 0, delayMs: 0 }, REFUSED);
  expect(await run([checked])).toEqual(["down: connection refused"]);
  expect(checked.ranAtMs).toEqual([0]);
});

describe("a wish that cannot be met is refused:", () => {
  test.each([
    { retries: 6, delayMs: 0 },
    { retries: -1, delayMs: 0 },
    { retries: 0.5, delayMs: 0 },
    { retries: 1, delayMs: 30_001 },
    { retries: 1, delayMs: -1 },
    { retries: 1 },
    { retries: 1, delayMs: "5" },
    null,
    3,
  ])("%j", (retryPolicy) => {
    expect(() => job(retryPolicy as RetryPolicy, up())).toThrow(
      `returned ${JSON.stringify(retryPolicy)}; return { retries, delayMs }: 0 to 5 retries, with delays of 0 to 30000 milliseconds`,
    );
  });
});
