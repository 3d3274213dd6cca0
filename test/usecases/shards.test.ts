import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { down, up, type Outcome } from "../../src/domain/outcome.ts";
import type { Settings } from "../../src/domain/settings.ts";
import { JobBase } from "../../src/job/job-base.ts";
import type { JobConfig } from "../../src/job/job-config.ts";
import type { JobContext } from "../../src/job/job-context.ts";
import { JobSpawner } from "../../src/job/job-spawner.ts";
import { never } from "../support/fakes.ts";
import { FakeShards } from "../support/fake-shards.ts";
import { Instance } from "../support/timeline-instance.ts";

type Run = (name: string, context: JobContext) => Outcome | Promise<Outcome>;

/** A Checker whose jobs `a`, `b`, … run in shards of two. */
class Sharded extends Instance {
  readonly fake: FakeShards;
  run: Run = () => up("fine");

  constructor(names: string, settings: Partial<Settings> = {}) {
    super([], { sharding: { size: 2, inPlace: 1 }, ...settings });
    const run: Run = (name, context) => this.run(name, context);
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

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("many jobs", () => {
  test("run in shards, each once, and are recorded as one tick", async () => {
    const checker = new Sharded("abcde");
    expect(await checker.runTick("10:00")).toMatchObject({ kind: "done", tick: { jobs: 5, up: 5 } });
    expect(checker.given()).toEqual(["MINUTE-0: a", "MINUTE-1: b d", "MINUTE-2: c e"]);
  });

  test("run in place where nobody else can", async () => {
    const checker = new Sharded("abcde");
    checker.shards = null;
    expect(await checker.runTick("10:00")).toMatchObject({ kind: "done", tick: { jobs: 5, up: 5 } });
    expect(checker.given()).toEqual([]);
  });

  test("tell by the objects that ran, all to one person in one mail", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name) => (name === "c" ? up("fine") : down(`${name} is gone`));
    const mails = await checker.tick("10:00");
    expect(mails).toHaveLength(1);
    for (const name of "abde") expect(mails[0]?.body).toContain(`${name} saw ${name} is gone`);
    expect(checker.fake.tellTasks.map(({ shard, task }) => [shard, task.told.length])).toEqual([
      ["MINUTE-0", 1],
      ["MINUTE-1", 2],
      ["MINUTE-2", 1],
    ]);
  });

  test("that were slow begin last the next time", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name) => (name === "a" ? up("fine", 5_000) : name === "b" ? down("gone") : up("fine"));
    await checker.tick("10:00");
    await checker.tick("10:01");
    expect(checker.given().slice(3)).toEqual(["MINUTE-0: a", "MINUTE-1: d b", "MINUTE-2: c e"]);
  });

  test("on the Free plan begin only what an invocation has requests for, and the rest in a further one", async () => {
    const names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
    const checker = new Sharded(names, { plan: "free", sharding: { size: 50, inPlace: 1 } });
    let asked = 0;
    checker.network = {
      ...checker.network,
      fetch: () => Promise.resolve(new Response(String(++asked))),
    };
    const peaks: number[] = [];
    checker.run = async (_name, { network }) => {
      await network.fetch("https://a.example/", {});
      await network.fetch("https://b.example/", {});
      peaks.push(asked);
      return up("fine");
    };
    expect(await checker.runTick("10:00")).toMatchObject({ tick: { jobs: 40, up: 40 } });
    const calls = checker.fake.tasks.map(({ task }) => task.jobs.length);
    expect(calls[0]).toBe(40);
    expect(calls.length).toBeGreaterThan(1);
    // Two requests a job, and never more than fifty an invocation.
    calls.forEach((count, call) => expect((count - (calls[call + 1] ?? 0)) * 2).toBeLessThanOrEqual(50));
    expect(asked).toBe(80);
  });

  test("in place on the Free plan without shards are not run beyond the limit, and that is not the targets' fault", async () => {
    const names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMN";
    const checker = new Sharded(names, { plan: "free" });
    checker.shards = null;
    const network = { ...checker.network, fetch: () => Promise.resolve(new Response("")) };
    checker.network = checker.meter.network(network);
    checker.run = async (_name, { network }) => {
      await network.fetch("https://a.example/", {});
      return up("fine");
    };
    await checker.runTick("10:00");
    const left = (await checker.standing()).filter((text) => !text.includes("up fine"));
    expect(left.length).toBeGreaterThan(0);
    expect(new Set(left.map((text) => text.slice(3)))).toEqual(
      new Set([
        "inconclusive not run: the plan's limit of 50 requests an invocation is used up; bind RUNNERS in wrangler.toml",
      ]),
    );
  });
});

describe("a shard", () => {
  test("that fails once is asked once more", async () => {
    const checker = new Sharded("abcde");
    const run = checker.fake.run.bind(checker.fake);
    let calls = 0;
    checker.fake.run = (shard, task) =>
      shard === "MINUTE-1" && ++calls === 1
        ? Promise.reject(new Error("the object was moved"))
        : run(shard, task);
    expect(await checker.runTick("10:00")).toMatchObject({ tick: { jobs: 5, up: 5 } });
  });

  test("that dies leaves its jobs inconclusive, and harms no other", async () => {
    const checker = new Sharded("abcde");
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = (shard, task) =>
      shard === "MINUTE-1" ? Promise.reject(new Error("the machine is gone")) : run(shard, task);
    checker.run = (name) => (name === "a" ? down("gone") : up("fine"));
    const mails = await checker.tick("10:00");
    expect(mails.map(({ subject }) => subject)).toEqual(["[checker-eu] a saw gone"]);
    expect(await checker.standing()).toEqual([
      "a: down gone",
      "b: inconclusive not run: what was to run it failed: the machine is gone",
      "c: up fine",
      "d: inconclusive not run: what was to run it failed: the machine is gone",
      "e: up fine",
    ]);
  });

  test("that dies after it ran counts nothing twice when it is asked again", async () => {
    const checker = new Sharded("abcde");
    checker.run = () => down("gone");
    const run = checker.fake.run.bind(checker.fake);
    let calls = 0;
    checker.fake.run = async (shard, task) => {
      const report = await run(shard, task);
      if (++calls === 1) throw new Error("the answer was lost");
      return report;
    };
    await checker.tick("10:00");
    const { states } = await checker.store.readTick(checker.clock.nowMs());
    expect([...states.values()].map(({ failures }) => failures)).toEqual([1, 1, 1, 1, 1]);
  });

  test("that never answers is given up when the tick's time is over", async () => {
    const checker = new Sharded("abcde");
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = (shard, task) => (shard === "MINUTE-1" ? never() : run(shard, task));
    const ticking = checker.runTick("10:00");
    setTimeout(() => (checker.clock.ms += 244_000), 244_000);
    await vi.advanceTimersByTimeAsync(245_000);
    expect(await ticking).toMatchObject({ tick: { jobs: 5, up: 3, inconclusive: 2 } });
    expect((await checker.standing())[1]).toBe(
      "b: inconclusive not run: what was to run it failed: no answer in time",
    );
  });

  test("that answers for others' jobs, or twice for its own, is believed once and for its own", async () => {
    const checker = new Sharded("abcde");
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = async (shard, task) => {
      const report = await run(shard, task);
      if (shard !== "MINUTE-2") return report;
      const [own] = report.runs;
      const lie = { outcome: down("a lie"), emails: [], publicNetwork: false, hasBegun: true };
      return {
        ...report,
        runs: own === undefined ? [] : [own, { ...own, ...lie }, { ...lie, identity: `Jobs["a"]` }],
      };
    };
    expect(await checker.runTick("10:00")).toMatchObject({ tick: { jobs: 5, up: 5, down: 0 } });
  });

  test("that begins nothing is not asked for ever", async () => {
    const checker = new Sharded("abcde");
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = async (shard, task) => {
      const report = await run(shard, task);
      return shard === "MINUTE-1" ? { ...report, runs: [] } : report;
    };
    await checker.runTick("10:00");
    expect(checker.given().filter((text) => text.startsWith("MINUTE-1"))).toHaveLength(2);
    expect((await checker.standing())[1]).toBe(
      "b: inconclusive not run: what was to run it began none of its jobs",
    );
  });
});

describe("a job that is to tell", () => {
  test("is told for where its object cannot be reached", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name) => (name === "b" ? down("gone") : up("fine"));
    checker.fake.tell = () => Promise.reject(new Error("the machine is gone"));
    const [mail] = await checker.tick("10:00");
    expect(mail?.subject).toBe("[checker-eu] Jobs b failed");
    expect(mail?.body).toContain(
      "This is Checker writing, because the job's own onFailure could not tell it: where it ran cannot be reached (the machine is gone).",
    );
  });

  test("tells anew where its object has forgotten it", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name) => (name === "b" ? down("gone") : up("fine"));
    const tell = checker.fake.tell.bind(checker.fake);
    checker.fake.tell = (shard, task) => {
      checker.fake.forget();
      return tell(shard, task);
    };
    const mails = await checker.tick("10:00");
    expect(mails.map(({ subject }) => subject)).toEqual(["[checker-eu] b saw nothing"]);
  });
});
