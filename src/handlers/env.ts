import type { Telling } from "../usecases/bundle.ts";
import type { Usage } from "../domain/usage.ts";
import type { OwnerAnswer } from "../usecases/act-for-owner.ts";
import type { ActTask } from "./act.ts";
import type { Answer, AnswerTask } from "./api/answer.ts";
import type { PageTask, RenderedPage } from "./render-page.tsx";
import type { ShardReport, ShardTask, TellTask } from "../usecases/shard-task.ts";

/** What an object of the class Runner does for others. */
export interface RunnerMethods {
  /** A whole cron event. Gives what went wrong, if anything, as texts. */
  tick(scheduledAtMs: number): Promise<readonly string[]>;
  run(task: ShardTask): Promise<ShardReport>;
  /** A page for people. */
  page(task: PageTask): Promise<RenderedPage>;
  /** What the owner asks for. */
  act(task: ActTask): Promise<OwnerAnswer>;
  /** An answer for programs. */
  answer(task: AnswerTask): Promise<Answer>;
  /** Of another isolate: recorded with the next tick. */
  addUsage(usage: Usage): Promise<void>;
  tell(task: TellTask): Promise<readonly (readonly Telling[] | null)[]>;
}

/** As much of a DurableObjectNamespace as is used here. */
export interface Runners {
  getByName(name: string): RunnerMethods;
}

/** Of the object that runs the ticks. */
export const TICK = "tick";

/** The bindings of wrangler.toml. Variables are read by parse-settings, which checks them. */
export interface Bindings {
  readonly DB: D1Database;
  readonly EMAIL: SendEmail;
  /** Without it every tick is one invocation, with the limits of one. */
  readonly RUNNERS?: Runners;
  /** Counts who tries to sign in. Without it each copy of the Worker counts for itself. */
  readonly SIGN_INS?: RateLimit;
  readonly [variable: string]: unknown;
}
