import { describe, expect, test } from "vitest";
import { displayName, buildJobKey } from "../../src/job-sdk/job-key.ts";
import { JobError } from "../../src/job-sdk/job-error.ts";

describe("a job's identity", () => {
  test("is the file's name where nothing else distinguishes it", () => {
    expect(buildJobKey("EmailChecker", [])).toBe("EmailChecker");
  });

  // These are keys in databases out there: a change here makes every job start afresh.
  test.each([
    [["https://example.com/"], `Job["https://example.com/"]`],
    [["example.com", 443], `Job["example.com",443]`],
    [[{ url: "x", tags: ["b", "a"] }], `Job[{"tags":["b","a"],"url":"x"}]`],
    [[true, null, 1.5, 'ü\n"'], `Job[true,null,1.5,"ü\\n\\""]`],
    [[new Date(0)], `Job["1970-01-01T00:00:00.000Z"]`],
    [[""], `Job[""]`],
  ])("is written the same way for ever (%#)", (args, jobKey) => {
    expect(buildJobKey("Job", args)).toBe(jobKey);
  });

  test("does not depend on the order of keys, at any depth", () => {
    expect(buildJobKey("Job", [{ a: 1, b: { c: 2, d: [{ e: 3, f: 4 }] } }])).toBe(
      buildJobKey("Job", [{ b: { d: [{ f: 4, e: 3 }], c: 2 }, a: 1 }]),
    );
  });

  test("depends on the order of the arguments and of lists, and on types", () => {
    const jobKeys = [
      ["a", "b"],
      ["b", "a"],
      [["a", "b"]],
      [["b", "a"]],
      ["1"],
      [1],
      ["a,b"],
      ["null"],
      [null],
    ].map((args) => buildJobKey("Job", args));
    expect(new Set(jobKeys).size).toBe(jobKeys.length);
  });

  test("of one file is never that of another", () => {
    expect(buildJobKey("Job", ["x"])).not.toBe(buildJobKey("JobX", ["x"]));
    expect(buildJobKey("Job", [])).not.toBe(buildJobKey("Job", [""]));
  });

  test("may be 500 characters long after the name, and not one more", () => {
    expect(buildJobKey("Job", ["x".repeat(496)])).toHaveLength(503);
    expect(() => buildJobKey("Job", ["x".repeat(497)])).toThrow(
      new JobError(
        "E_JOB_ARGUMENT",
        "an argument that Job hands to super(config, …) is longer than 500 characters; pass strings or numbers that tell the job from its siblings",
      ),
    );
  });
});

describe("an argument that has no JSON", () => {
  const cyclic: Record<string, unknown> = {};
  cyclic["self"] = cyclic;

  test.each([
    ["undefined", undefined],
    ["a function", () => undefined],
    ["a symbol", Symbol("x")],
    ["a bigint", 1n],
    ["a cycle", cyclic],
    [
      "a toJSON that throws",
      {
        toJSON: () => {
          throw new Error("no");
        },
      },
    ],
  ])("is refused: %s", (_name, arg) => {
    const refused = (): string => buildJobKey("Job", ["first", arg]);
    expect(refused).toThrow(JobError);
    expect(refused).toThrow(
      expect.objectContaining({
        code: "E_JOB_ARGUMENT",
        message:
          "an argument that Job hands to super(config, …) cannot be written as JSON; pass strings or numbers that tell the job from its siblings",
      }),
    );
  });
});

test("people read the name and the arguments as they stand", () => {
  expect(displayName("EmailChecker", [])).toBe("EmailChecker");
  expect(displayName("Job", ["https://example.com/", 443, { a: 1 }])).toBe(
    `Job https://example.com/ 443 {"a":1}`,
  );
});
