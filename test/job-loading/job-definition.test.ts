import { describe, expect, test } from "vitest";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { jobConfig } from "../../src/job-sdk/job-config.ts";
import { JobError } from "../../src/job-sdk/job-error.ts";
import { defineJob } from "../../src/job-loading/job-definition.ts";
import { SETTINGS } from "../support/fakes/ports.ts";

class Ping extends JobBase {
  execute(): boolean {
    return true;
  }
}

/** What planning says of a job one of whose methods answers `value`. */
function definition(method: string, value: unknown) {
  const job = new Ping(jobConfig("Ping", SETTINGS));
  Object.defineProperty(job, method, { value: () => value });
  return () => defineJob(job);
}

describe("an answer that no tick can use", () => {
  test.each([
    ["executeEvery", undefined, "returned undefined; return a member of JobFrequency"],
    ["executeEvery", "WEEKLY", "returned WEEKLY; return a member of JobFrequency"],
    ["executeEvery", Promise.resolve("MINUTE"), "returned [object Promise]; return a member of JobFrequency"],
    ["notifyOnFailureEvery", "NEVER", "returned NEVER; return a member of JobFailureNotificationFrequency"],
    [
      "notifyOnFailureEvery",
      "toString",
      "returned toString; return a member of JobFailureNotificationFrequency",
    ],
    [
      "numberFailuresBeforeNotification",
      0,
      "returned 0; return a member of JobFailureCountMinimumBeforeNotification",
    ],
    [
      "numberFailuresBeforeNotification",
      "TWO",
      "returned TWO; return a member of JobFailureCountMinimumBeforeNotification",
    ],
    [
      "numberFailuresBeforeNotification",
      NaN,
      "returned NaN; return a member of JobFailureCountMinimumBeforeNotification",
    ],
    ["timeLimitMs", 0, "returned 0; return milliseconds from 1 to 240000"],
    ["timeLimitMs", 240_001, "returned 240001; return milliseconds from 1 to 240000"],
    ["timeLimitMs", NaN, "returned NaN; return milliseconds from 1 to 240000"],
    ["timeLimitMs", "30000", "returned 30000; return milliseconds from 1 to 240000"],
    ["isPublic", undefined, "returned undefined; return true or false"],
    ["isPublic", "false", "returned false; return true or false"],
    ["getGroup", "", "returned ; return a text, the heading under which the job is shown"],
    ["getGroup", "\u0000 ", "returned \u0000 ; return a text, the heading under which the job is shown"],
    ["getGroup", 7, "returned 7; return a text, the heading under which the job is shown"],
    ["getStateName", "", "returned ; return a text of 1 to 600 characters"],
    ["getStateName", 7, "returned 7; return a text of 1 to 600 characters"],
    ["getStateName", "a\ud83d", String.raw`returned "a\ud83d"; return a text without half surrogate pairs`],
  ])("is refused with the remedy: %s %s", (method, value, problem) => {
    expect(definition(method, value)).toThrow(new JobError("E_JOB_ANSWER", `${method}() of Ping ${problem}`));
    expect(definition(method, value)).toThrow(expect.objectContaining({ code: "E_JOB_ANSWER" }));
  });

  test("is refused when it is an identity of 601 characters", () => {
    const long = "x".repeat(601);
    expect(definition("getStateName", long)).toThrow(
      `getStateName() of Ping returned ${long}; return a text of 1 to 600 characters`,
    );
  });

  test("is refused when it is a name that is no text", () => {
    expect(definition("getName", 42)).toThrow(TypeError);
  });
});

test("what a method throws comes through", () => {
  const job = new Ping(jobConfig("Ping", SETTINGS));
  job.executeEvery = () => {
    throw new RangeError("out of range");
  };
  expect(() => defineJob(job)).toThrow(new RangeError("out of range"));
});

test("answers at the borders are taken", () => {
  expect(definition("timeLimitMs", 1)()).toMatchObject({ timeLimitMs: 1 });
  expect(definition("timeLimitMs", 240_000)()).toMatchObject({ timeLimitMs: 40_000 });
  expect(definition("numberFailuresBeforeNotification", 3)()).toMatchObject({
    policy: { numberFailuresBeforeNotification: 3 },
  });
  expect(definition("numberFailuresBeforeNotification", 1)()).toMatchObject({
    policy: { numberFailuresBeforeNotification: 1 },
  });
  expect(definition("getStateName", "x".repeat(600))()).toMatchObject({ jobKey: "x".repeat(600) });
});

test("a group is one line of at most 100 characters", () => {
  expect(definition("getGroup", "a\r\nb")()).toMatchObject({ group: "a b" });
  expect(definition("getGroup", "x".repeat(101))()).toMatchObject({ group: `${"x".repeat(99)}…` });
});

test("a name is one line of at most 300 characters", () => {
  expect(definition("getName", "a\r\nb")()).toMatchObject({ name: "a b" });
  expect(definition("getName", "x".repeat(301))()).toMatchObject({ name: `${"x".repeat(299)}…` });
});
