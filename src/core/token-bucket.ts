import { DAY_MS, HOUR_MS } from "./time/frequency.ts";

/**
 * So many rows a day, given out evenly over the day; what is not used is saved up for a while. What costs more than is left
 * may still begin while anything is left, since its cost is known only afterwards: the next one waits the longer.
 */
export class TokenBucket {
  readonly #savedHours: number;
  #left: number | null = null;
  #atMs = 0;

  /** @param savedHours for so many hours it is saved up */
  constructor(savedHours: number) {
    this.#savedHours = savedHours;
  }

  /** From 0 (nothing, or less) to 1: how much of what can be saved up is left. */
  left(rowsADay: number, nowMs: number): number {
    const most = (rowsADay * this.#savedHours * HOUR_MS) / DAY_MS;
    const gained = (rowsADay * Math.max(0, nowMs - this.#atMs)) / DAY_MS;
    this.#left = Math.min(most, this.#left === null ? most : this.#left + gained);
    this.#atMs = nowMs;
    return Math.max(0, this.#left / most);
  }

  spend(rows: number): void {
    if (this.#left !== null) this.#left -= rows;
  }
}
