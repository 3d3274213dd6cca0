/**
 * The targets of a measurement, in a process of their own. Port A always listens; port B, where every 20th
 * target is, can be closed. Controlled over IPC.
 */
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { shardOf } from "../../src/core/shard.ts";
import { HANGING_FIRST, type Scenario } from "./scenarios.ts";

interface Command {
  readonly id: number;
  readonly set?: { readonly scenario: Scenario; readonly shards: number };
}

export interface TargetStats {
  readonly requests: number;
  readonly peak: number;
  /** Of any one shard. */
  readonly peakOfShard: number;
  /** When the first request of the present scenario came, Unix ms. */
  readonly firstAtMs: number;
}

let scenario: Scenario | null = null;
let shards = 1;
let open = 0;
let stats = fresh();
let byShard: number[] = [];
let hanging: ServerResponse[] = [];

function fresh(): { requests: number; peak: number; peakOfShard: number; firstAtMs: number } {
  return { requests: 0, peak: 0, peakOfShard: 0, firstAtMs: 0 };
}

function begins(index: number): () => void {
  const shard = shardOf(index, shards);
  open += 1;
  byShard[shard] = (byShard[shard] ?? 0) + 1;
  stats.requests += 1;
  stats.firstAtMs ||= Date.now();
  stats.peak = Math.max(stats.peak, open);
  stats.peakOfShard = Math.max(stats.peakOfShard, byShard[shard]);
  let ended = false;
  return () => {
    if (ended) return;
    ended = true;
    open -= 1;
    byShard[shard] = (byShard[shard] ?? 1) - 1;
  };
}

function serve(): Server {
  const server = createServer((request, response) => {
    const index = Number(request.url?.split("/").at(-1));
    response.on("close", begins(index));
    const now = scenario;
    if (now !== null && now.hangingEvery > 0 && index % now.hangingEvery === HANGING_FIRST) {
      hanging.push(response);
      return;
    }
    const answer = (): void => {
      response.writeHead(now?.allFail === true ? 500 : 200, { "content-type": "text/plain" });
      response.end("well\n");
    };
    if (now === null || now.delayMs === 0) answer();
    else setTimeout(answer, now.delayMs);
  });
  server.keepAliveTimeout = 120_000;
  return server;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve) => {
    server.listen(port, "127.0.0.1", 4_096, () => resolve((server.address() as AddressInfo).port));
  });
}

const a = serve();
let b: Server | null = serve();
const ports = { a: await listen(a, 0), b: await listen(b, 0) };

async function set(next: Scenario, count: number): Promise<void> {
  for (const response of hanging) response.destroy();
  hanging = [];
  scenario = next;
  shards = count;
  byShard = [];
  stats = fresh();
  if (next.refusedEvery > 0 && b !== null) {
    b.closeAllConnections();
    b.close();
    b = null;
  } else if (next.refusedEvery === 0 && b === null) {
    b = serve();
    await listen(b, ports.b);
  }
}

process.on("message", (command: Command) => {
  const answer = { id: command.id, stats };
  const done = command.set === undefined ? Promise.resolve() : set(command.set.scenario, command.set.shards);
  done.then(
    () => process.send?.(answer),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
// A Ctrl-C reaches the whole group; the end comes from whoever started this.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit(0));
process.send?.({ id: 0, ports });
