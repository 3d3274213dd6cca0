import { JobSpawner } from "../job-sdk/job-spawner.ts";

/**
 * Spawners of the newest tick, by the name of their file, for all shards that one copy of the Worker runs: with a list
 * of ten thousand entries in each of two hundred shards, its memory would be used up. Only those are shared that
 * make single jobs at once: whatever waits for something, waits for it in its own invocation.
 */
export class TickSpawnerCache {
  #nowMs = -Infinity;
  #spawners = new Map<string, JobSpawner>();

  /** What was made for the tick of this scheduled time, Unix ms. */
  of(nowMs: number): SpawnerCache {
    // Not cleared: a tick before it may still use them.
    if (nowMs > this.#nowMs) this.#spawners = new Map();
    else if (nowMs < this.#nowMs) return new SpawnerCache(new Map());
    this.#nowMs = nowMs;
    return new SpawnerCache(this.#spawners);
  }
}

export class SpawnerCache {
  readonly #spawners: Map<string, JobSpawner>;

  constructor(spawners: Map<string, JobSpawner>) {
    this.#spawners = spawners;
  }

  /** The one that was made before for that file, or what `make` makes. */
  take<Made>(name: string, make: () => Made): Made | JobSpawner {
    const before = this.#spawners.get(name);
    if (before !== undefined) return before;
    const made = make();
    if (made instanceof JobSpawner && made.getSubJob !== JobSpawner.prototype.getSubJob)
      this.#spawners.set(name, made);
    return made;
  }
}
