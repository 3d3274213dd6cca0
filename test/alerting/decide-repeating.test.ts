import { describe, expect, test } from "vitest";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import { at } from "../support/fakes/ports.ts";
import { JobLife } from "../support/timeline/job.ts";

const TOO_FEW = "-: below the failure threshold";
const TOO_SOON = "-: last notification too recent";
const TOLD = "failure: reminder due";

describe("a job that tells every time", () => {
  test("tells from the minimum on, at each failure, and no recovery", () => {
    const job = new JobLife("EVERYTIME", 2);
    expect(job.succeeds("10:00")).toBe("-: still up");
    expect(job.fails("10:01")).toBe(TOO_FEW);
    expect(job.fails("10:02")).toBe("failure: notifies on every failure");
    expect(job.fails("10:03")).toBe("failure: notifies on every failure");
    expect(job.succeeds("10:04")).toBe("-: recovery alerts are off");
    expect(job.succeeds("10:05")).toBe("-: still up");
    expect(job.fails("10:06")).toBe(TOO_FEW);
    expect(job.fails("10:07")).toBe("failure: notifies on every failure");
  });

  test("with a minimum of one tells the very first run", () => {
    expect(new JobLife("EVERYTIME", 1).fails("10:00")).toBe("failure: notifies on every failure");
  });

  test("tells twice in one millisecond, should two runs fall on it", () => {
    const job = new JobLife("EVERYTIME", 1);
    job.fails("10:00");
    expect(job.fails("10:00")).toBe("failure: notifies on every failure");
  });
});

describe.each([
  ["EVERYFIVEMINUTES", "10:04:30", "10:04:30.001"],
  ["EVERYTENMINUTES", "10:09:15", "10:09:15.001"],
  ["EVERYHOUR", "10:59", "10:59:00.001"],
  ["EVERYDAY", "2026-11-24 09:50", "2026-11-24 09:50:00.001"],
] as const)("a job that tells %s", (every, atBorder, pastBorder) => {
  test("does not repeat a notice that is exactly as old as the border", () => {
    const job = new JobLife(every, 1);
    expect(job.fails("10:00")).toBe(TOLD);
    expect(job.fails(atBorder)).toBe(TOO_SOON);
  });

  test("repeats it a millisecond later", () => {
    const job = new JobLife(every, 1);
    expect(job.fails("10:00")).toBe(TOLD);
    expect(job.fails(pastBorder)).toBe(TOLD);
  });

  test("counts failures that it does not tell", () => {
    const job = new JobLife(every, 1);
    job.fails("10:00");
    job.fails("10:01");
    job.fails("10:02");
    expect(job.state).toMatchObject({ failures: 3, lastNotifiedAtMs: at("2026-11-23 10:00") });
  });
});

describe("a job that tells every five minutes", () => {
  test("and runs every minute tells at every fifth run", () => {
    const job = new JobLife("EVERYFIVEMINUTES", 1);
    const told: number[] = [];
    for (let minute = 0; minute < 20; minute++) {
      if (job.fails(`10:${String(minute).padStart(2, "0")}`) === TOLD) told.push(minute);
    }
    expect(told).toEqual([0, 5, 10, 15]);
  });

  test("keeps to its pace when cron events come some seconds early or late", () => {
    const job = new JobLife("EVERYFIVEMINUTES", 1);
    expect(job.fails("10:00:20")).toBe(TOLD);
    expect(job.fails("10:04:40")).toBe(TOO_SOON);
    expect(job.fails("10:05:00")).toBe(TOLD);
  });

  test("tells a new failure at once, however lately it told the last one", () => {
    const job = new JobLife("EVERYFIVEMINUTES", 1);
    expect(job.fails("10:00")).toBe(TOLD);
    expect(job.succeeds("10:01")).toBe("-: recovery alerts are off");
    expect(job.fails("10:02")).toBe(TOLD);
  });
});

test.each([2, 5, 10])("with a minimum of %d the failure with this number is the first told", (minimum) => {
  const job = new JobLife("EVERYHOUR", minimum);
  for (let failure = 1; failure < minimum; failure++) expect(job.fails(`10:0${failure}`)).toBe(TOO_FEW);
  expect(job.fails("10:30")).toBe(TOLD);
  expect(job.fails("10:31")).toBe(TOO_SOON);
});

test("a success in between starts the count afresh", () => {
  const job = new JobLife("EVERYHOUR", 2);
  expect(job.fails("10:00")).toBe(TOO_FEW);
  expect(job.succeeds("10:01")).toBe("-: recovery alerts are off");
  expect(job.fails("10:02")).toBe(TOO_FEW);
  expect(job.fails("10:03")).toBe(TOLD);
});

test("what is remembered of a failing job says since when, how often and when it was told", () => {
  const job = new JobLife("EVERYHOUR", 2);
  job.succeeds("09:59");
  job.fails("10:00", null, "refused");
  expect(job.state).toEqual({
    ...NEW_JOB,
    succeeding: false,
    failures: 1,
    firstFailureAtMs: at("2026-11-23 10:00"),
    status: "down",
    reason: "refused",
    sinceMs: at("2026-11-23 10:00"),
  });
  job.fails("10:01", "slow", "too slow");
  expect(job.state).toEqual({
    ...NEW_JOB,
    succeeding: false,
    failures: 2,
    firstFailureAtMs: at("2026-11-23 10:00"),
    lastNotifiedAtMs: at("2026-11-23 10:01"),
    lastNotifiedFailureKind: "slow",
    status: "down",
    reason: "too slow",
    sinceMs: at("2026-11-23 10:00"),
  });
  job.succeeds("10:02");
  expect(job.state).toEqual({ ...NEW_JOB, status: "up", reason: "fine", sinceMs: at("2026-11-23 10:02") });
});
