import type { Measurement } from "./measure.ts";
import { failingTargets, type Scenario } from "./scenarios.ts";
import { median, medianOf } from "./statistics.ts";

/** Medians of all runs of one system with so many targets in one scenario; what is judged by its worst, the worst. */
export interface Figures {
  readonly system: string;
  readonly targets: number;
  readonly scenario: Scenario;
  readonly runs: number;
  readonly tookMs: number;
  readonly cpuPerCheckMs: number;
  /** Bytes. */
  readonly memory: number;
  /** The most of all runs, bytes; null for what is not Checker. */
  readonly heap: number | null;
  /** Connections of any one shard at once, the most of all runs. */
  readonly peakOfShard: number;
  /** What only a database tells; null for what is not Checker. */
  readonly stored: StoredFigures | null;
}

/** Of one tick. */
export interface StoredFigures {
  readonly queries: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  readonly tickBytes: number;
  readonly sampleBytes: number;
  /** Checks that ended otherwise than their targets are, in the worst run. */
  readonly wrong: number;
  /** From the first answer to the first mail that was accepted, ms; null where none was owed or none came. */
  readonly mailMs: number | null;
}

/** In the order in which they were measured first. */
export function summarize(measured: readonly Measurement[]): readonly Figures[] {
  const groups = Map.groupBy(measured, ({ system, targets, scenario }) =>
    JSON.stringify([system, targets, scenario.name]),
  );
  return [...groups.values()].flatMap((runs) => {
    const [first] = runs;
    if (first === undefined) return [];
    const { system, targets, scenario } = first;
    return {
      system,
      targets,
      scenario,
      runs: runs.length,
      tookMs: median(runs.map(({ tookMs }) => tookMs)),
      cpuPerCheckMs: median(runs.map(({ cpuMs }) => cpuMs / targets)),
      memory: median(runs.map(({ memory }) => memory)),
      heap: largest(runs.map(({ heap }) => heap)),
      peakOfShard: Math.max(...runs.map(({ stats }) => stats.peakOfShard)),
      stored: storedOf(runs),
    };
  });
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

function storedOf(runs: readonly Measurement[]): StoredFigures | null {
  const known = runs.flatMap(({ ledger, ...rest }) => (ledger === null ? [] : { ...rest, ...ledger }));
  if (known.length === 0) return null;
  return {
    queries: median(known.map(({ queries }) => queries)),
    rowsRead: median(known.map(({ rowsRead }) => rowsRead)),
    rowsWritten: median(known.map(({ rowsWritten }) => rowsWritten)),
    tickBytes: median(known.map(({ tickBytes }) => tickBytes)),
    sampleBytes: median(known.map(({ sampleBytes }) => sampleBytes)),
    wrong: Math.max(
      ...known.map(({ scenario, targets, up, down, inconclusive }) => {
        const failing = failingTargets(scenario, targets);
        // Whoever is missing altogether is wrong, too.
        const excess = Math.abs(down - failing) + inconclusive;
        return Math.max(excess, Math.abs(up - (targets - failing)));
      }),
    ),
    mailMs: medianOf(
      known.map(({ scenario, mailAcceptedAtMs, stats }) =>
        scenario.allFail && mailAcceptedAtMs !== null ? mailAcceptedAtMs - stats.firstAtMs : null,
      ),
    ),
  };
}

/** The same with the same targets, of another system. */
export function counterpart(all: readonly Figures[], one: Figures, system: string): Figures | undefined {
  return all.find(
    (other) =>
      other.system === system && other.targets === one.targets && other.scenario.name === one.scenario.name,
  );
}

/** Stored for one check. What is stored once a tick is shared by its checks, or by `least` where they are fewer. */
export function bytesPerCheck({ targets, stored }: Figures, least = 1): number | null {
  if (stored === null) return null;
  return stored.sampleBytes / targets + stored.tickBytes / Math.max(targets, least);
}

export function perThousand(value: number, targets: number): number {
  return (value * 1_000) / targets;
}
