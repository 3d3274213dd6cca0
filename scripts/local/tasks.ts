import { setTimeout as sleep } from "node:timers/promises";
import { errorText } from "../../src/core/text.ts";

/** Runs `task` again and again, with a pause before each time, until the signal is aborted. */
export async function repeat(everyMs: number, signal: AbortSignal, task: () => Promise<void>): Promise<null> {
  while (!signal.aborted) {
    await sleep(everyMs);
    await task();
  }
  return null;
}

/** `task` without rejections: a failure is told, and not again until there is another or it went well. */
export function reportingOnce(
  what: string,
  task: () => Promise<void>,
  tell: (text: string) => void,
): () => Promise<void> {
  let told: string | null = null;
  return async () => {
    try {
      await task();
      told = null;
    } catch (thrown) {
      const text = `${what}: ${errorText(thrown)}`;
      if (text !== told) tell(text);
      told = text;
    }
  };
}
