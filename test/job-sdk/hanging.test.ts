/** Jobs that hang until their time-out, in ticks of a thousand jobs: what they cost, and what becomes of the others. */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { gbSeconds } from "../../src/usage/quota.ts";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import { NO_USAGE } from "../../src/usage/usage.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import type { JobConfig } from "../../src/job-sdk/job-config.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import { FakeShards } from "../support/fakes/shards.ts";
import { Instance } from "../support/timeline/instance.ts";
import type { TickRecord } from "../../src/scheduling/tick-record.ts";

const START = Date.parse("2026-11-23T10:00:00Z");
const MINUTE_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers({ now: START });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Jobs of the Free plan of which the first `hanging` hang; the others answer after 100 ms. */
class Crowd extends Instance {
  hanging: number;
  timeoutMs = 10_000;
  minute = 0;
  /** By job: the minutes in which it was asked, and how late in these, ms. */
  readonly asked: Map<number, [minute: number, lateMs: number][]> = new Map();
  readonly fake: FakeShards;

  constructor(count: number, hanging: number) {
    super([], { plan: "free", sharding: { size: 30, inPlace: 12 }, referenceTargets: [] });
    this.hanging = hanging;
    Object.assign(this.clock, { nowMs: () => Date.now() });
    const answer = (index: number): Promise<Outcome> => this.#answer(index);
    class Job extends JobBase {
      readonly index: number;
      constructor(config: JobConfig, index: number) {
        super(config, index);
        this.index = index;
      }
      execute(): Promise<Outcome> {
        return answer(this.index);
      }
    }
    class Jobs extends JobSpawner {
      *getSubJobs(config: JobConfig): Generator<JobBase> {
        for (let index = 0; index < count; index++) yield new Job(config, index);
      }
    }
    this.files = [{ name: "Jobs", load: () => Promise.resolve({ Jobs }) }];
    this.fake = new FakeShards(this);
    this.shards = this.fake;
  }

  async #answer(index: number): Promise<Outcome> {
    const startMs = START + this.minute * MINUTE_MS;
    const ofJob = this.asked.get(index) ?? [];
    this.asked.set(index, [...ofJob, [this.minute, Date.now() - startMs]]);
    const hangs = index < this.hanging;
    await new Promise((resolve) => setTimeout(resolve, hangs ? this.timeoutMs : 100));
    return hangs ? down(`timed out after ${this.timeoutMs / 1000} s`) : up("fine", 100);
  }

  /** One minute's tick; how long it took, ms. */
  async next(): Promise<TickRecord & { readonly tookMs: number }> {
    const startMs = START + this.minute * MINUTE_MS;
    await vi.advanceTimersByTimeAsync(startMs - Date.now());
    const { runTick } = await import("../../src/scheduling/run-tick.ts");
    const ticking = runTick(this, startMs);
    await vi.advanceTimersByTimeAsync(MINUTE_MS - 1);
    const done = await Promise.race([ticking, Promise.resolve(null)]);
    if (done?.kind !== "done") throw new Error("the tick ran into the next minute's");
    this.memory.pendingUsage.add({ ...NO_USAGE, durableObjectMs: done.tick.finishedAtMs - startMs });
    this.minute += 1;
    return { ...done.tick, tookMs: done.tick.finishedAtMs - startMs };
  }

  async run(minutes: number): Promise<readonly number[]> {
    const took: number[] = [];
    for (let count = 0; count < minutes; count++) took.push((await this.next()).tookMs);
    return took;
  }

  /** Minutes in which the job was asked. */
  minutesOf(index: number): readonly number[] {
    return (this.asked.get(index) ?? []).map(([minute]) => minute);
  }

  async usedMs(): Promise<number> {
    return (await this.store.readTick(0)).usage?.sum.durableObjectMs ?? 0;
  }

  async statuses(): Promise<ReadonlyMap<string, number>> {
    const { states } = await this.store.readTick(0);
    return new Map(
      [...Map.groupBy(states.values(), ({ status, reason }) => `${status}: ${reason}`)].map(([text, all]) => [
        text,
        all.length,
      ]),
    );
  }
}

test("thirty-four of a thousand jobs that hang cost less than twice what is spent without them", async () => {
  const crowd = new Crowd(1_000, 34);
  await crowd.run(2);
  const before = await crowd.usedMs();
  await crowd.run(3);
  const aTick = ((await crowd.usedMs()) - before) / 3;
  // A thousand that answer after 100 ms, six at a time, and their tick; the same for six at a time that wait ten seconds.
  expect(aTick).toBeLessThan(17_000 + 500 + 60_000 + 10_000 + 1_000);
  expect(gbSeconds(aTick * 1_440)).toBeLessThan(16_500);
});

describe.each([
  [340, 10_000],
  [1_000, 10_000],
  [340, 25_000],
  [1_000, 25_000],
])("of a thousand jobs %i that hang for %i ms", (hanging, timeoutMs) => {
  test("never make a tick run into the next, keep nobody waiting, and all get their turn", async () => {
    const crowd = new Crowd(1_000, hanging);
    crowd.timeoutMs = timeoutMs;
    const took = await crowd.run(8);
    expect(Math.max(...took)).toBeLessThanOrEqual(50_000);
    for (let well = hanging; well < 1_000; well++) {
      expect(crowd.minutesOf(well)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
      // From the second tick on those that hang are known.
      expect(Math.max(...(crowd.asked.get(well) ?? []).slice(1).map(([, lateMs]) => lateMs))).toBeLessThan(
        1_000,
      );
    }
    const turns = Array.from({ length: hanging }, (_, index) => crowd.minutesOf(index).length);
    expect(Math.min(...turns)).toBeGreaterThanOrEqual(timeoutMs === 10_000 ? 6 : 2);
    expect(Math.max(...turns) - Math.min(...turns)).toBeLessThanOrEqual(2);
    expect([...(await crowd.statuses())].filter(([text]) => text.startsWith("down"))).toEqual([
      [`down: timed out after ${timeoutMs / 1000} s`, hanging],
    ]);
  });
});

describe("with little Durable Object time left", () => {
  /** Five jobs, of which one has hung for twelve minutes, at so much of the plan's 13,000 GB-s. */
  const used = async (share: number): Promise<Crowd> => {
    const crowd = new Crowd(5, 1);
    await crowd.run(12);
    crowd.memory.pendingUsage.add({ ...NO_USAGE, durableObjectMs: (share * 13_000_000) / 0.128 });
    await crowd.run(1);
    return crowd;
  };

  test.each([
    [0.7, 1],
    [0.82, 5],
    [0.92, 15],
    [0.97, 30],
  ])("at %f of it a job that hangs for long is run every %i minutes", async (share, every) => {
    const crowd = await used(share);
    await crowd.run(60);
    const minutes = crowd.minutesOf(0).filter((minute) => minute >= 13);
    const due = Array.from({ length: 73 }, (_, minute) => minute).filter(
      (minute) => minute >= 13 && minute % every === 0,
    );
    expect(minutes).toEqual(due);
    expect(crowd.minutesOf(1)).toHaveLength(73);
  });

  test("it says so, stays down without an outcome in between, and its recovery is found at its next run", async () => {
    const why = "checked every 5 minutes while the plan's Durable Object time is nearly used up";
    const crowd = await used(0.82);
    const { jobs, down: failed } = await crowd.next();
    expect([jobs, failed]).toEqual([4, 0]);
    await crowd.run(2);
    const [state] = [...(await crowd.store.readTick(0)).states.values()];
    expect([state?.status, state?.reason, state?.failures]).toEqual([
      "down",
      `timed out after 10 s (${why})`,
      14,
    ]);
    crowd.hanging = 0;
    await crowd.run(5);
    const [recovered] = [...(await crowd.store.readTick(0)).states.values()];
    expect([recovered?.status, recovered?.sinceMs]).toEqual(["up", START + 20 * MINUTE_MS]);
    expect(crowd.minutesOf(0).slice(-2)).toEqual([15, 20]);
    // From then on it is checked every minute again.
    await crowd.run(2);
    expect(crowd.minutesOf(0).slice(-2)).toEqual([21, 22]);
  });

  test("a run that its owner asks for is made at once", async () => {
    const crowd = await used(0.82);
    const { runNow } = await import("../../src/scheduling/run-now.ts");
    const asked = runNow(crowd, `Jobs[0]`, "the owner");
    await vi.advanceTimersByTimeAsync(11_000);
    expect((await asked)?.status).toBe("down");
  });
});
