import { DurableObject } from "cloudflare:workers";
import { D1Store } from "../storage/d1/d1-store.ts";
import { meteredDatabase } from "../storage/d1/metered.ts";
import { loggable } from "../platform/log.ts";
import type { Platform } from "../platform/platform.ts";
import { parseSettings } from "../platform/settings/parse-settings.ts";
import { NO_USAGE, type Usage } from "../usage/usage.ts";
import { errorText } from "../core/text.ts";
import type { JobFile } from "../job-loading/job-file.ts";
import { TickSpawnerCache } from "../job-loading/spawner-cache.ts";
import { withReadableErrors } from "../probes/http/readable-errors.ts";
import type { Notification } from "../mail/group-by-recipient.ts";
import type { TickMemory } from "../scheduling/tick-memory.ts";
import { SummaryCache } from "../status/read-status-page.ts";
import { UsageMeter } from "../usage/usage-meter.ts";
import { runShard, ShardMemory, type ShardDependencies } from "../execution/run-shard.ts";
import type { ShardReport, ShardTask } from "../execution/shard-task.ts";
import type { AdminResult } from "../admin/commands.ts";
import { act } from "./run-admin-command.ts";
import type { ApiResponse, ApiTask } from "./api/api-response.ts";
import { buildResponse } from "./api/build-response.ts";
import type { Bindings } from "./env.ts";
import { renderPage } from "./pages/render-page.tsx";
import { runEvent } from "./scheduled.ts";
import { UsageReporter } from "./usage-reporter.ts";
import { notifyShard } from "../notifications/notify-shard.ts";
import type { NotifyTask } from "../notifications/notify-task.ts";
import type { RunnerRpc, AdminTask, PageTask, RenderedPage } from "./rpc.ts";

/** The Durable Object class whose objects run ticks and shards. It stores nothing. */
export type RunnerClass = new (
  state: DurableObjectState,
  env: Bindings,
) => DurableObject<Bindings> & RunnerRpc;

/**
 * Each object has connections and limits of its own; one named `tick` runs the ticks. What they remember is kept
 * beside them: an object is taken from memory after ten seconds without a call, the Worker's copy mostly is not.
 */
export function createRunner(files: readonly JobFile[], platform: Platform, memory: TickMemory): RunnerClass {
  const memories = new Map<string, ShardMemory>();
  const spawners = new TickSpawnerCache();
  const pageMemory = new SummaryCache(memory.pendingUsage);
  const courier = new UsageReporter(memory.pendingUsage, platform.clock);
  /** The time that an object is awake for it is part of the day's usage. What shards take they report themselves. */
  const awake = async <T>(work: () => Promise<T>): Promise<T> => {
    const startedMs = platform.clock.nowMs();
    try {
      return await work();
    } finally {
      const durableObjectMs = Math.max(0, platform.clock.nowMs() - startedMs);
      memory.pendingUsage.add({ ...NO_USAGE, durableObjectMs });
    }
  };
  return class extends DurableObject<Bindings> implements RunnerRpc {
    async tick(scheduledAtMs: number): Promise<readonly string[]> {
      const faults = await awake(() => runEvent(files, memory, scheduledAtMs, this.env, platform));
      return faults.map((fault) => errorText(fault, 1000));
    }

    run(task: ShardTask): Promise<ShardReport> {
      return withoutSecrets(() => runShard(task, this.#memory(), this.#tools()));
    }

    notify(task: NotifyTask): Promise<readonly (readonly Notification[] | null)[]> {
      return awake(() => withoutSecrets(() => notifyShard(task, this.#memory(), this.#tools())));
    }

    page(task: PageTask): Promise<RenderedPage> {
      return this.#counted(() => renderPage(task, this.env, platform, pageMemory));
    }

    act(task: AdminTask): Promise<AdminResult> {
      return awake(() => withoutSecrets(() => act(task, files, memory, this.env, platform)));
    }

    answer(task: ApiTask): Promise<ApiResponse> {
      return this.#counted(() => buildResponse(task, this.env, platform, pageMemory));
    }

    addUsage(usage: Usage): Promise<void> {
      memory.pendingUsage.add(usage);
      return Promise.resolve();
    }

    /** What strangers can ask for: each call is a request to an object, and keeps it awake. */
    async #counted<T>(work: () => Promise<T>): Promise<T> {
      try {
        return await awake(() => withoutSecrets(work));
      } finally {
        memory.pendingUsage.add({ ...NO_USAGE, invocations: 1 });
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
      const meter = new UsageMeter();
      const store = new D1Store(meteredDatabase(this.env.DB, meter.onQueries), random);
      return {
        files,
        settings: parsed.settings,
        store,
        network: withReadableErrors(meter.network(network)),
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
