import { describe, expect, test } from "vitest";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import { jobConfig } from "../../src/job-sdk/job-config.ts";
import type { JobNotification } from "../../src/job-sdk/job-notification.ts";
import { defineJob } from "../../src/job-loading/job-definition.ts";
import { at, SETTINGS } from "../support/fakes/ports.ts";

class Ping extends JobBase {
  execute(): boolean {
    return true;
  }
}

const config = jobConfig("Ping", SETTINGS);
const NOTICE: JobNotification = {
  reason: "connection refused",
  sinceMs: at("2026-11-23 09:58"),
  failures: 2,
  nowMs: at("2026-11-23 10:00"),
  endedMs: null,
  latencyMs: null,
  failureKind: null,
  flapping: false,
  changes: 0,
};

describe("a job that overrides nothing but execute", () => {
  test("runs every minute for 30 s at most, and tells on state change from the second failure on", () => {
    const job = new Ping(config, "example.com");
    expect(defineJob(job)).toEqual({
      job,
      jobKey: `Ping["example.com"]`,
      file: "Ping",
      index: 0,
      name: "Ping example.com",
      group: "Ping",
      isPublic: false,
      frequency: "MINUTE",
      policy: { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 2 },
      timeLimitMs: 30_000,
      retryPolicy: { retries: 0, delayMs: 0 },
      maintenance: [],
      isPassive: false,
    });
  });

  test("mails its failure to the alert contacts", () => {
    const job = new Ping(config, "example.com");
    expect(job.onFailure(NOTICE)).toBe(true);
    expect(JobBase.takeRequestedEmails(job)).toEqual([
      {
        subject: "Ping example.com failed",
        body: `Ping example.com failed.

Reason:   connection refused
Since:    2026-11-23 09:58 UTC (2 min)
Failures: 2 in a row
Checked:  2026-11-23 10:00 UTC

What to do: look at what the job watches. When it is well again, the job notices by itself.
`,
        to: ["ops@example.com"],
      },
    ]);
  });

  test("mails its recovery", () => {
    const job = new Ping(config);
    expect(job.onStateChangeSuccess({ ...NOTICE, reason: "HTTP 200 in 12 ms", failures: 1 })).toBe(true);
    expect(JobBase.takeRequestedEmails(job)).toEqual([
      {
        subject: "Ping is well again",
        body: `Ping is well again.

Now:    HTTP 200 in 12 ms
Failed: from 2026-11-23 09:58 UTC to 2026-11-23 10:00 UTC (2 min)
        1 failure in a row

What to do: nothing. It is watched as before.
`,
        to: ["ops@example.com"],
      },
    ]);
  });
});

describe("sendEmail", () => {
  const sent = (to?: string | readonly string[]): readonly string[] | undefined => {
    const job = new Ping(
      jobConfig("Ping", { ...SETTINGS, alertContacts: ["a@example.com", "b@example.com"] }),
    );
    expect(job.sendEmail("s", "b", to)).toBe(true);
    return JobBase.takeRequestedEmails(job)[0]?.to;
  };

  test("writes to all alert contacts, to one address, or to several", () => {
    expect(sent()).toEqual(["a@example.com", "b@example.com"]);
    expect(sent("c@example.com")).toEqual(["c@example.com"]);
    expect(sent(["c@example.com", "d@example.com"])).toEqual(["c@example.com", "d@example.com"]);
  });

  test("to nobody says that nobody was told", () => {
    expect(new Ping(config).sendEmail("s", "b", [])).toBe(false);
  });

  test("keeps several mails in order, and gives each away once", () => {
    const job = new Ping(config);
    job.sendEmail("first", "1");
    job.sendEmail("second", "2");
    expect(JobBase.takeRequestedEmails(job).map((mail) => mail.subject)).toEqual(["first", "second"]);
    expect(JobBase.takeRequestedEmails(job)).toEqual([]);
  });

  test("takes no more mails than one run may ask for, says so, and counts the others", () => {
    const job = new Ping(config);
    const answers = Array.from({ length: 300 }, (_, index) => job.sendEmail(`report ${index}`, "text"));
    expect(answers.filter(Boolean)).toHaveLength(20);
    expect(answers.slice(0, 21)).toEqual([...Array.from({ length: 20 }, () => true), false]);
    expect(JobBase.takeRequestedEmails(job)).toHaveLength(20);
    expect([JobBase.takeRefusedEmails(job), JobBase.takeRefusedEmails(job)]).toEqual([280, 0]);
    expect(job.sendEmail("in the next run", "text")).toBe(true);
  });

  test("takes no more text than one run may ask for, counted for each recipient, but always its first mail", () => {
    const job = new Ping(config);
    const long = "x".repeat(100_000);
    const many = Array.from({ length: 20 }, (_, index) => `n${index}@example.com`);
    expect(job.sendEmail("first", long, many)).toBe(true);
    expect(job.sendEmail("second", "short")).toBe(false);
    JobBase.takeRequestedEmails(job);
    const ten = many.slice(0, 5);
    expect([1, 2, 3].map(() => job.sendEmail("half", long, ten))).toEqual([true, true, false]);
  });

  test("keeps a subject to one line and a text to what one row can hold", () => {
    const job = new Ping(config);
    job.sendEmail(`two\nlines ${"s".repeat(1_000_000)}`, "b".repeat(2_000_000));
    const [mail] = JobBase.takeRequestedEmails(job);
    expect(mail?.subject).toMatch(/^two lines s+…$/);
    expect(mail?.subject).toHaveLength(200);
    expect(mail?.body.slice(100_000)).toBe("\n\n(Cut here: 1900000 more characters.)\n");
  });

  test("of one job is not given away by another", () => {
    const job = new Ping(config);
    job.sendEmail("mine", "1");
    expect(JobBase.takeRequestedEmails(new Ping(config))).toEqual([]);
  });
});

test("a job is given the settings that concern jobs, and none of the rest", () => {
  expect(Object.keys(config).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    "alertContacts",
    "fileName",
    "loopbackTimeoutSeconds",
    "mailLoopbackTo",
    "noMail",
    "peerCheckEvery",
    "peers",
    "pingProblem",
    "serverName",
  ]);
});

test("a mail to no address is refused, so that Checker tells instead", () => {
  const job = new Ping(config);
  expect(job.sendEmail("x", "y", "not an address")).toBe(false);
  expect(job.sendEmail("x", "y", ["ops@example.com", "ops@"])).toBe(true);
  expect(JobBase.takeRequestedEmails(job).map(({ to }) => to)).toEqual([["ops@example.com"]]);
});
