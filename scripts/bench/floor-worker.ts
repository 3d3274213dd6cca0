/** The floor: nothing but fetch, in as many objects, six at once in each. No time limits, no decisions. */
import { DurableObject, env } from "cloudflare:workers";
import { shardOf } from "../../src/core/shard.ts";
import { SHARD_SIZE } from "./scenarios.ts";
import { targetUrl, type TargetsGiven } from "./target-list.ts";

interface Bindings {
  readonly TARGETS: TargetsGiven;
  readonly FLOORS: { getByName(name: string): { run(urls: readonly string[]): Promise<number> } };
}

const { TARGETS, FLOORS } = env as unknown as Bindings;
const AT_ONCE = 6;

export class Floor extends DurableObject {
  async run(urls: readonly string[]): Promise<number> {
    let next = 0;
    let up = 0;
    const runner = async (): Promise<void> => {
      while (next < urls.length) {
        const url = urls[next++] ?? "";
        try {
          const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
          if (response.ok) up += 1;
          await response.body?.cancel();
        } catch {
          // Not up.
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, runner));
    return up;
  }
}

export default {
  async fetch(request: Request): Promise<Response> {
    if (new URL(request.url).pathname !== "/floor") return new Response("True");
    const count = Math.ceil(TARGETS.count / SHARD_SIZE);
    const shards = Array.from({ length: count }, (): string[] => []);
    for (let index = 0; index < TARGETS.count; index++)
      shards[shardOf(index, count)]?.push(targetUrl(index, TARGETS));
    const ups = await Promise.all(shards.map((urls, i) => FLOORS.getByName(`shard-${i}`).run(urls)));
    return Response.json(ups.reduce((sum, up) => sum + up, 0));
  },
};
