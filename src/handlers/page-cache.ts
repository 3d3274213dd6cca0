import type { RenderedPage } from "./render-page.tsx";

/** How long strangers are shown the same page, ms. It says itself how old its data are. */
const FRESH_MS = 10_000;
/** Pages that are kept: a stranger chooses which he asks for. */
const MAX_PAGES = 50;
/** While one request makes it anew the others are shown the last one, if it is no older than this, ms. */
const SPARE_MS = 30_000;

/**
 * Pages for strangers, so that a crowd costs the database no more than one of them. Kept as text: what belongs to one
 * request may not be waited for by another.
 */
export class PageCache {
  readonly #pages = new Map<string, { readonly page: RenderedPage; readonly atMs: number }>();
  readonly #makingSinceMs = new Map<string, number>();

  async get(key: string, nowMs: () => number, make: () => Promise<RenderedPage>): Promise<RenderedPage> {
    const startMs = nowMs();
    const kept = this.#pages.get(key);
    const ageMs = kept === undefined ? Infinity : startMs - kept.atMs;
    if (kept !== undefined && ageMs >= 0 && ageMs < this.#limitMs(key, startMs)) return kept.page;
    this.#makingSinceMs.set(key, startMs);
    try {
      const page = await make();
      // What went wrong is asked anew.
      if (page.status === 200) this.#keep(key, page, nowMs());
      return page;
    } finally {
      this.#makingSinceMs.delete(key);
    }
  }

  #keep(key: string, page: RenderedPage, atMs: number): void {
    // Behind all others, so that the first is the one that was made before all others.
    this.#pages.delete(key);
    this.#pages.set(key, { page, atMs });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > MAX_PAGES && oldest !== undefined) this.#pages.delete(oldest);
  }

  /** Whoever makes it may have died: he counts for a while only. */
  #limitMs(key: string, atMs: number): number {
    const sinceMs = this.#makingSinceMs.get(key);
    return sinceMs !== undefined && atMs - sinceMs < FRESH_MS ? SPARE_MS : FRESH_MS;
  }
}
