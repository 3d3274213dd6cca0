import type { Telling } from "../usecases/bundle.ts";
import type { ShardReport, ShardTask, TellTask } from "../usecases/shard-task.ts";

/** What an object of the class Runner does for others. */
export interface RunnerMethods {
  /** A whole cron event. Gives what went wrong, if anything, as texts. */
  tick(scheduledAtMs: number): Promise<readonly string[]>;
  run(task: ShardTask): Promise<ShardReport>;
  tell(task: TellTask): Promise<readonly (readonly Telling[] | null)[]>;
}

/** As much of a DurableObjectNamespace as is used here. */
export interface Runners {
  getByName(name: string): RunnerMethods;
}

/** The bindings of wrangler.toml. Variables are read by parse-settings, which checks them. */
export interface Bindings {
  readonly DB: D1Database;
  readonly EMAIL: SendEmail;
  /** Without it every tick is one invocation, with the limits of one. */
  readonly RUNNERS?: Runners;
  readonly [variable: string]: unknown;
}
