/**
 * The tick as a state machine: any sequence of cron events, answers, deaths, weather and pauses, against a
 * simple reference. See support/model-happenings.ts for what can happen, and support/model-witness.ts and
 * model-mail.ts for what must hold whatever does.
 *
 * A failure tells the seed, the shrunk history and all that happened in it. To see it again:
 * `CHECKER_MODEL_SEED=… npx vitest run test/model/tick.test.ts`; CHECKER_MODEL_RUNS says how many histories.
 */
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { Counts } from "../support/model/counts.ts";
import { hostileD1Store } from "../support/model/d1.ts";
import { HAPPENINGS, PLAN, TROUBLES } from "../support/model/happenings.ts";
import { live } from "../support/model/history.ts";
import { hostileStore, type World } from "../support/model/ports.ts";
import type { Port } from "../support/model/parts.ts";
import { ModelWorld } from "../support/model/world.ts";
import type { Store } from "../../src/storage/store.ts";

const seed = Number(process.env["CHECKER_MODEL_SEED"] ?? Date.now() % 2 ** 31);
const runs = Number(process.env["CHECKER_MODEL_RUNS"] ?? 5_000);

const rejections: unknown[] = [];
const onRejection = (reason: unknown): void => {
  rejections.push(reason);
};

beforeAll(() => {
  process.on("unhandledRejection", onRejection);
});

afterAll(() => {
  process.off("unhandledRejection", onRejection);
});

afterEach(() => {
  vi.unstubAllGlobals();
});

/** So many runs meet everything. */
const ENOUGH = 5_000;
/** What must have been met again and again, or the model proves nothing. */
const MET = [
  "conflicts",
  "deaths",
  "ticks that were overtaken",
  "slots caught up",
  "gaps",
  "mails without the database",
  "commits of what was decided without the database",
  "messages mailed again",
  "messages set aside",
  "messages held",
  "leases beside a recipient who refuses",
  "mails beyond the number of an hour",
  ...["failure", "recovery", "inconclusive", "flapping", "gap", "fault"].map((told) => `notices of ${told}`),
  ...["failure", "recovery"].map((told) => `notices of ${told}, of the connection`),
  "notices told for a job that could not be asked",
  "runs that were lost with their shard",
  ...(["store", "mail"] satisfies Port[]).flatMap((port) => TROUBLES.map((how) => `${port}: ${how}`)),
  ...["fails", "done, but fails", "never answers"].map((how) => `shard: ${how}`),
  ...["fails", "done, but fails", "refused for good"].map((how) => `digest: ${how}`),
];

const STORES: readonly { readonly name: string; readonly runs: number; create: (world: World) => Store }[] = [
  { name: "memory", runs, create: (world) => hostileStore(world, new MemoryStore()) },
  // Slower, and so fewer: the same on the statements of production.
  { name: "D1", runs: Math.ceil(runs / 20), create: hostileD1Store },
];

test.each(STORES)(
  "whatever happens, decisions are the original's, and nothing decided is lost or counted twice ($name)",
  { timeout: 600_000 },
  async ({ name, runs, create }) => {
    console.log(`model on ${name}: ${runs} runs, CHECKER_MODEL_SEED=${seed}`);
    const counts = new Counts();
    await fc.assert(
      fc.asyncProperty(PLAN, HAPPENINGS, async (plan, happenings) => {
        const world = new ModelWorld(plan, create);
        vi.stubGlobal("setTimeout", world.time.setTimeout);
        vi.stubGlobal("clearTimeout", world.time.clearTimeout);
        await live(world, happenings);
        counts.addAll(world.counts);
        const unhandled = rejections.splice(0).map((reason) => `nobody handles ${String(reason)}`);
        const wrong = [...world.violations, ...unhandled];
        if (wrong.length > 0)
          throw new Error([...wrong, "", "What happened:", ...world.calls.story].join("\n"));
      }),
      { seed, numRuns: runs },
    );
    console.log(`model on ${name}: ${String(counts)}`);
    const notMet = runs < ENOUGH ? [] : MET.filter((what) => counts.of(what) < 10);
    expect(notMet).toEqual([]);
  },
);
