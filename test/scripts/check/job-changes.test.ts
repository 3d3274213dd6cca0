import { describe, expect, test } from "vitest";
import { compareJobs, type DeployedJob, type NextJob } from "../../../scripts/check/job-changes.ts";
import type { JobFrequency } from "../../../src/core/time/frequency.ts";

function job(jobKey: string, changes: Partial<DeployedJob> = {}): DeployedJob {
  return { jobKey, name: `name of ${jobKey}`, frequency: "MINUTE", ...changes };
}

function next(jobKey: string, changes: Partial<NextJob> = {}): NextJob {
  return { ...job(jobKey), file: jobKey.replace(/\[.*/, ""), ...changes };
}

const web = (...urls: readonly string[]) => urls.map((url) => `Web${JSON.stringify([url])}`);
const likely = (removed: readonly string[], added: readonly string[]) =>
  compareJobs(
    removed.map((jobKey) => job(jobKey)),
    added.map((jobKey) => next(jobKey)),
    new Set(),
  ).likelyRenames.map(({ removed, added }) => [removed.jobKey, added.jobKey]);

describe("what a deploy changes", () => {
  test("is nothing where the jobs are the same in another order", () => {
    expect(compareJobs([job("A"), job("B")], [next("B"), next("A")], new Set())).toEqual({
      added: [],
      removed: [],
      renamed: [],
      moved: [],
      likelyRenames: [],
      unclear: [],
    });
  });

  test("are jobs that come and go, and those of the same identity with another name or frequency", () => {
    const hour: JobFrequency = "HOUR";
    const deployed = [job("Gone"), job("Kept"), job("Both"), job("Slow")];
    const jobs = [next("Slow", { frequency: hour }), next("Kept", { name: "Kept!" }), next("New")];
    const both = next("Both", { name: "Both!", frequency: hour });
    expect(compareJobs(deployed, [...jobs, both], new Set())).toEqual({
      added: [job("New")],
      removed: [job("Gone")],
      renamed: [
        { jobKey: "Kept", before: "name of Kept", after: "Kept!" },
        { jobKey: "Both", before: "name of Both", after: "Both!" },
      ],
      moved: [
        { jobKey: "Slow", name: "name of Slow", before: "MINUTE", after: "HOUR" },
        { jobKey: "Both", name: "Both!", before: "MINUTE", after: "HOUR" },
      ],
      likelyRenames: [],
      unclear: [],
    });
  });

  test("is not known of jobs whose file makes none here", () => {
    const deployed = [job("Web"), job('Web["a"]'), job('Website["a"]')];
    const { removed, unclear } = compareJobs(deployed, [], new Set(["Web"]));
    expect(unclear).toEqual([job("Web"), job('Web["a"]')]);
    expect(removed).toEqual([job('Website["a"]')]);
  });
});

describe("a job that seems to be renamed", () => {
  test("is alone among those of its file that go and that come", () => {
    expect(likely(['Web["https://old.net/"]', "Other"], ['Web["https://quite-different.org/x"]'])).toEqual([
      ['Web["https://old.net/"]', 'Web["https://quite-different.org/x"]'],
    ]);
    expect(likely(["Queue"], ['Queue["orders"]'])).toEqual([["Queue", 'Queue["orders"]']]);
  });

  test("is the most similar to another of its file, and that to it", () => {
    const removed = web("https://shop.net/", "https://blog.net/", "https://gone.net/");
    const added = web("https://blog.net/health", "https://shop.net/health", "https://unrelated.org/");
    expect(likely(removed, added)).toEqual([
      [removed[0], added[1]],
      [removed[1], added[0]],
    ]);
  });

  test("is none where several are as similar, or all that is similar is what all have", () => {
    expect(
      likely(web("https://s1.net/", "https://s2.net/"), web("https://s3.net/", "https://s4.net/")),
    ).toEqual([]);
    const added = web("https://www.blog.example.com/", "https://www.gamma-rays.example.com/");
    expect(likely(web("https://www.alpha.example.com/"), added)).toEqual([]);
    const both = web("https://shop.net/a", "https://shop.net/b", "https://other.org/");
    expect(likely(web("https://shop.net/"), both)).toEqual([]);
  });

  test("is the nearer of two to which the same is the most similar", () => {
    const removed = web("https://shop.net/", "https://shop.net/a");
    const added = web("https://shop.net/ab", "https://unrelated.org/");
    expect(likely(removed, added)).toEqual([[removed[1], added[0]]]);
  });

  test("is none of another file, unless the arguments are the same", () => {
    expect(likely(["Backup"], ["BackupIsFresh"])).toEqual([]);
    expect(likely(web("a", "b"), ['Site["b"]', 'Site["c"]'])).toEqual([['Web["b"]', 'Site["b"]']]);
    expect(likely(web("a"), ['Site["a"]', 'Page["a"]'])).toEqual([]);
  });

  test("is not looked for where a list was exchanged as a whole", () => {
    const many = (from: string) =>
      web(...Array.from({ length: 51 }, (_, index) => `${from}-${index * 1_111}`));
    expect(likely(many("before"), many("after"))).toEqual([]);
  });
});
