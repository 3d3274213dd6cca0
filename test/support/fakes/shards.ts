/** Shards as other machines would run them: with jobs, memory and limits of their own. */
import type { Settings } from "../../../src/core/settings.ts";
import type { JobFile } from "../../../src/job-loading/job-file.ts";
import { TickSpawnerCache } from "../../../src/job-loading/spawner-cache.ts";
import type { Clock, Network } from "../../../src/core/ports.ts";
import type { Notification } from "../../../src/mail/group-by-recipient.ts";
import { UsageMeter } from "../../../src/usage/usage-meter.ts";
import { runShard, ShardMemory, type ShardDependencies } from "../../../src/execution/run-shard.ts";
import type { NotifyClient } from "../../../src/notifications/notify-task.ts";
import type { ShardReport, ShardClient, ShardTask } from "../../../src/execution/shard-task.ts";
import type { Store } from "../../../src/storage/store.ts";
import { notifyShard } from "../../../src/notifications/notify-shard.ts";
import type { NotifyTask } from "../../../src/notifications/notify-task.ts";

export interface ShardWorld {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly network: Network;
  readonly clock: Clock;
  /** Default: one without probes. */
  readonly store?: Pick<Store, "recentLoopbacks">;
}

export class FakeShards implements ShardClient, NotifyClient {
  readonly #world: ShardWorld;
  readonly #memories = new Map<string, ShardMemory>();
  readonly #spawners = new TickSpawnerCache();
  /** Every task that was given, with the shard's name. */
  readonly tasks: { readonly shard: string; readonly task: ShardTask }[] = [];
  readonly tellTasks: { readonly shard: string; readonly task: NotifyTask }[] = [];

  constructor(world: ShardWorld) {
    this.#world = world;
  }

  /** The objects are gone, with what they remembered. */
  forget(): void {
    this.#memories.clear();
  }

  run(shard: string, task: ShardTask): Promise<ShardReport> {
    this.tasks.push({ shard, task });
    return crossing(task, (sent) => runShard(sent, this.#memory(shard), this.#tools()));
  }

  notify(shard: string, task: NotifyTask): Promise<readonly (readonly Notification[] | null)[]> {
    this.tellTasks.push({ shard, task });
    return crossing(task, (sent) => notifyShard(sent, this.#memory(shard), this.#tools()));
  }

  #memory(shard: string): ShardMemory {
    const memory = this.#memories.get(shard) ?? new ShardMemory();
    this.#memories.set(shard, memory);
    return memory;
  }

  #tools(): ShardDependencies {
    const meter = new UsageMeter();
    const { files, settings, clock, store = { recentLoopbacks: () => Promise.resolve([]) } } = this.#world;
    return {
      files,
      settings,
      clock,
      store,
      meter,
      network: meter.network(this.#world.network),
      spawners: this.#spawners,
    };
  }
}

/** What goes to another machine and comes from it is a copy. */
async function crossing<Task, Answer>(task: Task, work: (task: Task) => Promise<Answer>): Promise<Answer> {
  return structuredClone(await work(structuredClone(task)));
}
