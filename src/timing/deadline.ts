import { formatDuration } from "../domain/text.ts";

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
 */
export async function withDeadline<T>(
  timeoutMs: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const abort = (reason: unknown): void => controller.abort(reason);
  const timer = setTimeout(() => abort(new ProbeTimeout(timeoutMs)), timeoutMs);
  const onOuter = (): void => abort(outer.reason);
  if (outer.aborted) onOuter();
  else outer.addEventListener("abort", onOuter, { once: true });
  try {
    return await Promise.race([rejectOnAbort(controller.signal), work(controller.signal)]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener("abort", onOuter);
    // Ends whatever `work` left behind.
    controller.abort(new ProbeTimeout(timeoutMs));
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => {
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
  // Lost races reject later and unseen; that is no fault.
  promise.catch(() => undefined);
  return promise;
}
