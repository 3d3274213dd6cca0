/** Histories that the model found, shrunk. Each broke what must hold, before it was mended. */
import { afterEach, expect, test, vi } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { hostileD1Store } from "../support/model/d1.ts";
import type { Happening } from "../support/model/happenings.ts";
import { live } from "../support/model/history.ts";
import type { JobPlan, Plan } from "../support/model/parts.ts";
import { hostileStore, type World } from "../support/model/ports.ts";
import { ModelWorld } from "../support/model/world.ts";
import type { Store } from "../../src/storage/store.ts";

const JOB: JobPlan = {
  frequency: "MINUTE",
  every: "EVERYTIME",
  minimum: 1,
  outcomes: "D",
  waitsFor: "nothing",
  writes: false,
  tells: "by default",
};

function planOf(changes: Partial<Plan> = {}): Plan {
  return {
    startMs: Date.parse("2026-11-23T11:57:50Z"),
    jobs: [JOB],
    recipients: 1,
    maxMailsPerHour: 30,
    flapping: { changes: 0, runs: 20 },
    references: 0,
    sharding: null,
    gapAlertMinutes: 1_000_000,
    ...changes,
  };
}

const EVENT: Happening = { what: "a cron event comes", minutesLate: 0, runtime: 0 };
const GOES_ON: Happening = { what: "all goes on", order: 0 };

function passes(seconds: number): Happening {
  return { what: "time passes", seconds };
}

function answered(which: number, how: "well" | "fails"): Happening {
  return { what: "a call is answered", which, how };
}

afterEach(() => {
  vi.unstubAllGlobals();
});

const inMemory = (world: World): Store => hostileStore(world, new MemoryStore());

async function wrongIn(
  plan: Plan,
  happenings: readonly Happening[],
  create = inMemory,
): Promise<readonly string[]> {
  const world = new ModelWorld(plan, create);
  vi.stubGlobal("setTimeout", world.time.setTimeout);
  vi.stubGlobal("clearTimeout", world.time.clearTimeout);
  await live(world, happenings);
  return world.violations;
}

test("a tick that can claim its slots only after its jobs ran does not take slots whose jobs did not run", async () => {
  const plan = planOf({ jobs: [JOB, { ...JOB, frequency: "HOUR" }] });
  expect(await wrongIn(plan, [EVENT, answered(0, "fails"), GOES_ON])).toEqual([]);
});

test("what a slow mail without the database decided is not put over what was committed meanwhile", async () => {
  const happenings = [
    EVENT,
    answered(0, "well"),
    answered(0, "fails"),
    // The first tick waits for its mail, while the second claims, reads and commits.
    passes(15),
    EVENT,
    answered(1, "well"),
    answered(1, "well"),
    answered(1, "well"),
    GOES_ON,
    { what: "minutes go by", count: 1, order: 0 },
  ] as const;
  expect(await wrongIn(planOf(), happenings)).toEqual([]);
});

test("messages that are tried one by one are tried no longer than they are leased", async () => {
  const happenings = [
    {
      what: "the weather changes",
      weather: { mail: { how: "never answers", nth: 1 }, digest: { how: "refused for good", nth: 1 } },
    },
    { what: "minutes go by", count: 14, order: 0 },
  ] as const;
  expect(await wrongIn(planOf(), happenings)).toEqual([]);
});

test("an event that comes more than a day late takes no sound claim for damaged", async () => {
  const happenings = [
    { what: "minutes go by", count: 1, order: 0 },
    { what: "a cron event comes", minutesLate: 1_500, runtime: 0 },
    GOES_ON,
  ] as const;
  expect(await wrongIn(planOf(), happenings, hostileD1Store)).toEqual([]);
});

test("an inconclusive run counts also in a copy that has never seen the database", async () => {
  const plan = planOf({ jobs: [{ ...JOB, outcomes: "I" }] });
  const run = [EVENT, GOES_ON];
  const happenings = [
    { what: "the weather changes", weather: { store: { how: "fails", nth: 1 } } },
    ...run,
    passes(300),
    ...run,
    passes(300),
    ...run,
  ] as const;
  expect(await wrongIn(plan, happenings)).toEqual([]);
});
