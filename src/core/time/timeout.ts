import { formatDuration } from "../text.ts";

/**
 * What `work` resolves to, or, when it has not settled after `limitMs`, what `onLimit` gives. The work
 * itself is not ended: hand it a signal where it can be.
 */
export async function withTimeout<T>(limitMs: number, work: Promise<T>, onLimit: () => T): Promise<T> {
  let cancel = (): void => undefined;
  const limit = new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      try {
        resolve(onLimit());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, limitMs);
    cancel = () => clearTimeout(timer);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    cancel();
  }
}

/**
 * What `work` resolves to; rejects when it has not settled after `limitMs`.
 *
 * @param what did not happen then, such as `the message was not read`
 */
export function failAfter<T>(limitMs: number, what: string, work: Promise<T>): Promise<T> {
  return withTimeout(limitMs, work, () => {
    throw new Error(`${what} within ${formatDuration(limitMs)}`);
  });
}
