import { DAY_MS, HOUR_MS, MINUTE_MS } from "../domain/frequency.ts";
import {
  afterPeriod,
  afterPortion,
  isOver,
  periodsDue,
  portionsDue,
  type Kept,
  type Period,
} from "../domain/history/kept.ts";
import type { Series } from "../domain/history/lanes.ts";
import type { HistoryKeeper } from "../domain/history/ports.ts";
import { owedBy } from "../domain/history/reader.ts";
import { packRollups, rollUpWords, type Rollup } from "../domain/history/rollup.ts";
import { wordAt } from "../domain/history/sample.ts";
import type { Settings } from "../domain/settings.ts";

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
export async function rollUp(
  { keeper, settings }: { readonly keeper: HistoryKeeper; readonly settings: Settings },
  nowMs: number,
): Promise<void> {
  const minute = Math.floor((nowMs % HOUR_MS) / MINUTE_MS);
  if (minute < QUIET_FROM_MINUTE) return;
  const budget = new Budget(MAX_QUERIES);
  budget.take(QUERIES.kept);
  const { kept: all, damaged, doneSlots } = await keeper.readKept(nowMs);
  for (const lane of damaged) {
    if (!budget.take(QUERIES.mend)) return;
    await keeper.mendKept(lane, nowMs);
  }
  if (minute === FORGET_AT_MINUTE) {
    if (!budget.take(QUERIES.forget)) return;
    await keeper.forgetJobs(nowMs, nowMs - GONE_FOR_MS, nowMs - settings.history.dailyDays * DAY_MS);
  }
  const newest = Math.max(...all.map(({ lane }) => lane));
  for (const one of all) {
    let kept: Kept = one;
    for (
      let [period] = periodsDue(kept, doneSlots);
      period !== undefined;
      [period] = periodsDue(kept, doneSlots)
    ) {
      if (!(await rollUpPeriod(keeper, period, doneSlots, budget))) return;
      kept = afterPeriod(kept, period);
    }
    const portion = (): ReturnType<typeof portionsDue>[number] | undefined =>
      portionsDue(kept, settings.history, nowMs)[0];
    for (let old = portion(); old !== undefined; old = portion()) {
      if (!budget.take(QUERIES.delete)) return;
      await keeper.deletePortion(old);
      kept = afterPortion(kept, old);
    }
    // The newest keeps its row: the next id is counted on from it.
    if (isOver(kept) && kept.lane !== newest && budget.take(QUERIES.delete))
      await keeper.forgetLane(kept.lane);
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
  keeper: HistoryKeeper,
  period: Period,
  doneSlots: Awaited<ReturnType<HistoryKeeper["readKept"]>>["doneSlots"],
  budget: Budget,
): Promise<boolean> {
  // At most as much as a lane can have: how many positions it has is not known yet.
  const isLarge = period.frequency === "MINUTE" && period.resolution === "daily";
  const portions = isLarge ? 1_000 / POSITIONS_AT_ONCE : 1;
  if (!budget.take(QUERIES.series + portions * QUERIES.samples + QUERIES.write)) return false;
  const series = await keeper.readLane(period.lane);
  const byPosition = new Map<number, Series>(series.map((one) => [one.position, one]));
  const positions = Math.max(0, ...series.map(({ position }) => position + 1));
  const atOnce = isLarge ? POSITIONS_AT_ONCE : positions;
  const rollups: Rollup[] = [];
  for (let first = 0; first < positions; first += atOnce) {
    const samples = await keeper.readSamples(period, first, atOnce);
    for (let position = first; position < Math.min(positions, first + atOnce); position++) {
      const one = byPosition.get(position);
      const words = samples.map((sample) => wordAt(sample, position - first));
      const owed = one === undefined ? 0 : owedBy(one, { doneSlots }, period.fromMs, period.toMs);
      rollups.push(rollUpWords(words, owed));
    }
  }
  await keeper.writeRollup(period, packRollups(rollups));
  return true;
}
