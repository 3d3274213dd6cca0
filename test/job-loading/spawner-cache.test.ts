import { expect, test } from "vitest";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import type { JobConfig } from "../../src/job-sdk/job-config.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import { loadSome } from "../../src/job-loading/load-some.ts";
import { TickSpawnerCache } from "../../src/job-loading/spawner-cache.ts";
import { SETTINGS } from "../support/fakes/ports.ts";

class Ping extends JobBase {
  execute(): boolean {
    return true;
  }
}

const MINUTE = 60_000;
const NOW = Date.parse("2026-11-24T12:00:00Z");

/** A file of ten Pings. Counts how often its class was made. */
function pings(makesSingleJobs: boolean): { readonly file: JobFile; readonly made: () => number } {
  let made = 0;
  class Pings extends JobSpawner {
    constructor(config: JobConfig) {
      super(config);
      made += 1;
    }
    *getSubJobs(config: JobConfig): Generator<JobBase> {
      for (let index = 0; index < 10; index++) yield new Ping(config, String(index));
    }
  }
  class SinglePings extends Pings {
    override getSubJob(config: JobConfig, index: number): JobBase {
      return new Ping(config, String(index));
    }
  }
  const Exported = makesSingleJobs ? SinglePings : Pings;
  return { file: { name: "Pings", load: () => Promise.resolve({ Pings: Exported }) }, made: () => made };
}

/** Shards that come at the same time, each with one of the jobs. */
async function shards(
  file: JobFile,
  spawners: TickSpawnerCache,
  ...ticks: readonly number[]
): Promise<string[]> {
  const loaded = await Promise.all(
    ticks.map((nowMs, index) =>
      loadSome([file], SETTINGS, [{ jobKey: `Pings["${index}"]`, file: "Pings", index }], spawners.of(nowMs)),
    ),
  );
  return loaded.flatMap(({ jobs }) => jobs.map(({ jobKey }) => jobKey));
}

test("all shards of a tick take their jobs from one spawner", async () => {
  const { file, made } = pings(true);
  const jobs = await shards(file, new TickSpawnerCache(), NOW, NOW, NOW);
  expect(jobs).toEqual([`Pings["0"]`, `Pings["1"]`, `Pings["2"]`]);
  expect(made()).toBe(1);
});

test("the next tick has a new one, and a tick that is late neither takes it nor leaves its own", async () => {
  const { file, made } = pings(true);
  const spawners = new TickSpawnerCache();
  await shards(file, spawners, NOW, NOW + MINUTE, NOW, NOW + MINUTE, NOW + MINUTE);
  expect(made()).toBe(3);
});

test("a spawner that may wait for something between its jobs is each shard's own", async () => {
  const { file, made } = pings(false);
  const jobs = await shards(file, new TickSpawnerCache(), NOW, NOW);
  expect(jobs).toEqual([`Pings["0"]`, `Pings["1"]`]);
  expect(made()).toBe(2);
});
