import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { within } from "./limit.ts";
import type { Scenario } from "./scenarios.ts";
import type { TargetStats } from "./target-process.ts";

export interface Targets {
  /** Where target 0, 1, … are; every 20th is on a port of its own, which can be closed. */
  readonly base: string;
  readonly refusable: string;
  /** Behaves so from now on, and counts anew. */
  set(scenario: Scenario, shards: number): Promise<void>;
  stats(): Promise<TargetStats>;
}

interface Answer {
  readonly id: number;
  readonly ports?: { readonly a: number; readonly b: number };
  readonly stats?: TargetStats;
}

const ANSWER_LIMIT_MS = 20_000;

/** @param onEnd is told at once how they are ended */
export async function startTargets(onEnd: (end: () => Promise<void>) => void): Promise<Targets> {
  const child = fork(join(import.meta.dirname, "target-process.ts"));
  const ended = once(child, "exit");
  onEnd(async () => {
    child.kill("SIGKILL");
    await ended;
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  child.on("message", (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  const answerTo = (id: number): Promise<Answer> => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    waiting.set(id, resolve);
    return within(ANSWER_LIMIT_MS, "the targets do not answer", promise);
  };
  const { ports } = await answerTo(0);
  if (ports === undefined) throw new Error("the targets do not listen");
  let id = 0;
  const ask = (command: object): Promise<Answer> => {
    id += 1;
    const answer = answerTo(id);
    child.send({ id, ...command });
    return answer;
  };
  return {
    base: `http://127.0.0.1:${ports.a}`,
    refusable: `http://127.0.0.1:${ports.b}`,
    async set(scenario, shards) {
      await ask({ set: { scenario, shards } });
    },
    async stats() {
      const { stats } = await ask({});
      if (stats === undefined) throw new Error("the targets do not answer");
      return stats;
    },
  };
}
