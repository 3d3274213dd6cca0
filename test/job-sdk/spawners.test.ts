import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import type { JobConfig } from "../../src/job-sdk/job-config.ts";
import { JobSpawner, type SubJobs } from "../../src/job-sdk/job-spawner.ts";
import { loadJobs } from "../../src/job-loading/load-jobs.ts";
import { never, SETTINGS } from "../support/fakes/ports.ts";

class Ping extends JobBase {
  execute(): boolean {
    return true;
  }
}

type Spawn = (config: JobConfig) => SubJobs | Promise<SubJobs>;

async function spawned(spawn: Spawn): Promise<{ jobs: string[]; fault: string | undefined }> {
  const List = class extends JobSpawner {
    getSubJobs(config: JobConfig): SubJobs | Promise<SubJobs> {
      return spawn(config);
    }
  };
  const { jobs, loadErrors } = await loadJobs(
    [{ name: "List", load: () => Promise.resolve({ List }) }],
    SETTINGS,
  );
  return { jobs: jobs.map((job) => job.name), fault: loadErrors[0]?.message };
}

describe("a spawner may give its jobs", () => {
  const TWO = { jobs: ["List a", "List b"], fault: undefined };
  const array: Spawn = (config) => [new Ping(config, "a"), new Ping(config, "b")];

  test("as an array", async () => {
    expect(await spawned(array)).toEqual(TWO);
  });

  test("as a promise of an array", async () => {
    expect(await spawned(async (config) => array(config))).toEqual(TWO);
  });

  test("as a generator", async () => {
    expect(
      await spawned(function* (config) {
        yield new Ping(config, "a");
        yield new Ping(config, "b");
      }),
    ).toEqual(TWO);
  });

  test("as an async generator", async () => {
    expect(
      await spawned(async function* (config) {
        yield new Ping(config, "a");
        await Promise.resolve();
        yield new Ping(config, "b");
      }),
    ).toEqual(TWO);
  });

  test("as a set, or none at all", async () => {
    expect(await spawned((config) => new Set([new Ping(config, "a"), new Ping(config, "b")]))).toEqual(TWO);
    expect(await spawned(() => [])).toEqual({ jobs: [], fault: undefined });
  });
});

describe("a spawner that fails midway", () => {
  const FIRST = ["List a"];

  test("keeps what it yielded before it threw", async () => {
    expect(
      await spawned(function* (config) {
        yield new Ping(config, "a");
        throw new Error("the list ends here");
      }),
    ).toEqual({ jobs: FIRST, fault: "the list ends here" });
    expect(
      await spawned(async function* (config) {
        yield new Ping(config, "a");
        await Promise.reject(new Error("no answer"));
      }),
    ).toEqual({ jobs: FIRST, fault: "no answer" });
  });

  test("keeps what it yielded before something that is no job", async () => {
    const fault = "TypeError: getSubJobs yielded something that is not a job";
    for (const odd of [undefined, "https://example.com", {}, Ping]) {
      expect(await spawned((config) => [new Ping(config, "a"), odd as unknown as Ping])).toEqual({
        jobs: FIRST,
        fault,
      });
    }
  });

  test("has no jobs when it throws or rejects at once", async () => {
    const thrower = () => {
      throw new Error("no list");
    };
    expect(await spawned(thrower)).toEqual({ jobs: [], fault: "no list" });
    expect(await spawned(() => Promise.reject(new Error("no list")))).toEqual({ jobs: [], fault: "no list" });
  });

  test("has no jobs when it forgets to return them", async () => {
    for (const nothing of [undefined, null, 42]) {
      const { jobs, fault } = await spawned(() => nothing as unknown as SubJobs);
      expect(jobs).toEqual([]);
      expect(fault).toMatch(/^TypeError: /);
    }
  });

  test("loses only the entry that answers nonsense about itself", async () => {
    const odd = (config: JobConfig): Ping =>
      Object.assign(new Ping(config, "odd"), { timeLimitMs: () => -1 });
    expect(await spawned((config) => [new Ping(config, "a"), odd(config), new Ping(config, "b")])).toEqual({
      jobs: ["List a", "List b"],
      fault: "timeLimitMs() of List odd returned -1; return milliseconds from 1 to 240000",
    });
  });

  test("with hundreds of such entries names the first ten", async () => {
    const { fault } = await spawned((config) =>
      Array.from({ length: 300 }, (_, i) => Object.assign(new Ping(config, i), { timeLimitMs: () => 0 })),
    );
    expect(fault?.split("\n")).toHaveLength(10);
  });
});

describe("a spawner without end", () => {
  test("is left after 20 000 jobs, which run", async () => {
    const { jobs, fault } = await spawned(function* (config) {
      for (let i = 0; ; i++) yield new Ping(config, i);
    });
    expect(jobs).toHaveLength(20_000);
    expect(fault).toBe("RangeError: getSubJobs yielded more than 20000 jobs");
  });

  test("is left as soon when each of its jobs answers nonsense", async () => {
    let asked = 0;
    await spawned(function* (config) {
      // Without end in an author's file; a test had better come back.
      while (++asked < 30_000) yield Object.assign(new Ping(config, asked), { timeLimitMs: () => 0 });
    });
    expect(asked).toBeLessThanOrEqual(20_001);
  });
});

describe("a spawner that never ends", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is left after ten seconds, and what it yielded till then runs", async () => {
    const loading = spawned(async function* (config) {
      yield new Ping(config, "a");
      await never();
    });
    await vi.advanceTimersByTimeAsync(9_999);
    await expect(Promise.race([loading, Promise.resolve("loading")])).resolves.toBe("loading");
    await vi.advanceTimersByTimeAsync(1);
    expect(await loading).toEqual({ jobs: ["List a"], fault: "getSubJobs did not end within 10 s" });
  });

  test("is asked for no more afterwards", async () => {
    const gate = Promise.withResolvers<void>();
    let late = 0;
    const loading = spawned(async function* (config) {
      yield new Ping(config, "a");
      await gate.promise;
      while (late < 5) yield new Ping(config, ++late);
    });
    await vi.advanceTimersByTimeAsync(10_000);
    expect((await loading).jobs).toEqual(["List a"]);
    gate.resolve();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(late).toBe(1);
  });

  test("is left also when it is the promise of its jobs that never comes", async () => {
    const loading = spawned(() => never());
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await loading).toEqual({ jobs: [], fault: "getSubJobs did not end within 10 s" });
  });

  test("leaves no timer behind when it ended in time", async () => {
    await spawned((config) => [new Ping(config, "a")]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("does not hold up the others, and nor does a file whose evaluation never ends", async () => {
    const files = [
      { name: "Hanging", load: () => never<Record<string, unknown>>() },
      { name: "Good", load: () => Promise.resolve({ Good: class extends Ping {} }) },
    ];
    const loading = loadJobs(files, SETTINGS).then(({ jobs, loadErrors }) => [
      ...jobs.map((job) => job.name),
      ...loadErrors.map((fault) => fault.name),
    ]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(await Promise.race([loading, Promise.resolve("no job is loaded")])).toEqual(["Good", "Hanging"]);
  });
});
