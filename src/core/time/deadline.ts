import { formatDuration } from "../text.ts";

/** A probe's own time-out, as the reason of the abort. Tells it from the job's time limit. */
export class ProbeTimeout extends Error {
  override readonly name = "ProbeTimeout";

  constructor(timeoutMs: number) {
    super(`timed out after ${formatTimeout(timeoutMs)}`);
  }
}

function formatTimeout(timeoutMs: number): string {
  return timeoutMs % 1000 === 0 ? formatDuration(timeoutMs) : `${timeoutMs} ms`;
}

/**
 * Runs `work` with a signal that aborts after `timeoutMs`, or when `outer` does. Rejects at that moment
 * with the abort's reason even if `work` goes on, because not everything that waits listens to a signal.
 * Work that fails is aborted as well, with what it had left behind; work that ends well has ended it itself.
 */
export async function withSignalTimeout<T>(
  timeoutMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => fail(new ProbeTimeout(timeoutMs)), timeoutMs);
    const end = (): void => {
      clearTimeout(timer);
      outer.removeEventListener("abort", onOuter);
    };
    const fail = (reason: unknown): void => {
      end();
      controller.abort(reason);
      reject(reason instanceof Error ? reason : new Error("aborted"));
    };
    const onOuter = (): void => fail(outer.reason);
    if (outer.aborted) return onOuter();
    outer.addEventListener("abort", onOuter, { once: true });
    // A throw before the first await is a failure like any other.
    const running = (async () => work(controller.signal))();
    const succeed = (result: T): void => {
      end();
      resolve(result);
    };
    running.then(succeed, fail);
  });
}
