import { describe, expect, test } from "vitest";
import { at } from "../support/fakes/ports.ts";
import { JobLife } from "../support/timeline/job.ts";

const NOT_COUNTED = "-: could not check, ignored";
const TOLD = "inconclusive: could not check for a long time";

describe("an inconclusive run", () => {
  test("counts neither as a failure nor as a success between two failures", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    expect(job.fails("10:00")).toBe("-: below the failure threshold");
    expect(job.isInconclusive("10:01")).toBe(NOT_COUNTED);
    expect(job.state).toMatchObject({
      succeeding: false,
      failures: 1,
      firstFailureAtMs: at("2026-11-23 10:00"),
    });
    expect(job.fails("10:02")).toBe("failure: failure threshold reached");
    expect(job.state).toMatchObject({ failures: 2, firstFailureAtMs: at("2026-11-23 10:00") });
  });

  test("neither ends a told failure nor begins it anew", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00", "silent")).toBe("failure: failure threshold reached");
    expect(job.isInconclusive("10:01")).toBe(NOT_COUNTED);
    expect(job.fails("10:02", "silent")).toBe("-: already notified");
    expect(job.isInconclusive("10:03")).toBe(NOT_COUNTED);
    expect(job.succeeds("10:04")).toBe("recovery: recovery notified");
  });

  test("does not reset the age of the last notice", () => {
    const job = new JobLife("EVERYHOUR", 1);
    expect(job.fails("10:00")).toBe("failure: reminder due");
    expect(job.isInconclusive("10:58")).toBe(NOT_COUNTED);
    expect(job.fails("10:59")).toBe("-: last notification too recent");
    expect(job.fails("11:00")).toBe("failure: reminder due");
  });

  test("between two successes tells nothing at all", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.succeeds("10:00")).toBe("-: still up");
    expect(job.isInconclusive("10:01")).toBe(NOT_COUNTED);
    expect(job.succeeds("10:02")).toBe("-: still up");
    expect(job.state).toMatchObject({ status: "up", sinceMs: at("2026-11-23 10:02"), inconclusiveRuns: 0 });
  });

  test("is shown as what it is, with its reason and since when", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.succeeds("10:00");
    job.isInconclusive("10:01", "first reason");
    job.isInconclusive("10:02", "second reason");
    expect(job.state).toMatchObject({
      succeeding: true,
      status: "inconclusive",
      reason: "second reason",
      sinceMs: at("2026-11-23 10:01"),
    });
  });
});

describe("a job that stays inconclusive", () => {
  test("is told at ten minutes, once", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    for (let minute = 0; minute < 10; minute++) expect(job.isInconclusive(`10:0${minute}`)).toBe(NOT_COUNTED);
    expect(job.isInconclusive("10:10")).toBe(TOLD);
    for (let minute = 11; minute < 60; minute++) expect(job.isInconclusive(`10:${minute}`)).toBe(NOT_COUNTED);
    expect(job.isInconclusive("2027-11-23 10:00")).toBe(NOT_COUNTED);
  });

  test("is not told a millisecond earlier", () => {
    const job = new JobLife("EVERYTIME", 1);
    job.isInconclusive("10:00");
    job.isInconclusive("10:05");
    expect(job.isInconclusive("10:09:59.999")).toBe(NOT_COUNTED);
    expect(job.isInconclusive("10:10")).toBe(TOLD);
  });

  test("and runs once an hour is told at the third run, not at the second", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.isInconclusive("10:00")).toBe(NOT_COUNTED);
    expect(job.isInconclusive("11:00")).toBe(NOT_COUNTED);
    expect(job.isInconclusive("12:00")).toBe(TOLD);
  });

  test("is told whatever the job's own minimum and repetition are", () => {
    const job = new JobLife("EVERYDAY", 10);
    job.isInconclusive("10:00");
    job.isInconclusive("10:05");
    expect(job.isInconclusive("10:10")).toBe(TOLD);
  });

  test("is told again after a success, when it lasts again", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    for (const time of ["10:00", "10:05", "10:10"]) job.isInconclusive(time);
    expect(job.succeeds("10:11")).toBe("-: still up");
    expect(job.isInconclusive("10:12")).toBe(NOT_COUNTED);
    expect(job.isInconclusive("10:17")).toBe(NOT_COUNTED);
    expect(job.isInconclusive("10:22")).toBe(TOLD);
  });

  test("starts its time afresh when a failure comes between", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    job.isInconclusive("10:00");
    job.isInconclusive("10:05");
    expect(job.fails("10:09")).toBe("-: below the failure threshold");
    expect(job.isInconclusive("10:10")).toBe(NOT_COUNTED);
    expect(job.isInconclusive("10:15")).toBe(NOT_COUNTED);
    expect(job.isInconclusive("10:20")).toBe(TOLD);
  });

  test("changes nothing any more once it is told, so that nothing is written every minute", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    for (const time of ["10:00", "10:05", "10:10", "10:11"]) job.isInconclusive(time);
    const told = job.state;
    job.isInconclusive("10:12");
    expect(job.state).toEqual(told);
  });
});
