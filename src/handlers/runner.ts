import { DurableObject } from "cloudflare:workers";
import { D1Store } from "../adapters/d1/d1-store.ts";
import { meteredDatabase } from "../adapters/d1/metered.ts";
import { loggable } from "../adapters/log.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings } from "../adapters/settings/parse-settings.ts";
import { NO_USAGE, type Usage } from "../domain/usage.ts";
import { errorText } from "../domain/text.ts";
import type { JobFile } from "../job/job-file.ts";
import { TickSpawners } from "../job/tick-spawners.ts";
import { explainedNetwork } from "../probes/http/explained-network.ts";
import type { Telling } from "../usecases/bundle.ts";
import type { LastKnown } from "../usecases/last-known.ts";
import { PageMemory } from "../usecases/read-overview.ts";
import { Meter } from "../usecases/meter.ts";
import { runShard, ShardMemory, tellShard, type ShardDependencies } from "../usecases/run-shard.ts";
import type { ShardReport, ShardTask, TellTask } from "../usecases/shard-task.ts";
import type { OwnerAnswer } from "../usecases/act-for-owner.ts";
import { act, type ActTask } from "./act.ts";
import type { Answer, AnswerTask } from "./api/answer.ts";
import { makeAnswer } from "./api/make-answer.ts";
import type { Bindings, RunnerMethods } from "./env.ts";
import { renderPage, type PageTask, type RenderedPage } from "./render-page.tsx";
import { runEvent } from "./scheduled.ts";
import { UsageCourier } from "./usage-courier.ts";

/** The Durable Object class whose objects run ticks and shards. It stores nothing. */
export type RunnerClass = new (
  state: DurableObjectState,
  env: Bindings,
) => DurableObject<Bindings> & RunnerMethods;

/**
 * Each object has connections and limits of its own; one named `tick` runs the ticks. What they remember is kept
 * beside them: an object is taken from memory after ten seconds without a call, the Worker's copy mostly is not.
 */
export function createRunner(
  files: readonly JobFile[],
  platform: Platform,
  lastKnown: LastKnown,
): RunnerClass {
  const memories = new Map<string, ShardMemory>();
  const spawners = new TickSpawners();
  const pageMemory = new PageMemory(lastKnown.unrecorded);
  const courier = new UsageCourier(lastKnown.unrecorded, platform.clock);
  /** The time that an object is awake for it is part of the day's usage. What shards take they report themselves. */
  const awake = async <T>(work: () => Promise<T>): Promise<T> => {
    const startedMs = platform.clock.nowMs();
    try {
      return await work();
    } finally {
      const runnerMs = Math.max(0, platform.clock.nowMs() - startedMs);
      lastKnown.unrecorded.add({ ...NO_USAGE, runnerMs });
    }
  };
  return class extends DurableObject<Bindings> implements RunnerMethods {
    async tick(scheduledAtMs: number): Promise<readonly string[]> {
      const faults = await awake(() => runEvent(files, lastKnown, scheduledAtMs, this.env, platform));
      return faults.map((fault) => errorText(fault, 1000));
    }

    run(task: ShardTask): Promise<ShardReport> {
      return withoutSecrets(() => runShard(task, this.#memory(), this.#tools()));
    }

    tell(task: TellTask): Promise<readonly (readonly Telling[] | null)[]> {
      return awake(() => withoutSecrets(() => tellShard(task, this.#memory(), this.#tools())));
    }

    page(task: PageTask): Promise<RenderedPage> {
      return this.#counted(() => renderPage(task, this.env, platform, pageMemory));
    }

    act(task: ActTask): Promise<OwnerAnswer> {
      return awake(() => withoutSecrets(() => act(task, files, lastKnown, this.env, platform)));
    }

    answer(task: AnswerTask): Promise<Answer> {
      return this.#counted(() => makeAnswer(task, this.env, platform, pageMemory));
    }

    addUsage(usage: Usage): Promise<void> {
      lastKnown.unrecorded.add(usage);
      return Promise.resolve();
    }

    /** What strangers can ask for: each call is a request to an object, and keeps it awake. */
    async #counted<T>(work: () => Promise<T>): Promise<T> {
      try {
        return await awake(() => withoutSecrets(work));
      } finally {
        lastKnown.unrecorded.add({ ...NO_USAGE, invocations: 1 });
        this.ctx.waitUntil(courier.send(this.env));
      }
    }

    #memory(): ShardMemory {
      const name = this.ctx.id.name ?? "";
      const memory = memories.get(name) ?? new ShardMemory();
      memories.set(name, memory);
      return memory;
    }

    #tools(): ShardDependencies {
      const parsed = parseSettings(this.env);
      // The tick that asks has read the same settings. They differ only while a deploy is under way.
      if (!parsed.ok) throw new Error("settings are invalid");
      const { clock, random, network } = platform;
      const meter = new Meter();
      const store = new D1Store(meteredDatabase(this.env.DB, meter.onQueries), random);
      return {
        files,
        settings: parsed.settings,
        store,
        network: explainedNetwork(meter.network(network)),
        clock,
        meter,
        spawners,
      };
    }
  };
}

/** What crosses over to another object may end in its log. */
async function withoutSecrets<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw loggable(thrown);
  }
}
