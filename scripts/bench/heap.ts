import { LOCAL_ADDRESS } from "../local/port.ts";
import { within } from "./limit.ts";

/** What V8 says of one isolate, bytes. Source: https://chromedevtools.github.io/devtools-protocol/tot/Runtime/ */
interface HeapUsage {
  readonly usedSize: number;
  /** Of what is kept outside of the heap for it: array buffers, and what the runtime keeps for its objects. */
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

/** Between two looks, ms. Each has all garbage collected first. */
const LOOK_EVERY_MS = 200;
const ANSWER_LIMIT_MS = 60_000;

/**
 * The most that the isolate of a Worker had in use while `work` was done, garbage apart; bytes. The objects of a
 * Durable Object class live in their Worker's isolate here, so that this is a tick with all of its shards.
 */
export async function heapDuring(inspectorPort: number, work: () => Promise<void>): Promise<number> {
  const inspector = await connect(inspectorPort);
  try {
    let peak = 0;
    const look = async (): Promise<void> => {
      await inspector.ask("HeapProfiler.collectGarbage");
      const usage = (await inspector.ask("Runtime.getHeapUsage")) as HeapUsage;
      peak = Math.max(peak, totalOf(usage));
    };
    const isDone = work().then(() => true);
    const pause = (): Promise<boolean> =>
      new Promise((resolve) => setTimeout(() => resolve(false), LOOK_EVERY_MS));
    // A look that is under way when the isolate has nothing more to do is answered at its next event only.
    while (!(await Promise.race([isDone, look().then(pause)])));
    if (peak === 0) throw new Error("the run was over before its memory was looked at");
    return peak;
  } finally {
    inspector.close();
  }
}

export function totalOf({ usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 }: HeapUsage): number {
  return usedSize + embedderHeapUsedSize + backingStorageSize;
}

interface InspectorMessage {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Inspector {
  ask(method: string): Promise<unknown>;
  close(): void;
}

async function connect(port: number): Promise<Inspector> {
  const answer = await fetch(`http://${LOCAL_ADDRESS}:${port}/json`);
  const [worker]: readonly { readonly webSocketDebuggerUrl: string }[] = await answer.json();
  if (worker === undefined) throw new Error("wrangler's inspector lists no Worker");
  const url = worker.webSocketDebuggerUrl;
  // wrangler answers pages of this machine alone. The types are those of browsers, which set no headers.
  const options = { headers: { origin: "http://localhost" } } as unknown as string[];
  const socket = new WebSocket(url, options);
  const opened = Promise.withResolvers<void>();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  socket.addEventListener("open", () => opened.resolve());
  socket.addEventListener("error", () =>
    opened.reject(new Error(`no connection to wrangler's inspector, ${url}`)),
  );
  socket.addEventListener("close", () => {
    for (const one of waiting.values()) one.reject(new Error("wrangler's inspector closed the connection"));
  });
  socket.addEventListener("message", ({ data }) => {
    const { id = 0, result, error } = JSON.parse(String(data)) as InspectorMessage;
    if (error === undefined) waiting.get(id)?.resolve(result);
    else waiting.get(id)?.reject(new Error(`wrangler's inspector: ${error.message}`));
    waiting.delete(id);
  });
  await within(ANSWER_LIMIT_MS, "wrangler's inspector did not answer", opened.promise);
  let last = 0;
  return {
    ask: (method) => {
      const id = ++last;
      const one = Promise.withResolvers<unknown>();
      waiting.set(id, one);
      socket.send(JSON.stringify({ id, method }));
      return within(ANSWER_LIMIT_MS, `wrangler's inspector did not answer ${method}`, one.promise);
    },
    close: () => socket.close(),
  };
}
