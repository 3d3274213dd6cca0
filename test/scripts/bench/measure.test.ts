import { expect, test } from "vitest";
import { measureInTurns } from "../../../scripts/bench/measure.ts";
import type { System } from "../../../scripts/bench/systems.ts";
import type { Targets } from "../../../scripts/bench/targets.ts";
import { scenario } from "./support.ts";

/** Everything that is asked for, in order, without a runtime. */
function recorder() {
  const log: string[] = [];
  const minutes: number[] = [];
  let behaviour = "";
  const targets: Targets = {
    base: "",
    refusable: "",
    set: ({ name }) => {
      behaviour = name;
      return Promise.resolve();
    },
    stats: () => Promise.resolve({ requests: 1, peak: 1, peakOfShard: 1, firstAtMs: 1 }),
  };
  const system = (name: string): System => ({
    name,
    takesPart: (one) => name !== "UptimeFlare" || one.name === "at once",
    run: (minuteMs) => {
      log.push(`${name} ${behaviour}`);
      minutes.push(minuteMs);
      return Promise.resolve();
    },
    heapDuring: async (work) => {
      await work();
      return log.length;
    },
    use: () => ({ cpuMs: log.length * 10, memory: 1 }),
    database: null,
  });
  return { log, minutes, targets, system };
}

test("the floor and Checker take turns, after a run that is not counted", async () => {
  const { log, targets, system } = recorder();
  const plan = { count: 50, shards: 1, scenarios: [scenario("at once")], runs: 2 };
  const all = [system("floor"), system("Checker"), system("UptimeFlare")];
  const measured = await measureInTurns(all, targets, plan, () => undefined);
  expect(log).toEqual([
    "floor well",
    "Checker well",
    "UptimeFlare well",
    "floor at once",
    "Checker at once",
    "Checker at once",
    "floor at once",
    "Checker at once",
    "Checker at once",
    "UptimeFlare at once",
    "UptimeFlare at once",
  ]);
  expect(measured.map((one) => one.system)).toEqual([
    "floor",
    "Checker",
    "floor",
    "Checker",
    "UptimeFlare",
    "UptimeFlare",
  ]);
  // Checker's memory is that of the run after, which is measured for nothing else.
  expect(measured.map(({ heap }) => heap)).toEqual([null, 6, null, 9, null, null]);
  expect(measured.map(({ cpuMs }) => cpuMs)).toEqual([10, 10, 10, 10, 10, 10]);
});

test("all are well before each run in which all fail, and before the next scenario", async () => {
  const { log, targets, system } = recorder();
  const scenarios = [scenario("1 % hanging"), scenario("all failing")];
  await measureInTurns(
    [system("Checker")],
    targets,
    { count: 50, shards: 1, scenarios, runs: 2 },
    () => undefined,
  );
  expect(log).toEqual([
    "Checker well",
    "Checker 1 % hanging",
    "Checker 1 % hanging",
    "Checker 1 % hanging",
    "Checker 1 % hanging",
    "Checker well",
    "Checker all failing",
    "Checker well",
    "Checker all failing",
    "Checker well",
    "Checker well",
  ]);
});

test("each run has a minute of its own, none of which is over", async () => {
  const { minutes, targets, system } = recorder();
  const beforeMs = Date.now();
  const plan = { count: 50, shards: 1, scenarios: [scenario("at once")], runs: 3 };
  await measureInTurns([system("floor"), system("Checker")], targets, plan, () => undefined);
  expect(minutes.map((minuteMs, index) => minuteMs - (minutes[0] ?? 0) - index * 60_000)).toEqual(
    minutes.map(() => 0),
  );
  expect(minutes[0]).toBeGreaterThan(beforeMs);
});
