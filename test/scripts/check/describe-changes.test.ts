import { describe, expect, test } from "vitest";
import type { DeployedJobs } from "../../../scripts/check/deployed-jobs.ts";
import { describeChanges } from "../../../scripts/check/describe-changes.ts";
import { compareJobs, type DeployedJob } from "../../../scripts/check/job-changes.ts";

const REMOTE = { from: "cloudflare" } as const;
const LOCAL = { from: "local", state: "other" } as const;
const job = (jobKey: string, name = jobKey): DeployedJob => ({ jobKey, name, frequency: "MINUTE" });
const read = (...jobs: readonly DeployedJob[]): DeployedJobs => ({ state: "read", jobs, damaged: 0 });

function describeFrom(
  before: readonly DeployedJob[],
  after: readonly (DeployedJob & { readonly file: string })[],
  faulty: readonly string[] = [],
) {
  return describeChanges(REMOTE, read(...before), compareJobs(before, after, new Set(faulty)));
}

const NOTHING = compareJobs([], [], new Set());

describe("what --diff tells a person", () => {
  test("is a line for each job that changes", () => {
    const before = [job("Gone"), job("Kept"), job("Slow")];
    const after = [
      { ...job("Kept", "Kept as ever"), file: "Kept" },
      { ...job("Slow"), frequency: "DAY_NOON" as const, file: "Slow" },
      { ...job("New"), frequency: "HOUR" as const, file: "New" },
    ];
    expect(describeFrom(before, after)).toEqual({
      lines: [
        "The next deploy changes these jobs (deployed: 3):",
        "  added    HOUR      New",
        "  removed  MINUTE    Gone",
        "  renamed  Kept → Kept as ever",
        "  moved    Slow: MINUTE → DAY_NOON",
      ],
      notes: [],
      problem: null,
    });
  });

  test("is that nothing changes", () => {
    const same = describeFrom([job("A")], [{ ...job("A"), file: "A" }]);
    expect(same.lines).toEqual(["The next deploy changes no job (deployed: 1)."]);
    expect(describeChanges(LOCAL, read(job("A"), job("B")), NOTHING).lines).toEqual([
      "The next npm start changes no job (in other: 2).",
    ]);
  });

  test("is what a rename costs, and how to keep the identity", () => {
    const added = { ...job('Web["https://b.net/"]', "Web https://b.net/"), file: "Web" };
    const listed = describeFrom([job('Web["https://a.net/"]', "Web https://a.net/")], [added]);
    expect(listed.notes).toEqual([
      `Web https://a.net/ seems to become Web https://b.net/, but under another identity (Web["https://a.net/"] before, Web["https://b.net/"] now), so it is another job: its history begins anew, and an outage that goes on is told anew. Hint: to let it go on as the same, an entry of a list takes name: "https://a.net/", a class of your own a getStateName() that returns its identity of before`,
    ]);
    expect(listed.lines).toHaveLength(3);
    const classes = describeFrom([job("Queue")], [{ ...job("Queue[1]"), file: "Queue" }]);
    expect(classes.notes).toEqual([
      "Queue seems to become Queue[1], but under another identity (Queue before, Queue[1] now), so it is another job: its history begins anew, and an outage that goes on is told anew. Hint: to let it go on as the same, its class takes a getStateName() that returns its identity of before",
    ]);
  });

  test("names some of those of which nothing is known, and counts what is damaged", () => {
    const before = Array.from({ length: 12 }, (_, index) => job(`Web[${index}]`));
    const deployed: DeployedJobs = { state: "read", jobs: before, damaged: 1 };
    const { lines, notes } = describeChanges(REMOTE, deployed, compareJobs(before, [], new Set(["Web"])));
    expect(lines).toEqual(["The next deploy changes no job (deployed: 12)."]);
    expect(notes).toEqual([
      "what becomes of Web[0], Web[1], Web[2], Web[3], Web[4], Web[5], Web[6], Web[7], Web[8], Web[9], and 2 more is not known, as their files make no jobs, or not all. Hint: mend what is named as a problem first",
      "left out as damaged: 1 row of the table of jobs",
    ]);
  });

  test.each<readonly [DeployedJobs, string, string]>([
    [
      { state: "noDatabase" },
      "Nothing is deployed yet, as there is no database: the first deploy begins with all jobs that are listed.",
      "Nothing ran in other yet: the first npm start begins with all jobs that are listed.",
    ],
    [
      { state: "noTable" },
      "The deployed database has no table of jobs yet: npm run deploy makes it. What changes is not known.",
      "What ran in other has no table of jobs yet: the next npm start makes it. What changes is not known.",
    ],
    [
      read(),
      "At Cloudflare no job was recorded yet: all that are listed are new.",
      "In other no job was recorded yet: all that are listed are new.",
    ],
  ])("is a plain answer where there is nothing to compare with: %j", (deployed, remote, local) => {
    expect(describeChanges(REMOTE, deployed, NOTHING)).toEqual({ lines: [remote], notes: [], problem: null });
    expect(describeChanges(LOCAL, deployed, NOTHING)).toEqual({ lines: [local], notes: [], problem: null });
  });

  test("is why it could not be read, with a remedy", () => {
    const deployed: DeployedJobs = { state: "unreadable", why: "Not logged in" };
    expect(describeChanges(REMOTE, deployed, NOTHING)).toEqual({
      lines: [],
      notes: [],
      problem:
        "--diff: what is deployed cannot be read: Not logged in. Hint: npx wrangler login, and a network; npm run check -- --diff --local compares with npm start instead",
    });
    expect(describeChanges(LOCAL, deployed, NOTHING).problem).toBe(
      "--diff: what ran in other cannot be read: Not logged in. Hint: end npm start and try again; without other Checker begins anew",
    );
  });
});
