import { describe, expect, test } from "vitest";
import { chooseJobs } from "../../../scripts/lib/choose-jobs.ts";
import { defineJob } from "../../../src/job-loading/job-definition.ts";
import { JobBase } from "../../../src/job-sdk/job-base.ts";
import { jobConfig } from "../../../src/job-sdk/job-config.ts";
import { SETTINGS } from "../../support/fakes/ports.ts";

class Job extends JobBase {
  override execute(): boolean {
    return true;
  }
}

class Renamed extends Job {
  override getName(): string {
    return "The shop";
  }
  override getStateName(): string {
    return "shop";
  }
}

const job = (file: string, ...args: readonly unknown[]) =>
  defineJob(new Job(jobConfig(file, SETTINGS), ...args));
const file = (name: string) => ({ name, file: `${name}.ts` });

const PROJECT = {
  jobs: [
    job("EmailChecker"),
    job("Web", "https://a.example/"),
    job("Web", "https://b.example/"),
    job("WebTwo", "https://a.example/shop"),
    defineJob(new Renamed(jobConfig("Store", SETTINGS))),
  ],
  files: ["EmailChecker", "Web", "WebTwo", "Store", "Empty"].map(file),
  broken: ["Torn", "WebTorn"].map(file),
};

/** Identities of jobs, names of files, and names of broken files that `wanted` stands for. */
function choose(wanted: string): readonly (readonly string[])[] {
  const { jobs, files, broken } = chooseJobs(wanted, PROJECT);
  return [jobs.map(({ jobKey }) => jobKey), files.map(({ name }) => name), broken.map(({ name }) => name)];
}

const WEB = [`Web["https://a.example/"]`, `Web["https://b.example/"]`];
const TWO = [`WebTwo["https://a.example/shop"]`];

describe("a NAME stands for", () => {
  test.each([
    ["Web", "a file, before others that only contain it"],
    ["Web.ts", "a file with its ending"],
    ["jobs/Web.ts", "a file with its folder"],
    ["./jobs/Web.ts", "a file as a shell completes it"],
    ["jobs/Web", "a file with its folder and no ending"],
  ])("%s: %s", (wanted) => {
    expect(choose(wanted)).toEqual([WEB, ["Web"], []]);
  });

  test("a job by its whole name or identity, before others that contain it", () => {
    expect(choose("Web https://a.example/")).toEqual([[WEB[0]], [], []]);
    expect(choose(`Web["https://a.example/"]`)).toEqual([[WEB[0]], [], []]);
    expect(choose("shop")).toEqual([["shop"], [], []]);
    expect(choose("The shop")).toEqual([["shop"], [], []]);
  });

  test("every job that contains it, whatever its case", () => {
    expect(choose("A.EXAMPLE")).toEqual([[WEB[0], ...TWO], [], []]);
    expect(choose(`["https://b`)).toEqual([[WEB[1]], [], []]);
    expect(choose("the sh")).toEqual([["shop"], [], []]);
  });

  test("every file that contains it, with all its jobs, and those that do not compile", () => {
    expect(choose("web")).toEqual([[...WEB, ...TWO], ["Web", "WebTwo"], ["WebTorn"]]);
    expect(choose("stor")).toEqual([["shop"], ["Store"], []]);
  });

  test("a file that does not compile", () => {
    expect(choose("Torn")).toEqual([[], [], ["Torn"]]);
    expect(choose("jobs/WebTorn.ts")).toEqual([[], [], ["WebTorn"]]);
    expect(choose("torn")).toEqual([[], [], ["Torn", "WebTorn"]]);
  });

  test("a file that makes no job", () => {
    expect(choose("Empty")).toEqual([[], ["Empty"], []]);
  });

  test("nothing", () => {
    expect(choose("nothing")).toEqual([[], [], []]);
    expect(choose("jobs/")).toEqual([[], [], []]);
  });
});
