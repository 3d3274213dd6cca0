import { setTimeout as sleep } from "node:timers/promises";

export interface HeartbeatOptions {
  /** Must not reject. */
  readonly isWell: () => Promise<boolean>;
  /** The pause after each answer. */
  readonly everyMs: number;
  /** So many times "no" in a row are the end. */
  readonly misses: number;
  /** Ends the asking. */
  readonly signal: AbortSignal;
}

/** Resolves when it is not well any more; never, once the signal is aborted. */
export async function heartbeatLost(options: HeartbeatOptions): Promise<void> {
  const { isWell, everyMs, misses, signal } = options;
  // Counted, not timed: after a machine has slept, one late answer says nothing.
  for (let missed = 0; missed < misses; missed = (await isWell()) ? 0 : missed + 1) {
    await sleep(everyMs);
    if (signal.aborted) return new Promise(() => undefined);
  }
}
