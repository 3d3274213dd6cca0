import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { down, inconclusive, up } from "../../src/core/outcome.ts";
import { never } from "../support/fakes/ports.ts";
import { Sharded } from "../support/timeline/sharded.ts";

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
    expect(checker.fake.tellTasks.map(({ shard, task }) => [shard, task.requests.length])).toEqual([
      ["MINUTE-0", 1],
      ["MINUTE-1", 2],
      ["MINUTE-2", 1],
    ]);
  });

  test("that were slow begin last the next time", async () => {
    const checker = new Sharded("abcde");
    const found = new Map([
      ["b", down("gone")],
      ["c", inconclusive("cut short")],
    ]);
    checker.run = (name) => found.get(name) ?? up("fine");
    await checker.tick("10:00");
    await checker.tick("10:01");
    expect(checker.given().slice(3)).toEqual(["MINUTE-0: a", "MINUTE-1: d b", "MINUTE-2: e c"]);
    found.clear();
    found.set("d", up("fine", 5_000)).set("e", up("fine", 1_900));
    await checker.tick("10:02");
    await checker.tick("10:03");
    expect(checker.given().slice(9)).toEqual(["MINUTE-0: a", "MINUTE-1: b d", "MINUTE-2: c e"]);
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
    // What each of them used is recorded.
    const { usage } = await checker.store.readTick(checker.clock.nowMs());
    expect(usage?.tick).toMatchObject({ requests: 80, invocations: calls.length + 1 });
  });

  test("in place for which there is no room run elsewhere, with all that they ask for", async () => {
    const names = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const checker = new Sharded(names, { plan: "free", sharding: { size: 30, inPlace: 60 } });
    const network = { ...checker.network, fetch: () => Promise.resolve(new Response("")) };
    checker.network = checker.meter.network(network);
    checker.run = async (name, { network, loopback }) => {
      await network.fetch("https://a.example/", {});
      if (name === "Z") loopback.sendLoopback();
      return up("fine");
    };
    expect(await checker.runTick("10:00")).toMatchObject({ tick: { jobs: 52, up: 52 } });
    expect(checker.given()).toHaveLength(1);
    expect(checker.given()[0]).toMatch(/^REST: .*Z$/);
    expect(await checker.store.recentLoopbacks(5)).toHaveLength(1);
  });

  test("that fail all at once are looked at again within the plan's requests, each as often as it asks", async () => {
    const checker = new Sharded("abcdefghijklmnopqrstuvwxyzABCD", {
      plan: "free",
      sharding: { size: 30, inPlace: 1 },
    });
    checker.retryPolicy = { retries: 2, delayMs: 1_000 };
    checker.network = { ...checker.network, fetch: () => Promise.resolve(new Response("")) };
    checker.run = async (_name, { network }) => {
      await network.fetch("https://a.example/", {});
      return down("gone");
    };
    const requests: number[] = [];
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = async (shard, task) => {
      const report = await run(shard, task);
      requests.push(report.usage.requests);
      return report;
    };
    const ticking = checker.runTick("10:00");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await ticking).toMatchObject({ tick: { jobs: 30, down: 30 } });
    expect(new Set((await checker.standing()).map((text) => text.slice(3)))).toEqual(
      new Set(["down gone (3 tries)"]),
    );
    expect(Math.max(...requests)).toBeLessThanOrEqual(50);
    expect(requests.length).toBeLessThanOrEqual(6);
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

  test("that one invocation after the other has no room for says what to do", async () => {
    const checker = new Sharded("abcdefghijklmnopqrstuvwxyzABCDEF", { sharding: { size: 50, inPlace: 1 } });
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = async (shard, task) => {
      const report = await run(shard, task);
      return { ...report, runs: report.runs.slice(0, 1) };
    };
    expect(await checker.runTick("10:00")).toMatchObject({ tick: { jobs: 32, up: 30, inconclusive: 2 } });
    expect((await checker.standing()).slice(30)).toEqual([
      "E: inconclusive not run: 30 invocations had no room for it; set a smaller SHARD_SIZE",
      "F: inconclusive not run: 30 invocations had no room for it; set a smaller SHARD_SIZE",
    ]);
  });

  test("that never answers is given up when the tick's time is over", async () => {
    const checker = new Sharded("abcde");
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = (shard, task) => (shard === "MINUTE-1" ? never() : run(shard, task));
    const ticking = checker.runTick("10:00");
    setTimeout(() => (checker.clock.ms += 49_000), 49_000);
    await vi.advanceTimersByTimeAsync(50_000);
    expect(await ticking).toMatchObject({ tick: { jobs: 5, up: 3, inconclusive: 2 } });
    expect((await checker.standing())[1]).toBe(
      "b: inconclusive not run: what was to run it failed: no answer in time",
    );
  });

  test("ends when the tick's time is over, and blames no target that it cut short", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name) => (name === "b" ? never() : up("fine"));
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = (shard, task) => run(shard, { ...task, leftMs: 5_000 });
    const ticking = checker.runTick("10:00");
    await vi.advanceTimersByTimeAsync(5_000);
    await ticking;
    expect((await checker.standing())[1]).toBe("b: inconclusive cut short: the time of this tick was over");
  });

  test("has the mail of the proof sent that its job asks for", async () => {
    const checker = new Sharded("abcde");
    checker.run = (name, { loopback }) => {
      if (name === "d") loopback.sendLoopback();
      return up("fine");
    };
    await checker.runTick("10:00");
    expect(await checker.store.recentLoopbacks(5)).toHaveLength(1);
  });

  test("that answers for others' jobs, or twice for its own, is believed once and for its own", async () => {
    const checker = new Sharded("abcde");
    const run = checker.fake.run.bind(checker.fake);
    checker.fake.run = async (shard, task) => {
      const report = await run(shard, task);
      if (shard !== "MINUTE-2") return report;
      const [own] = report.runs;
      const lie = {
        outcome: down("a lie"),
        emails: [],
        refusedEmails: 0,
        publicNetwork: false,
        hasStarted: true,
        durationMs: 0,
      };
      return {
        ...report,
        runs: own === undefined ? [] : [own, { ...own, ...lie }, { ...lie, jobKey: `Jobs["a"]` }],
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
