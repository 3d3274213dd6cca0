import { withTimeout } from "../../src/core/time/timeout.ts";

/** Waits for something for so long. @throws an Error with that text when it takes longer */
export function within<T>(limitMs: number, text: string, work: Promise<T>): Promise<T> {
  return withTimeout(limitMs, work, () => {
    throw new Error(`${text} within ${limitMs / 1_000} s`);
  });
}
