import { readLedger, type Ledger } from "./ledger.ts";
import { measureInTurns, type Measurement } from "./measure.ts";
import { scenariosFor, type BenchOptions } from "./options.ts";
import { SHARD_SIZE } from "./scenarios.ts";
import { CHECKER, startChecker, startFloor, type System } from "./systems.ts";
import { startTargets, type Targets } from "./targets.ts";
import { MOST_TARGETS, startUptimeFlare } from "./uptimeflare.ts";

export interface BenchRun {
  /** The project. */
  readonly root: string;
  /** No further size is begun once it is aborted. */
  readonly signal: AbortSignal;
  /** A checkout of UptimeFlare; null to leave it out. */
  readonly uptimeFlare: string | null;
  readonly onProgress: (text: string) => void;
}

/** Everything that was begun, newest last, and is to be ended. */
export type Ends = (() => Promise<void>)[];

export async function endAll(ends: Ends): Promise<void> {
  for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end().catch(() => undefined);
}

/** Measures one size after the other. Whoever calls it ends what is left in `ends`. */
export async function runBench(
  options: BenchOptions,
  bench: BenchRun,
  ends: Ends,
): Promise<readonly Measurement[]> {
  const targets = await startTargets((end) => ends.push(end));
  const measured: Measurement[] = [];
  for (const count of options.targets) {
    bench.signal.throwIfAborted();
    measured.push(...(await runSize(count, options, bench, targets, ends)));
  }
  return measured;
}

async function runSize(
  count: number,
  { scenarios, runs }: BenchOptions,
  { root, uptimeFlare, onProgress }: BenchRun,
  targets: Targets,
  ends: Ends,
): Promise<readonly Measurement[]> {
  onProgress(`${count} targets: starting`);
  const mine: Ends = [];
  ends.push(() => endAll(mine));
  const given = { base: targets.base, refusable: targets.refusable, count };
  const onEnd = (end: () => Promise<void>): void => {
    mine.push(end);
  };
  const starts = [startFloor(root, given, onEnd), startChecker(root, given, onEnd)];
  if (uptimeFlare !== null && count <= MOST_TARGETS)
    starts.push(startUptimeFlare(uptimeFlare)(root, given, onEnd));
  const systems: readonly System[] = await Promise.all(starts);
  const some = scenariosFor(count, scenarios);
  const shards = Math.ceil(count / SHARD_SIZE);
  const measured = await measureInTurns(
    systems,
    targets,
    { count, shards, scenarios: some, runs },
    ({ name }) => onProgress(`${count} targets: ${name}`),
  );
  // Read while it runs: its folder goes with it. SQLite keeps readers and the writer apart.
  const database = systems.find((system) => system.database !== null)?.database ?? "";
  const ledger = readLedger(database);
  await endAll(mine);
  return measured.map(({ minuteMs, ...rest }) => ({
    ...rest,
    ledger: rest.system === CHECKER ? tickOf(ledger, minuteMs) : null,
  }));
}

function tickOf(ledger: ReadonlyMap<number, Ledger>, minuteMs: number): Ledger {
  const tick = ledger.get(minuteMs);
  if (tick === undefined) throw new Error(`Checker recorded no tick of ${new Date(minuteMs).toISOString()}`);
  return tick;
}
