/** What a cron event starts: a tick, and then the mail that waits, as handlers/scheduled.ts does it. */
import type { JobState } from "../../../src/alerting/job-state.ts";
import { DatabaseError } from "../../../src/core/database-error.ts";
import { errorText } from "../../../src/core/text.ts";
import { deliverMail, type DeliveryDependencies } from "../../../src/mail/deliver-mail.ts";
import { TickMemory } from "../../../src/scheduling/tick-memory.ts";
import { runTick, type TickDependencies } from "../../../src/scheduling/run-tick.ts";
import type { Invocation, Runtime } from "./parts.ts";
import { ownerOf, type World } from "./ports.ts";

export type Tools = Omit<TickDependencies & DeliveryDependencies, "memory">;

/** A copy of the Worker that has just been started. What it remembers is watched. */
export function newRuntime(world: World, id: number): Runtime {
  const runtime: Runtime = {
    id,
    version: null,
    notifiedUntilMs: -Infinity,
    uncommitted: new Map(),
    memory: new TickMemory(),
  };
  const { stateCache } = runtime.memory;
  const remember = stateCache.remember.bind(stateCache);
  const claimTick = stateCache.claimTick.bind(stateCache);
  Object.assign(stateCache, {
    remember(version: number, states: ReadonlyMap<string, JobState>) {
      remember(version, states);
      world.witness.remembered(runtime, version, states);
      ownerOf(world).uncommitted = runtime.uncommitted;
    },
    claimTick(scheduledAtMs: number) {
      const isFirst = claimTick(scheduledAtMs);
      world.witness.decides(ownerOf(world), isFirst);
      return isFirst;
    },
  });
  return runtime;
}

export function newInvocation(
  id: number,
  runtime: Runtime,
  eventAtMs: number,
  startedMs: number,
): Invocation {
  const isTooLate = startedMs > eventAtMs + 120_000;
  return {
    id,
    runtime,
    eventAtMs,
    scheduledAtMs: isTooLate ? startedMs - (startedMs % 60_000) : eventAtMs,
    startedMs,
    dead: false,
    ended: false,
    phase: "tick",
    broken: false,
    runs: new Map(),
    jobsEndMs: Infinity,
    toldForJobs: new Set(),
    references: [],
    asked: new Map(),
    commits: 0,
    committing: null,
    unreached: [],
    uncommitted: new Map(),
    without: null,
    sentWithout: [],
    leasedAtMs: -Infinity,
    leased: [],
    pendingUsage: new Set(),
  };
}

/** @returns what is wrong with the way it ended */
export async function invoke(invocation: Invocation, world: World, tools: Tools): Promise<readonly string[]> {
  const [tick] = await Promise.allSettled([
    runTick({ ...tools, memory: invocation.runtime.memory }, invocation.eventAtMs),
  ]);
  const wrong: string[] = [];
  if (tick.status === "rejected") wrong.push(...surprise(tick.reason));
  else wrong.push(...wrongWith(tick.value.kind, invocation));
  world.witness.compareWithout(invocation);
  invocation.phase = "mail";
  const [mail] = await Promise.allSettled([deliverMail(tools)]);
  if (mail.status === "rejected") wrong.push(...surprise(mail.reason));
  for (const [notice, times] of invocation.asked)
    if (times > 1) wrong.push(`${notice} was told ${times} times`);
  return wrong.map((text) => `#${invocation.id} ${text}`);
}

function wrongWith(kind: "nothing due" | "done" | "not recorded", by: Invocation): string[] {
  const { runs, commits, without, runtime, scheduledAtMs } = by;
  switch (kind) {
    case "nothing due":
      return runs.size === 0 && commits === 0 ? [] : ["did something though nothing was due"];
    case "done":
      return commits === 1 && without === null ? [] : [`committed ${commits} times and calls it done`];
    case "not recorded":
      if (commits > 1) return [`committed ${commits} times`];
      return runtime.notifiedUntilMs >= scheduledAtMs ? [] : ["neither recorded nor told what it found"];
  }
}

/** A tick may reject with what the database did, or when eight others overtook it, and with nothing else. */
function surprise(reason: unknown): string[] {
  const expected =
    reason instanceof DatabaseError || errorText(reason).includes("8 other commits came between");
  return expected ? [] : [`rejected with ${errorText(reason)}`];
}
