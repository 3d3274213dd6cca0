/** Texts of jobs with half a surrogate pair, which the database gives back as U+FFFD. */
import { describe, expect, test } from "vitest";
import { D1Store } from "../../src/storage/d1/d1-store.ts";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { JobError } from "../../src/job-sdk/job-error.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import { FakeRandom } from "../support/fakes/ports.ts";
import { sqliteD1 } from "../support/d1/sqlite.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

const HALF = "\ud83d";
const OTHER_HALF = "\ude92";
/** Each is cut, or joined with other text, in another place. */
const TEXTS = [HALF, OTHER_HALF, `a${HALF}`, `${OTHER_HALF}a`, "🚒".repeat(600), `x${"🚒".repeat(600)}`];

class Half extends JobBase {
  execute(): boolean {
    return true;
  }
}

function failing(outcome: Outcome): JobFile {
  return jobFile("Half", {
    execute: () => outcome,
    numberFailuresBeforeNotification: () => 1,
  });
}

/** Subjects of each of four ticks, which read what the ones before have written to a database. */
async function subjectsOf(files: readonly JobFile[]): Promise<readonly (readonly string[])[]> {
  const db = sqliteD1();
  const store = new D1Store(db, new FakeRandom());
  const checker = new Instance(files, {}, store);
  const subjects: (readonly string[])[] = [];
  for (const time of ["10:00", "10:01", "10:02", "10:03"]) subjects.push(await checker.subjects(time));
  const { states, loadErrors } = await store.readTick(checker.clock.ms);
  for (const { reason, lastNotifiedFailureKind } of states.values()) {
    expect([reason, lastNotifiedFailureKind].map((text) => text?.isWellFormed() ?? true)).toEqual([
      true,
      true,
    ]);
  }
  for (const { message } of loadErrors) expect(message.isWellFormed()).toBe(true);
  return subjects;
}

describe.each(TEXTS)("%j notifies once", (text) => {
  test.each<[string, readonly JobFile[]]>([
    ["as a condition", [failing(down("fails", null, text))]],
    ["as a reason", [failing(down(text))]],
    [
      "as what a job throws",
      [
        jobFile("Half", {
          execute: () => {
            throw new Error(text);
          },
          numberFailuresBeforeNotification: () => 1,
        }),
      ],
    ],
    [
      "as a name and a group",
      [{ ...failing(down("fails")) }, jobFile("Named", { getName: () => text, getGroup: () => text })],
    ],
    [
      "as the subject and the body of a mail",
      [
        jobFile("Half", {
          execute: () => false,
          numberFailuresBeforeNotification: () => 1,
          onFailure() {
            return this.sendEmail(`Half failed ${text}`, text);
          },
        }),
      ],
    ],
  ])("%s", async (_where, files) => {
    const [first, ...later] = await subjectsOf(files);
    expect(first).toEqual([expect.stringMatching(/^\[checker-eu\] Half failed/)]);
    expect(first?.every((subject) => subject.isWellFormed())).toBe(true);
    expect(later).toEqual([[], [], []]);
  });

  test("as what a spawner throws", async () => {
    class Spawner extends JobSpawner {
      getSubJobs(): never {
        throw new JobError("E_HALF", text);
      }
    }
    const [first, ...later] = await subjectsOf([
      { name: "Spawner", load: () => Promise.resolve({ Spawner }) },
    ]);
    expect(first).toHaveLength(1);
    expect(later).toEqual([[], [], []]);
  });
});

test("an argument of a job with half a surrogate pair keeps its state", async () => {
  class Spawner extends JobSpawner {
    override async *getSubJobs(config: ConstructorParameters<typeof Half>[0]) {
      for (const text of [HALF, OTHER_HALF]) {
        yield Object.assign(new Half(config, text), {
          execute: () => down("fails"),
          numberFailuresBeforeNotification: () => 1,
        });
      }
    }
  }
  const [first, ...later] = await subjectsOf([{ name: "Spawner", load: () => Promise.resolve({ Spawner }) }]);
  expect(first).toEqual(["[checker-eu] 2 down"]);
  expect(later).toEqual([[], [], []]);
});

test("a reason with half a surrogate pair that goes on writes no row, also where it is no failure", async () => {
  for (const outcome of [up(HALF), inconclusive(HALF)]) {
    const db = sqliteD1();
    const store = new D1Store(db, new FakeRandom());
    const checker = new Instance([failing(outcome)], {}, store);
    for (const time of ["10:00", "10:10", "10:11"]) await checker.tick(time);
    const before = (await store.readTick(checker.clock.ms)).states.get("Half");
    await checker.tick("10:12");
    expect((await store.readTick(checker.clock.ms)).states.get("Half")).toEqual(before);
  }
});
