import { describe, expect, test } from "vitest";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import { D1Store } from "../../src/storage/d1/d1-store.ts";
import { MemoryStore } from "../support/memory-store/store.ts";
import { loadErrorChanges } from "../../src/scheduling/load-errors.ts";
import { FakeRandom } from "../support/fakes/ports.ts";
import { SqliteD1 } from "../support/d1/sqlite.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";
import type { NotifiedLoadError } from "../../src/job-loading/load-error.ts";
import type { Store } from "../../src/storage/store.ts";

function broken(name: string, text: string): JobFile {
  return { name, load: () => Promise.reject(new Error(text)) };
}

class Ping extends JobBase {
  execute(): boolean {
    return true;
  }
}

const GOOD = jobFile("Good", {});

describe("a job file that cannot be loaded", () => {
  test("is told once, in full, while the others run on", async () => {
    const checker = new Instance([broken("Broken", "API_KEY is missing"), GOOD]);
    const [mail, ...noMore] = await checker.tick("10:00");
    expect(noMore).toEqual([]);
    expect(mail?.to).toBe("ops@example.com");
    expect(mail?.subject).toBe("[checker-eu] Import Error on Broken");
    expect(mail?.body).toBe(`jobs/Broken cannot be run, in whole or in part.

API_KEY is missing

All other jobs run on. This is told once, until it changes.

What to do: mend the file, see that \`npm run check\` is content, and deploy again.
`);
    for (const time of ["10:01", "10:02", "11:00", "2026-11-24 00:00"])
      expect(await checker.tick(time)).toEqual([]);
    const { ticks } = await checker.store.readReport({ tick: 0, change: 0, gap: 0 });
    expect(ticks.map((tick) => tick.up)).toEqual([1, 1, 1, 1, 1]);
  });

  test("is told to each alert contact", async () => {
    const checker = new Instance([broken("Broken", "x")], {
      alertContacts: ["a@example.com", "b@example.com"],
    });
    expect((await checker.tick("10:00")).map((mail) => mail.to)).toEqual(["a@example.com", "b@example.com"]);
  });

  test("is told again when what is wrong has changed", async () => {
    const checker = new Instance([broken("Broken", "first")]);
    expect(await checker.subjects("10:00")).toEqual(["[checker-eu] Import Error on Broken"]);
    expect(await checker.tick("10:01")).toEqual([]);
    checker.files = [broken("Broken", "second")];
    const [mail] = await checker.tick("10:02");
    expect(mail?.body).toContain("\n\nsecond\n\n");
    expect(await checker.tick("10:03")).toEqual([]);
  });

  test("is told again when it comes back after it was fixed or taken away for ten minutes", async () => {
    const checker = new Instance([broken("Broken", "same")]);
    expect(await checker.subjects("10:00")).toHaveLength(1);
    checker.files = [jobFile("Broken", {})];
    for (const time of ["10:01", "10:10", "10:11"]) expect(await checker.tick(time)).toEqual([]);
    checker.files = [broken("Broken", "same")];
    expect(await checker.subjects("10:12")).toHaveLength(1);
    checker.files = [];
    for (const time of ["10:13", "10:22"]) expect(await checker.tick(time)).toEqual([]);
    checker.files = [broken("Broken", "same")];
    expect(await checker.subjects("10:23")).toEqual([]);
    checker.files = [];
    for (const time of ["10:24", "10:34"]) expect(await checker.tick(time)).toEqual([]);
    checker.files = [broken("Broken", "same")];
    expect(await checker.subjects("10:35")).toHaveLength(1);
  });

  test("is one of several, told in one mail and once", async () => {
    const checker = new Instance([broken("A", "a"), broken("B", "b")]);
    const [mail, ...noMore] = await checker.tick("10:00");
    expect(noMore).toEqual([]);
    expect(mail?.subject).toBe("[checker-eu] Import Error on A, and 1 more");
    expect(mail?.body.split("\n").slice(0, 9)).toEqual([
      "2 messages at 2026-11-23 10:00 UTC.",
      "",
      "Other messages:",
      "- Import Error on A",
      "  a",
      "- Import Error on B",
      "  b",
      "",
      "-".repeat(60),
    ]);
    checker.files = [broken("A", "a"), broken("B", "changed")];
    expect(await checker.subjects("10:01")).toEqual(["[checker-eu] Import Error on B"]);
  });

  test("shows each thing that is wrong on a line of its own, and no line of its making", async () => {
    const spawner = class extends JobSpawner {
      *getSubJobs(config: JobSpawner["config"]): Generator<JobBase> {
        for (const name of ["twin", "twin"]) yield new Ping(config, name);
        throw new Error("a\r\nSubject: b");
      }
    };
    const checker = new Instance([{ name: "List", load: () => Promise.resolve({ List: spawner }) }]);
    const [mail] = await checker.tick("10:00");
    expect(mail?.body.split("\n").slice(0, 6)).toEqual([
      "jobs/List cannot be run, in whole or in part.",
      "",
      "a Subject: b",
      `two jobs have the identity List["twin"], twice in List; only the first runs. Pass something that distinguishes them to super(config, …), such as a name.`,
      "",
      "All other jobs run on. This is told once, until it changes.",
    ]);
  });

  test("is not told again for a reference that is new in each error", async () => {
    const checker = new Instance([]);
    const subjects: string[] = [];
    for (const [minute, reference] of [
      "0123456789abcdef",
      "fedcba987654",
      "1a2b3c4d5e6f7a8b9c0d",
    ].entries()) {
      checker.files = [broken("Broken", `internal error; reference = ${reference}`)];
      subjects.push(...(await checker.subjects(`10:0${minute}`)));
    }
    expect(subjects).toEqual(["[checker-eu] Import Error on Broken"]);
    checker.files = [broken("Broken", "internal error; reference = none")];
    expect(await checker.subjects("10:05")).toHaveLength(1);
  });

  test("is told also at a tick for which no job is due", async () => {
    const checker = new Instance([]);
    await checker.tick("10:00");
    checker.files = [broken("Broken", "x")];
    expect(await checker.subjects("10:01")).toEqual(["[checker-eu] Import Error on Broken"]);
  });
});

describe.each<readonly [string, () => Store]>([
  ["in memory", () => new MemoryStore()],
  ["on D1", () => new D1Store(new SqliteD1() as unknown as D1Database, new FakeRandom())],
])("versions of the Worker that take turns on one database %s", (_where, createStore) => {
  const fine = [jobFile("Broken", {}), GOOD];

  /** What is mailed in an hour of ticks, each by one of these versions. */
  async function subjectsOf(store: Store, versions: readonly (readonly JobFile[])[], from = 0) {
    const checker = new Instance([], {}, store);
    const subjects: string[] = [];
    for (let minute = 0; minute < 60; minute++) {
      checker.files = versions[minute % versions.length] ?? [];
      subjects.push(...(await checker.subjects(`1${from}:${String(minute).padStart(2, "0")}`)));
    }
    return subjects;
  }

  test.each<readonly [string, readonly (readonly JobFile[])[], number]>([
    ["of which one has a fault", [fine, [broken("Broken", "a"), GOOD]], 1],
    ["of which one does not know the file", [[GOOD], [broken("Broken", "a"), GOOD]], 1],
    ["that have faults with different texts", [[broken("Broken", "a")], [broken("Broken", "b")]], 2],
    ["of which each of three is another", [fine, [broken("Broken", "a")], [broken("Broken", "b")]], 2],
    ["of which one of five has a fault", [fine, fine, fine, fine, [broken("Broken", "a")]], 1],
  ])("%s notify of each fault once", async (_what, versions, count) => {
    const store = createStore();
    expect(await subjectsOf(store, versions)).toHaveLength(count);
    // The deployment ends: the fault is fixed, and a later one is news.
    expect(await subjectsOf(store, [fine], 1)).toEqual([]);
    expect((await store.readTick(timeOf("12:00"))).loadErrors).toEqual([]);
    expect((await store.readTick(timeOf("12:00"))).notifiedLoadErrors).toEqual([]);
    expect(await subjectsOf(store, versions, 2)).toHaveLength(count);
  });

  test("show the text that is left when the other version is gone", async () => {
    const store = createStore();
    await subjectsOf(store, [[broken("Broken", "a")], [broken("Broken", "b")]]);
    await subjectsOf(store, [[broken("Broken", "a")]], 1);
    expect((await store.readTick(timeOf("12:00"))).loadErrors).toEqual([{ name: "Broken", message: "a" }]);
  });
});

test("versions that take turns write of a fault a few times an hour, and a fault that persists is not written again", () => {
  const fault = { name: "Broken", message: "a" };
  const writes = (seenIn: (minute: number) => boolean): number => {
    let [notice, count]: [NotifiedLoadError | null, number] = [null, 0];
    for (let minute = 0; minute < 60; minute++) {
      const view = { loadErrors: [fault], notifiedLoadErrors: notice === null ? [] : [notice] };
      const { notifiedLoadErrors } = loadErrorChanges(seenIn(minute) ? [fault] : [], view, minute * 60_000);
      count += notifiedLoadErrors.length;
      notice = notifiedLoadErrors[0] ?? notice;
    }
    return count;
  };
  expect(writes(() => true)).toBe(0);
  expect(writes((minute) => minute % 2 === 0)).toBeLessThan(25);
});
