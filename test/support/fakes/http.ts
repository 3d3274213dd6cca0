/** Answers of HTTP servers as a fetch gives them, with a record of what became of their bodies. */
import { timingSafeEqual } from "node:crypto";
import type { ActInPlace } from "../../../src/worker/pages/actions.tsx";

export interface WatchedBody {
  readonly stream: ReadableStream<Uint8Array>;
  /** Bytes that were handed out. */
  readonly read: () => number;
  readonly cancelled: () => boolean;
}

/** A body of these chunks, or of the same chunk for ever. */
export function watchedBody(chunks: readonly Uint8Array[] | { readonly endless: Uint8Array }): WatchedBody {
  let read = 0;
  let cancelled = false;
  const queue = "endless" in chunks ? null : [...chunks];
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        const chunk = "endless" in chunks ? chunks.endless : queue?.shift();
        if (chunk === undefined) return controller.close();
        read += chunk.byteLength;
        controller.enqueue(chunk);
      },
      cancel() {
        cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, read: () => read, cancelled: () => cancelled };
}

/** A body of `start` and then of empty pieces. After 10,000 it ends, so that a test does where a probe does not. */
export function emptyPieces(start: Uint8Array = new Uint8Array(0)): {
  readonly stream: ReadableStream<Uint8Array>;
  readonly given: () => number;
} {
  let given = 0;
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        given += 1;
        if (given > 10_000) controller.close();
        else controller.enqueue(given === 1 ? start : new Uint8Array(0));
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, given: () => given };
}

/** An open connection that never sends another byte. */
export function silentBody(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>();
}

/** A connection that breaks as soon as its body is touched. */
export function brokenBody(): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.error(new Error("Network connection lost."));
    },
  });
}

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A fetch that waits until it is aborted. */
export function hangingFetch(_url: string, init: RequestInit): Promise<Response> {
  return new Promise((_resolve, reject) => {
    const signal = init.signal ?? null;
    signal?.addEventListener("abort", () => reject(signal.reason as Error));
  });
}

/** For a Worker of which nobody asks anything. */
export const nobodyActs: ActInPlace = () => Promise.reject(new Error("nobody was to act"));

/** Lends Node's own to `crypto.subtle`, where only the Workers' runtime has it. */
export function lendTimingSafeEqual(): void {
  Object.assign(crypto.subtle, {
    timingSafeEqual: (a: ArrayBuffer, b: ArrayBuffer) =>
      timingSafeEqual(new Uint8Array(a), new Uint8Array(b)),
  });
}
