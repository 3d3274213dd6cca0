import { SingleFlight } from "../core/single-flight.ts";

/** How long strangers are shown the same page, ms. It says itself how old its data are. */
const FRESH_MS = 10_000;
/** Pages that are kept, and characters of all of them: a stranger chooses which he asks for. */
const MAX_PAGES = 50;
const MAX_LENGTH = 8_000_000;
/** While one request makes it anew the others are shown the last one, if it is no older than this, ms. */
const SPARE_MS = 30_000;

/**
 * Pages for strangers, so that a crowd costs no more than one of them, those included who ask while it is made.
 */
export class ResponseCache<Page extends { readonly status: number }> {
  readonly #lengthOf: (page: Page) => number;
  readonly #pages = new Map<string, { readonly page: Page; readonly atMs: number }>();
  readonly #making = new SingleFlight<Page>();
  #length = 0;

  /** @param lengthOf characters of a page */
  constructor(lengthOf: (page: Page) => number) {
    this.#lengthOf = lengthOf;
  }

  async get(key: string, nowMs: () => number, make: () => Promise<Page>): Promise<Page> {
    const startMs = nowMs();
    const kept = this.#pages.get(key);
    const ageMs = kept === undefined ? Infinity : startMs - kept.atMs;
    if (kept !== undefined && ageMs >= 0 && ageMs < this.#limitMs(key, startMs)) return kept.page;
    return this.#making.get(key, nowMs, async () => {
      const page = await make();
      // What went wrong is asked anew.
      if (page.status === 200) this.#keep(key, page, nowMs());
      return page;
    });
  }

  #keep(key: string, page: Page, atMs: number): void {
    // Behind all others, so that the first is the one that was made before all others.
    this.#forget(key);
    this.#pages.set(key, { page, atMs });
    this.#length += this.#lengthOf(page);
    for (const oldest of this.#pages.keys()) {
      if (this.#pages.size <= MAX_PAGES && this.#length <= MAX_LENGTH) return;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    const kept = this.#pages.get(key);
    if (kept !== undefined) this.#length -= this.#lengthOf(kept.page);
    this.#pages.delete(key);
  }

  #limitMs(key: string, atMs: number): number {
    return this.#making.isRunning(key, atMs) ? SPARE_MS : FRESH_MS;
  }
}
