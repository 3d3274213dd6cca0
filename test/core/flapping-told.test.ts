import { expect, test } from "vitest";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import { Instance, jobFile } from "../support/timeline/instance.ts";

let outcome: Outcome = up("fine");
const FLAPPY = jobFile("Line", {
  execute: () => outcome,
  numberFailuresBeforeNotification: () => 1,
});

/** A letter a minute from 10:00 on, to the subjects of the mails of each. */
async function run(checker: Instance, from: number, letters: string): Promise<readonly string[]> {
  const subjects: string[] = [];
  for (const [index, letter] of letters.split("").entries()) {
    outcome = letter === "d" ? down("no signal") : up("fine");
    const mails = await checker.tick(`10:${String(from + index).padStart(2, "0")}`);
    subjects.push(mails.map(({ subject }) => subject.replace("[checker-eu] ", "")).join(" + ") || "-");
  }
  return subjects;
}

test("a job that flaps is told so once, in full, and how it came to rest", async () => {
  const checker = new Instance([FLAPPY], { flapping: { changes: 4, runs: 10 } });
  expect(await run(checker, 0, "dud")).toEqual(["Line failed", "Line is well again", "Line failed"]);
  outcome = up("fine");
  const [told] = await checker.tick("10:03");
  expect(told?.subject).toBe("[checker-eu] Line is flapping");
  expect(told?.body).toBe(`Line is flapping: it fails and recovers over and over.

Changes: 4 since 2026-11-23 10:00 UTC (3 min)
Now:     fine

Its changes are no longer told one by one. When it has come to rest you are told how: well or failing.

What to do: look at what the job watches. If it is well enough for you, raise the number of failures that
it takes before a notice, or let it confirm a failure before it counts.
`);
  expect(await run(checker, 4, "duduuuuu")).toEqual(["-", "-", "-", "-", "-", "-", "-", "-"]);
  outcome = up("fine");
  const [settled] = await checker.tick("10:12");
  expect(settled?.subject).toBe("[checker-eu] Line is well again");
  expect(settled?.body).toBe(`Line is well again, and has come to rest.

Now:     fine
Flapped: from 2026-11-23 10:03 UTC to 2026-11-23 10:12 UTC (9 min)

What to do: nothing. Each change is told again.
`);
});

test("a job that comes to rest failing is told as failing, since its last failure began", async () => {
  const checker = new Instance([FLAPPY], { flapping: { changes: 4, runs: 10 } });
  await run(checker, 0, "dudud");
  expect(await run(checker, 5, "dddd")).toEqual(["-", "-", "-", "-"]);
  outcome = down("no signal");
  const [failed] = await checker.tick("10:09");
  expect(failed?.subject).toBe("[checker-eu] Line failed");
  expect(failed?.body).toContain("Since:    2026-11-23 10:04 UTC (5 min)\nFailures: 6 in a row\n");
});

test("a job may tell it in its own way, and is told for when it cannot", async () => {
  const own = jobFile("Line", {
    execute: () => outcome,
    numberFailuresBeforeNotification: () => 1,
    onFlapping({ changes }) {
      return this.sendEmail(`${changes} changes!`, "text", "dba@example.com");
    },
  });
  const checker = new Instance([own], { flapping: { changes: 3, runs: 10 } });
  expect(await run(checker, 0, "dud")).toEqual(["Line failed", "Line is well again", "3 changes!"]);

  const mute = jobFile("Line", {
    execute: () => outcome,
    numberFailuresBeforeNotification: () => 1,
    onFlapping: () => false,
  });
  const other = new Instance([mute], { flapping: { changes: 3, runs: 10 } });
  await run(other, 0, "du");
  outcome = down("no signal");
  const [mail] = await other.tick("10:02");
  expect(mail?.subject).toBe("[checker-eu] Line is flapping");
  expect(mail?.body.split("\n").at(-2)).toBe(
    "This is Checker writing, because the job's own onFlapping could not tell it: it returned false.",
  );
});
