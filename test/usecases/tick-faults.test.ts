import { describe, expect, test } from "vitest";
import { JobBase } from "../../src/job/job-base.ts";
import { JobSpawner } from "../../src/job/job-spawner.ts";
import type { JobFile } from "../../src/job/job-file.ts";
import { Instance, jobFile } from "../support/timeline-instance.ts";

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

  test("is told anew when it comes back after it was mended or taken away", async () => {
    const checker = new Instance([broken("Broken", "same")]);
    expect(await checker.subjects("10:00")).toHaveLength(1);
    checker.files = [jobFile("Broken", {})];
    expect(await checker.tick("10:01")).toEqual([]);
    checker.files = [broken("Broken", "same")];
    expect(await checker.subjects("10:02")).toHaveLength(1);
    checker.files = [];
    expect(await checker.tick("10:03")).toEqual([]);
    checker.files = [broken("Broken", "same")];
    expect(await checker.subjects("10:04")).toHaveLength(1);
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
