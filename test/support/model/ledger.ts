/** Every slot from the first to the last ran in exactly one tick, or lies in exactly one gap. */
import type { JobFrequency, Slot } from "../../../src/core/time/frequency.ts";
import type { Counts } from "./counts.ts";
import type { TickCommit } from "../../../src/scheduling/ports.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** From the sources of run-tick: a claim is its taker's for so long, ms. */
const CLAIM_LEASE_MS = 5 * MINUTE_MS;

/** Time between two slots, and the first of them after the epoch, ms. */
export const SLOTS: Readonly<Record<JobFrequency, { readonly everyMs: number; readonly firstMs: number }>> = {
  MINUTE: { everyMs: MINUTE_MS, firstMs: 0 },
  HOUR: { everyMs: HOUR_MS, firstMs: 0 },
  DAY: { everyMs: DAY_MS, firstMs: 0 },
  DAY_NOON: { everyMs: DAY_MS, firstMs: DAY_MS / 2 },
};

export function slotOf(frequency: JobFrequency, atMs: number): number {
  const { everyMs, firstMs } = SLOTS[frequency];
  return atMs - ((atMs - firstMs) % everyMs);
}

export class Ledger {
  readonly violations: string[] = [];
  readonly #counts: Counts;
  readonly #claims = new Map<JobFrequency, { readonly slotMs: number; readonly atMs: number }>();
  /** Start of the first slot that is not accounted for yet, Unix ms. */
  readonly #next = new Map<JobFrequency, number>();

  constructor(counts: Counts) {
    this.#counts = counts;
  }

  /** A slot is taken once, unless its taker did not commit within five minutes. */
  claimed(slots: readonly Slot[], nowMs: number): void {
    for (const { frequency, atMs } of slots) {
      const last = this.#claims.get(frequency);
      const isFree = last === undefined || last.slotMs < atMs || nowMs - last.atMs >= CLAIM_LEASE_MS;
      if (!isFree) this.violations.push(`${frequency} of ${new Date(atMs).toISOString()} was taken twice`);
      this.#claims.set(frequency, { slotMs: atMs, atMs: nowMs });
    }
  }

  committed({ completedSlots, gaps, tick }: TickCommit): void {
    // The model has no owner who asks for runs.
    if (tick === null) throw new Error("a commit without a tick");
    const wrong = (text: string): void => {
      this.violations.push(`tick of ${new Date(tick.scheduledAtMs).toISOString()}: ${text}`);
    };
    for (const { frequency, atMs } of completedSlots) {
      if (atMs !== slotOf(frequency, tick.scheduledAtMs)) wrong(`${atMs} is not its slot of ${frequency}`);
      const { everyMs } = SLOTS[frequency];
      const nextMs = this.#next.get(frequency) ?? atMs;
      if (atMs < nextMs) wrong(`its slot of ${frequency} was done before`);
      const missed = Math.max(0, (atMs - nextMs) / everyMs);
      const expected = missed > 0 ? [{ frequency, fromMs: nextMs, toMs: atMs - everyMs, slots: missed }] : [];
      const recorded = gaps.filter((gap) => gap.frequency === frequency);
      if (JSON.stringify(recorded) !== JSON.stringify(expected)) {
        wrong(`gaps are ${JSON.stringify(recorded)}, and ${JSON.stringify(expected)} were missed`);
      }
      this.#next.set(frequency, atMs + everyMs);
    }
    const frequencies = completedSlots.map(({ frequency }) => frequency);
    if (gaps.some(({ frequency }) => !frequencies.includes(frequency)))
      wrong("it has a gap of another's slot");
    if (tick.frequencies.join() !== frequencies.join()) wrong("it bears frequencies that are not done");
    const late = completedSlots.filter(({ atMs }) => atMs < slotOf("MINUTE", tick.scheduledAtMs));
    if (tick.caughtUp.join() !== late.map(({ frequency }) => frequency).join()) {
      wrong(`it caught up ${late.length} slots and says ${tick.caughtUp.length}`);
    }
    this.#counts.add("slots caught up", late.length);
    this.#counts.add("gaps", gaps.length);
  }
}
