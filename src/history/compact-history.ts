import { DAY_MS, HOUR_MS, MINUTE_MS } from "../core/time/frequency.ts";
import {
  afterPeriod,
  afterDeletion,
  isOver,
  periodsDue,
  deletionsDue,
  type RetentionState,
  type RollupPeriod,
} from "./retention.ts";
import type { Series } from "./blocks.ts";
import type { HistoryCompactor } from "./ports.ts";
import { expectedRuns } from "./reader.ts";
import { packRollups, rollUpPacked, type Rollup } from "./rollup.ts";
import { packedAt } from "./sample.ts";
import type { Settings } from "../core/settings.ts";

/** Queries of one invocation. D1 allows 50 on the Free plan, and a tick with its mail needs up to 26, with heartbeats and a dead man's switch 31. */
export const MAX_QUERIES = 12;
/** Minutes of the hour that belong to the ticks: late ones are over by then. */
const QUIET_FROM_MINUTE = 6;
/** The minute of the hour in which jobs that are long gone are forgotten. */
const FORGET_AT_MINUTE = 30;
/** A job that is gone for so long is forgotten, ms. */
const GONE_FOR_MS = 7 * DAY_MS;
/** Positions of a day of minutes that are read at once: about a megabyte. */
const POSITIONS_AT_ONCE = 250;

/** What each step asks of the database. */
const QUERIES = { kept: 3, mend: 2, series: 1, samples: 1, write: 2, delete: 2, forget: 4 };

/**
 * Makes the sums of hours and days that are over, and deletes what is old. A bounded piece of the work: the next
 * minutes do the rest. Whatever happens in between, a piece is done whole or not at all, and twice is as good as once.
 */
export async function compactHistory(
  { keeper, settings }: { readonly keeper: HistoryCompactor; readonly settings: Settings },
  nowMs: number,
): Promise<void> {
  const minute = Math.floor((nowMs % HOUR_MS) / MINUTE_MS);
  if (minute < QUIET_FROM_MINUTE) return;
  const budget = new Budget(MAX_QUERIES);
  budget.take(QUERIES.kept);
  const { kept: all, damaged, lastCompletedSlots } = await keeper.readRetention(nowMs);
  for (const block of damaged) {
    if (!budget.take(QUERIES.mend)) return;
    await keeper.rebuildRetentionOf(block, nowMs);
  }
  if (minute === FORGET_AT_MINUTE) {
    if (!budget.take(QUERIES.forget)) return;
    await keeper.forgetJobs(nowMs, nowMs - GONE_FOR_MS, nowMs - settings.history.dailyDays * DAY_MS);
  }
  const newest = Math.max(...all.map(({ block }) => block));
  for (const one of all) {
    let kept: RetentionState = one;
    for (
      let [period] = periodsDue(kept, lastCompletedSlots);
      period !== undefined;
      [period] = periodsDue(kept, lastCompletedSlots)
    ) {
      if (!(await rollUpPeriod(keeper, period, lastCompletedSlots, budget))) return;
      kept = afterPeriod(kept, period);
    }
    const portion = (): ReturnType<typeof deletionsDue>[number] | undefined =>
      deletionsDue(kept, settings.history, nowMs)[0];
    for (let old = portion(); old !== undefined; old = portion()) {
      if (!budget.take(QUERIES.delete)) return;
      await keeper.deleteBatch(old);
      kept = afterDeletion(kept, old);
    }
    // The newest keeps its row: the next id is counted on from it.
    if (isOver(kept) && kept.block !== newest && budget.take(QUERIES.delete))
      await keeper.forgetBlock(kept.block);
  }
}

class Budget {
  #left: number;

  constructor(queries: number) {
    this.#left = queries;
  }

  /** Whether so many queries may still be asked; if so, they are counted as asked. */
  take(queries: number): boolean {
    if (this.#left < queries) return false;
    this.#left -= queries;
    return true;
  }
}

/** @returns false where the budget is too small, and nothing was done */
async function rollUpPeriod(
  keeper: HistoryCompactor,
  period: RollupPeriod,
  lastCompletedSlots: Awaited<ReturnType<HistoryCompactor["readRetention"]>>["lastCompletedSlots"],
  budget: Budget,
): Promise<boolean> {
  // At most as much as a lane can have: how many positions it has is not known yet.
  const isLarge = period.frequency === "MINUTE" && period.resolution === "daily";
  const portions = isLarge ? 1_000 / POSITIONS_AT_ONCE : 1;
  if (!budget.take(QUERIES.series + portions * QUERIES.samples + QUERIES.write)) return false;
  const series = await keeper.readBlock(period.block);
  const byPosition = new Map<number, Series>(series.map((one) => [one.position, one]));
  const positions = Math.max(0, ...series.map(({ position }) => position + 1));
  const atOnce = isLarge ? POSITIONS_AT_ONCE : positions;
  const rollups: Rollup[] = [];
  for (let first = 0; first < positions; first += atOnce) {
    const samples = await keeper.readSamples(period, first, atOnce);
    for (let position = first; position < Math.min(positions, first + atOnce); position++) {
      const one = byPosition.get(position);
      const words = samples.map((sample) => packedAt(sample, position - first));
      const owed =
        one === undefined ? 0 : expectedRuns(one, { lastCompletedSlots }, period.fromMs, period.toMs);
      rollups.push(rollUpPacked(words, owed));
    }
  }
  await keeper.writeRollup(period, packRollups(rollups));
  return true;
}
