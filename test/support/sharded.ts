import { up, type Outcome } from "../../src/domain/outcome.ts";
import type { Settings } from "../../src/domain/settings.ts";
import { JobBase, type Confirmation } from "../../src/job/job-base.ts";
import type { JobConfig } from "../../src/job/job-config.ts";
import type { JobContext } from "../../src/job/job-context.ts";
import { JobSpawner } from "../../src/job/job-spawner.ts";
import { FakeShards } from "./fake-shards.ts";
import { Instance } from "./timeline-instance.ts";

type Run = (name: string, context: JobContext) => Outcome | Promise<Outcome>;

/** A Checker whose jobs `a`, `b`, … run in shards of two. */
export class Sharded extends Instance {
  readonly fake: FakeShards;
  run: Run = () => up("fine");
  confirmation = { times: 0, pauseMs: 0 };

  constructor(names: string, settings: Partial<Settings> = {}) {
    super([], { sharding: { size: 2, inPlace: 1 }, ...settings });
    const run: Run = (name, context) => this.run(name, context);
    const confirmation = (): Confirmation => this.confirmation;
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
      override confirmFailure(): Confirmation {
        return confirmation();
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
    return [...states].map(
      ([identity, { status, reason }]) => `${letterOf({ identity })}: ${status} ${reason}`,
    );
  }
}

function letterOf({ identity }: { readonly identity: string }): string {
  return /"(.)"/.exec(identity)?.[1] ?? "?";
}
