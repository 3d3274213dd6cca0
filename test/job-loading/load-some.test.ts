import { describe, expect, test } from "vitest";
import { HTTPServerSpawner } from "../../src/checks/http-server.ts";
import type { JobRef } from "../../src/core/shard.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import type { JobConfig } from "../../src/job-sdk/job-config.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import { loadJobs } from "../../src/job-loading/load-jobs.ts";
import { loadSome } from "../../src/job-loading/load-some.ts";
import { TickSpawnerCache } from "../../src/job-loading/spawner-cache.ts";
import { SETTINGS } from "../support/fakes/ports.ts";

const NOW = Date.parse("2026-11-24T12:00:00Z");

class Ping extends JobBase {
  execute(): boolean {
    return true;
  }
}

function file(name: string, exported: unknown): JobFile {
  return { name, load: () => Promise.resolve({ [name]: exported }) };
}

/** A spawner of Pings with these names. Counts how many it made. */
function spawner(names: () => readonly string[]): { readonly file: JobFile; readonly made: () => number } {
  let made = 0;
  class Pings extends JobSpawner {
    *getSubJobs(config: JobConfig): Generator<JobBase> {
      for (const name of names()) {
        made += 1;
        if (name === "throws") throw new Error("the list ends here");
        yield new Ping(config, name);
      }
    }
  }
  return { file: file("Pings", Pings), made: () => made };
}

function ref(name: string, index: number): JobRef {
  return { jobKey: `Pings["${name}"]`, file: "Pings", index };
}

async function some(files: readonly JobFile[], ...refs: readonly JobRef[]): Promise<object> {
  const { jobs, missing } = await loadSome(files, SETTINGS, refs, new TickSpawnerCache().of(NOW));
  return { jobs: jobs.map(({ jobKey, index }) => `${jobKey} ${index}`), ...Object.fromEntries(missing) };
}

describe("some of a spawner's jobs", () => {
  test("are made in the order in which they are asked for, and none behind the last is", async () => {
    const { file, made } = spawner(() => ["a", "b", "c", "d", "e", "f"]);
    expect(await some([file], ref("d", 3), ref("b", 1))).toEqual({ jobs: [`Pings["d"] 3`, `Pings["b"] 1`] });
    expect(made()).toBe(4);
  });

  test("are found where the list is another by now", async () => {
    const { file } = spawner(() => ["new", "a", "b"]);
    expect(await some([file], ref("a", 0), ref("b", 1))).toEqual({ jobs: [`Pings["a"] 1`, `Pings["b"] 2`] });
  });

  test("are missing where the list does not hold them any more", async () => {
    const { file } = spawner(() => ["a", "b"]);
    expect(await some([file], ref("a", 0), ref("c", 2))).toEqual({
      jobs: [`Pings["a"] 0`],
      [`Pings["c"]`]: "its file does not give it any more",
    });
  });

  test("are there also where the spawner throws behind them", async () => {
    const { file } = spawner(() => ["a", "b", "throws", "c"]);
    expect(await some([file], ref("b", 1))).toEqual({ jobs: [`Pings["b"] 1`] });
    expect(await some([file], ref("a", 0), ref("c", 3))).toEqual({
      jobs: [`Pings["a"] 0`],
      [`Pings["c"]`]: "the list ends here",
    });
  });
});

describe("some jobs", () => {
  test("come from several files, each with what is wrong with its own", async () => {
    const files = [
      file("Single", class extends Ping {}),
      { name: "Broken", load: () => Promise.reject(new Error("no such module")) },
      file("Misfit", "a text"),
      spawner(() => ["a"]).file,
    ];
    const of = (name: string): JobRef => ({ jobKey: name, file: name, index: 0 });
    expect(await some(files, of("Single"), of("Broken"), ref("a", 0), of("Misfit"), of("Nowhere"))).toEqual({
      jobs: ["Single 0", `Pings["a"] 0`],
      Broken: "no such module",
      Misfit: "jobs/Misfit exports no class Misfit; name the class like its file",
      Nowhere: "its file does not give it any more",
    });
  });

  test("of a list are made alone", async () => {
    let asked = 0;
    class Servers extends HTTPServerSpawner {
      override servers = new Proxy(
        Array.from({ length: 1_000 }, (_, index) => `https://${index}.example/`),
        {
          get(target, key, receiver): unknown {
            if (typeof key === "string" && /^\d+$/.test(key)) asked += 1;
            return Reflect.get(target, key, receiver);
          },
        },
      );
    }
    const files = [file("Servers", Servers)];
    const { jobs } = await loadJobs(files, SETTINGS);
    asked = 0;
    const wanted = [jobs[500], jobs[999]].flatMap((job) => job ?? []);
    const again = await loadSome(files, SETTINGS, wanted, new TickSpawnerCache().of(NOW));
    expect(again.jobs.map(({ jobKey }) => jobKey)).toEqual(wanted.map(({ jobKey }) => jobKey));
    expect(asked).toBe(2);
  });

  test("of a list with a wrong entry before them are found all the same", async () => {
    class Servers extends HTTPServerSpawner {
      override servers = ["nonsense", "https://a.example/", "https://b.example/"];
    }
    const files = [file("Servers", Servers)];
    const { jobs } = await loadJobs(files, SETTINGS);
    expect(jobs).toHaveLength(2);
    const again = await loadSome(files, SETTINGS, jobs, new TickSpawnerCache().of(NOW));
    expect(again.jobs.map(({ jobKey }) => jobKey)).toEqual(jobs.map(({ jobKey }) => jobKey));
  });
});
