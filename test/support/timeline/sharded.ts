import { up, type Outcome } from "../../../src/core/outcome.ts";
import type { Settings } from "../../../src/core/settings.ts";
import { JobBase, type RetryPolicy } from "../../../src/job-sdk/job-base.ts";
import type { JobConfig } from "../../../src/job-sdk/job-config.ts";
import type { JobContext } from "../../../src/job-sdk/job-context.ts";
import { JobSpawner } from "../../../src/job-sdk/job-spawner.ts";
import { FakeShards } from "../fakes/shards.ts";
import { Instance } from "./instance.ts";

type Run = (name: string, context: JobContext) => Outcome | Promise<Outcome>;

/** A Checker whose jobs `a`, `b`, … run in shards of two. */
export class Sharded extends Instance {
  readonly fake: FakeShards;
  run: Run = () => up("fine");
  retryPolicy = { retries: 0, delayMs: 0 };

  constructor(names: string, settings: Partial<Settings> = {}) {
    super([], { sharding: { size: 2, inPlace: 1 }, ...settings });
    const run: Run = (name, context) => this.run(name, context);
    const retryPolicy = (): RetryPolicy => this.retryPolicy;
    class Job extends JobBase {
      readonly name: string;
      seen = "nothing";
      constructor(config: JobConfig, name: string) {
        super(config, name);
        this.name = name;
      }
      override numberFailuresBeforeNotification(): 1 {
        return 1;
      }
      async execute(context: JobContext): Promise<Outcome> {
        const outcome = await run(this.name, context);
        this.seen = outcome.reason;
        return outcome;
      }
      override confirmFailure(): RetryPolicy {
        return retryPolicy();
      }
      override onFailure(): boolean {
        return this.sendEmail(`${this.name} saw ${this.seen}`, "…");
      }
    }
    class Jobs extends JobSpawner {
      *getSubJobs(config: JobConfig): Generator<JobBase> {
        for (const name of names) yield new Job(config, name);
      }
    }
    this.files = [{ name: "Jobs", load: () => Promise.resolve({ Jobs }) }];
    this.fake = new FakeShards(this);
    this.shards = this.fake;
  }

  /** Which jobs each shard was given, call by call. */
  given(): string[] {
    return this.fake.tasks.map(({ shard, task }) => `${shard}: ${task.jobs.map(letterOf).join(" ")}`);
  }

  /** How each job stands: `a: up fine`. */
  async standing(): Promise<string[]> {
    const { states } = await this.store.readTick(this.clock.nowMs());
    return [...states].map(([jobKey, { status, reason }]) => `${letterOf({ jobKey })}: ${status} ${reason}`);
  }
}

function letterOf({ jobKey }: { readonly jobKey: string }): string {
  return /"(.)"/.exec(jobKey)?.[1] ?? "?";
}
