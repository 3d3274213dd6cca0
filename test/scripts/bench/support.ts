import type { Measurement } from "../../../scripts/bench/measure.ts";
import { SCENARIOS, type Scenario } from "../../../scripts/bench/scenarios.ts";
import type { Figures } from "../../../scripts/bench/summary.ts";

export function scenario(name: string): Scenario {
  const found = SCENARIOS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no scenario ${name}`);
  return found;
}

/** One run of Checker with 1,000 targets in which all is well. */
export function measurement(changes: Partial<Measurement> = {}): Measurement {
  return {
    system: "Checker",
    targets: 1_000,
    scenario: scenario("after 100 ms"),
    tookMs: 1_200,
    cpuMs: 700,
    memory: 200_000_000,
    heap: 20_000_000,
    stats: { requests: 1_000, peak: 120, peakOfShard: 6, firstAtMs: 5_000 },
    ledger: ledger(),
    ...changes,
  };
}

export function ledger(changes: Partial<NonNullable<Measurement["ledger"]>> = {}) {
  return {
    up: 1_000,
    down: 0,
    inconclusive: 0,
    queries: 10,
    rowsRead: 1_030,
    rowsWritten: 4,
    tickBytes: 500,
    sampleBytes: 3_000,
    mailAcceptedAtMs: null,
    ...changes,
  };
}

/** Of Checker with 1,000 targets, all well and every goal met. */
export function figures(changes: Partial<Figures> = {}): Figures {
  return {
    system: "Checker",
    targets: 1_000,
    scenario: scenario("after 100 ms"),
    runs: 5,
    tookMs: 1_200,
    cpuPerCheckMs: 0.7,
    memory: 200_000_000,
    heap: 20_000_000,
    peakOfShard: 6,
    stored: stored(),
    ...changes,
  };
}

export function stored(changes: Partial<NonNullable<Figures["stored"]>> = {}) {
  return {
    queries: 10,
    rowsRead: 1_030,
    rowsWritten: 4,
    tickBytes: 500,
    sampleBytes: 3_000,
    wrong: 0,
    mailMs: null,
    ...changes,
  };
}

export function floor(changes: Partial<Figures> = {}): Figures {
  return figures({
    system: "floor",
    tookMs: 1_000,
    cpuPerCheckMs: 0.5,
    heap: null,
    stored: null,
    ...changes,
  });
}
