import { sleep } from "./time/sleep.ts";
/** How often a waiting request looks whether the work is done, ms. */
const LOOK_EVERY_MS = 20;
/** Whoever does the work may have been cancelled: after this it is begun again, ms. */
const GIVE_UP_MS = 10_000;

interface Work<T> {
  readonly sinceMs: number;
  outcome: { readonly value: T } | { readonly error: unknown } | null;
}

/**
 * One computation serves everybody who asks for the same meanwhile, with its result or its error.
 *
 * Waiting requests look again and again instead of awaiting the promise of another request: on Workers that request can be
 * cancelled, and its promise then never settles.
 */
export class SingleFlight<T> {
  readonly #running = new Map<string, Work<T>>();

  /** Whoever does it may have been cancelled, and counts for a while only. */
  isRunning(key: string, atMs: number): boolean {
    const work = this.#running.get(key);
    return work !== undefined && atMs - work.sinceMs < GIVE_UP_MS;
  }

  async get(key: string, nowMs: () => number, make: () => Promise<T>): Promise<T> {
    for (;;) {
      const other = this.#running.get(key);
      if (other === undefined || !this.isRunning(key, nowMs())) return this.#do(key, nowMs(), make);
      for (let waitedMs = 0; other.outcome === null && waitedMs < GIVE_UP_MS; waitedMs += LOOK_EVERY_MS) {
        await sleep(LOOK_EVERY_MS);
      }
      if (other.outcome !== null && "value" in other.outcome) return other.outcome.value;
      if (other.outcome !== null) throw other.outcome.error;
      // Of those who gave up, the first begins and the others wait for it.
      if (this.#running.get(key) === other) this.#running.delete(key);
    }
  }

  async #do(key: string, sinceMs: number, make: () => Promise<T>): Promise<T> {
    const own: Work<T> = { sinceMs, outcome: null };
    this.#running.set(key, own);
    try {
      const value = await make();
      own.outcome = { value };
      return value;
    } catch (error) {
      own.outcome = { error };
      throw error;
    } finally {
      if (this.#running.get(key) === own) this.#running.delete(key);
    }
  }
}
