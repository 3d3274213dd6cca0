/** Time that passes only when the model says so, and the timers that wait for it. */
import { AsyncLocalStorage } from "node:async_hooks";

interface Timer<Owner> {
  readonly atMs: number;
  readonly owner: Owner | undefined;
  readonly fire: () => void;
}

/** Whoever can die: its timers then never fire, as everything else of it never goes on. */
export interface Mortal {
  readonly dead: boolean;
}

export class ModelTime<Owner extends Mortal> {
  nowMs: number;
  readonly #owner = new AsyncLocalStorage<Owner>();
  readonly #timers = new Map<number, Timer<Owner>>();
  #nextId = 1;

  constructor(nowMs: number) {
    this.nowMs = nowMs;
  }

  /** Who runs at this moment; undefined for the world itself. */
  get owner(): Owner | undefined {
    return this.#owner.getStore();
  }

  /** Begins `work` as a part of `owner`, with all that follows from it. */
  begin(owner: Owner, work: () => void): void {
    this.#owner.run(owner, work);
  }

  /** In the place of the real one. */
  readonly setTimeout = (fire: () => void, ms = 0): number => {
    const id = this.#nextId++;
    this.#timers.set(id, { atMs: this.nowMs + Math.max(0, ms), owner: this.owner, fire });
    return id;
  };

  readonly clearTimeout = (id: unknown): void => {
    if (typeof id === "number") this.#timers.delete(id);
  };

  /** A timer of the world itself: nobody's death keeps it from firing. */
  atLast(ms: number, fire: () => void): number {
    const id = this.#nextId++;
    this.#timers.set(id, { atMs: this.nowMs + ms, owner: undefined, fire });
    return id;
  }

  /** When the next timer of somebody alive fires, Unix ms; null without any. */
  get nextMs(): number | null {
    const next = this.#next();
    return next === null ? null : next[1].atMs;
  }

  /** Lets every timer up to then fire in its order, and everything go on that can. */
  async passUntil(atMs: number): Promise<void> {
    for (;;) {
      const next = this.#next();
      if (next === null || next[1].atMs > atMs) break;
      const [id, { owner, fire, ...timer }] = next;
      this.#timers.delete(id);
      this.nowMs = Math.max(this.nowMs, timer.atMs);
      if (owner === undefined) fire();
      else this.begin(owner, fire);
      await drained();
    }
    this.nowMs = Math.max(this.nowMs, atMs);
  }

  #next(): [number, Timer<Owner>] | null {
    let next: [number, Timer<Owner>] | null = null;
    for (const [id, timer] of this.#timers) {
      if (timer.owner?.dead === true) this.#timers.delete(id);
      else if (next === null || timer.atMs < next[1].atMs) next = [id, timer];
    }
    return next;
  }
}

/** When everything has gone on that waits for nothing but other promises. */
export function drained(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
