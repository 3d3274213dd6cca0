/** Shards as other machines would run them: with jobs, memory and limits of their own. */
import type { Settings } from "../../src/domain/settings.ts";
import type { JobFile } from "../../src/job/job-file.ts";
import { TickSpawners } from "../../src/job/tick-spawners.ts";
import type { Clock, Network, Store } from "../../src/domain/ports.ts";
import type { Telling } from "../../src/usecases/bundle.ts";
import { Meter } from "../../src/usecases/meter.ts";
import { runShard, ShardMemory, tellShard, type ShardDependencies } from "../../src/usecases/run-shard.ts";
import type { ShardReport, Shards, ShardTask, TellTask } from "../../src/usecases/shard-task.ts";

export interface ShardWorld {
  readonly files: readonly JobFile[];
  readonly settings: Settings;
  readonly network: Network;
  readonly clock: Clock;
  /** Default: one without probes. */
  readonly store?: Pick<Store, "recentProbes">;
}

export class FakeShards implements Shards {
  readonly #world: ShardWorld;
  readonly #memories = new Map<string, ShardMemory>();
  readonly #spawners = new TickSpawners();
  /** Every task that was given, with the shard's name. */
  readonly tasks: { readonly shard: string; readonly task: ShardTask }[] = [];
  readonly tellTasks: { readonly shard: string; readonly task: TellTask }[] = [];

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

  tell(shard: string, task: TellTask): Promise<readonly (readonly Telling[] | null)[]> {
    this.tellTasks.push({ shard, task });
    return crossing(task, (sent) => tellShard(sent, this.#memory(shard), this.#tools()));
  }

  #memory(shard: string): ShardMemory {
    const memory = this.#memories.get(shard) ?? new ShardMemory();
    this.#memories.set(shard, memory);
    return memory;
  }

  #tools(): ShardDependencies {
    const meter = new Meter();
    const { files, settings, clock, store = { recentProbes: () => Promise.resolve([]) } } = this.#world;
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
