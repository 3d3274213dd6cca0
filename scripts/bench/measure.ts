import type { Ledger } from "./ledger.ts";
import { failingTargets, type Scenario } from "./scenarios.ts";
import { CHECKER, FLOOR, type System } from "./systems.ts";
import type { TargetStats } from "./target-process.ts";
import type { Targets } from "./targets.ts";

/** One run of one system. */
export interface Measurement {
  readonly system: string;
  readonly targets: number;
  readonly scenario: Scenario;
  readonly tookMs: number;
  readonly cpuMs: number;
  /** Bytes. */
  readonly memory: number;
  /** In use by the isolate at most, in a run after this one, bytes; null for what is not Checker. */
  readonly heap: number | null;
  readonly stats: TargetStats;
  /** What its database says; null for what is not Checker. */
  readonly ledger: Ledger | null;
}

/** A measurement of which the database was not yet read. */
export type OpenMeasurement = Omit<Measurement, "ledger"> & { readonly minuteMs: number };

export interface Plan {
  readonly count: number;
  readonly shards: number;
  readonly scenarios: readonly Scenario[];
  readonly runs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/**
 * Into the next hour: the chores of an hour, such as summing up, are done from its sixth minute on. Minutes that
 * are over by the clock would not be run.
 */
const FIRST_MINUTE = 10;
const WELL: Scenario = { name: "well", delayMs: 0, refusedEvery: 0, hangingEvery: 0, allFail: false };

/** Lets the floor and Checker take turns in each scenario. Each call of `onScenario` tells what comes now. */
export async function measureInTurns(
  systems: readonly System[],
  targets: Targets,
  { count, shards, scenarios, runs }: Plan,
  onScenario: (scenario: Scenario) => void,
): Promise<readonly OpenMeasurement[]> {
  const measured: OpenMeasurement[] = [];
  let minuteMs = Math.ceil(Date.now() / HOUR_MS) * HOUR_MS + FIRST_MINUTE * MINUTE_MS;
  const run = async (system: System, scenario: Scenario): Promise<OpenMeasurement> => {
    await targets.set(scenario, shards);
    minuteMs += MINUTE_MS;
    const before = system.use();
    const startedMs = performance.now();
    await system.run(minuteMs);
    const tookMs = performance.now() - startedMs;
    const { cpuMs, memory } = system.use();
    const stats = await targets.stats();
    return {
      system: system.name,
      targets: count,
      scenario,
      tookMs,
      cpuMs: cpuMs - before.cpuMs,
      memory,
      heap: null,
      stats,
      minuteMs,
    };
  };
  const measure = async (system: System, scenario: Scenario): Promise<void> => {
    const one = await run(system, scenario);
    // What Checker used after its commit is in memory until the next tick, and gone when that takes long to come.
    const again = async (): Promise<void> => void (await run(system, scenario.allFail ? WELL : scenario));
    measured.push({ ...one, heap: system.name === CHECKER ? await system.heapDuring(again) : null });
  };

  const own = systems.filter(({ name }) => name === FLOOR || name === CHECKER);
  const others = systems.filter((system) => !own.includes(system));
  for (const system of systems) await run(system, WELL);
  for (const scenario of scenarios) {
    onScenario(scenario);
    for (let turn = 0; turn < runs; turn++) {
      for (const system of own) await measure(system, scenario);
    }
    // Apart, so that nobody has to start anew because another took long.
    for (const system of others.filter((one) => one.takesPart(scenario))) {
      for (let turn = 0; turn < runs; turn++) await measure(system, scenario);
    }
    // The next scenario begins with all well.
    if (failingTargets(scenario, count) > 0) for (const system of own) await run(system, WELL);
  }
  return measured;
}
