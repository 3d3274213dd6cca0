import { describe, expect, test } from "vitest";
import { hushOf, NO_WORD } from "../../src/domain/hush.ts";
import { NEW_JOB, onlyCounts, sameState, type JobState } from "../../src/domain/job-state.ts";
import { at } from "../support/fakes.ts";
import { DAY, JobLife } from "../support/timeline.ts";

const DUE = "failure reached the minimum";
const KEPT_BACK = `-: ${DUE}`;
const TOLD = `failure: ${DUE}`;
const KNOWN = "-: state change already told";

describe.each(["maintenance", "silence"] as const)("%s", (hush) => {
  test("keeps a failure back, which is told afterwards if it lasts", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    job.hush = hush;
    expect(job.fails("10:00")).toBe("-: fewer failures than the minimum");
    expect(job.state.held).toBeNull();
    expect(job.fails("10:01")).toBe(KEPT_BACK);
    expect(job.state).toMatchObject({ lastNotifyAtMs: null, held: { by: hush, notice: "failure" } });
    expect(job.fails("10:02")).toBe(KEPT_BACK);
    job.hush = null;
    expect(job.fails("10:03")).toBe(TOLD);
    expect(job.state.held).toBeNull();
    expect(job.fails("10:04")).toBe(KNOWN);
  });

  test("leaves no trace of a failure that is over with it", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.hush = hush;
    expect(job.fails("10:00")).toBe(KEPT_BACK);
    expect(job.succeeds("10:01")).toBe("-: recovery of a failure that was not told");
    job.hush = null;
    expect(job.succeeds("10:02")).toBe("-: still up");
    expect(job.state.held).toBeNull();
  });

  test("keeps the recovery of a told failure back, which is told afterwards once", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00")).toBe(TOLD);
    job.hush = hush;
    expect(job.succeeds("10:05")).toBe("-: recovery told");
    expect(job.state.held).toEqual({
      by: hush,
      notice: "recovery",
      recovery: {
        failures: 1,
        firstFailureAtMs: at(`${DAY} 10:00`),
        lastNotifyAtMs: at(`${DAY} 10:00`),
        toldCondition: null,
        endedAtMs: at(`${DAY} 10:05`),
      },
    });
    expect(job.succeeds("10:06")).toBe("-: recovery kept back until now");
    job.hush = null;
    expect(job.succeeds("10:07")).toBe("recovery: recovery kept back until now");
    expect(job.succeeds("10:08")).toBe("-: still up");
  });

  test("does not tell again what fails again before its recovery was told", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00", "silent")).toBe(TOLD);
    job.hush = hush;
    expect(job.succeeds("10:01")).toBe("-: recovery told");
    expect(job.fails("10:02", "silent")).toBe(KNOWN);
    expect(job.state).toMatchObject({ failures: 1, firstFailureAtMs: at(`${DAY} 10:02`) });
    job.hush = null;
    expect(job.fails("10:03", "silent")).toBe(KNOWN);
    expect(job.succeeds("10:04")).toBe("recovery: recovery told");
  });

  test("but tells what then fails with something else", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00", "silent");
    job.hush = hush;
    job.succeeds("10:01");
    expect(job.fails("10:02", "mail")).toBe("-: condition changed");
    expect(job.fails("10:03", "mail")).toBe("-: condition changed");
    job.hush = null;
    expect(job.fails("10:04", "mail")).toBe("failure: condition changed");
  });

  test("a recovery that is owed outlives what cannot be checked", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00");
    job.hush = hush;
    job.succeeds("10:01");
    job.hush = null;
    for (const minute of ["02", "07", "12"]) job.isInconclusive(`10:${minute}`);
    expect(job.isInconclusive("10:13")).toBe("-: inconclusive, not counted");
    expect(job.state.held?.recovery).not.toBeNull();
    expect(job.succeeds("10:14")).toBe("recovery: recovery kept back until now");
  });

  test("keeps back that a job cannot be checked, without counting on", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.hush = hush;
    job.isInconclusive("10:00");
    job.isInconclusive("10:05");
    expect(job.isInconclusive("10:10")).toBe("-: inconclusive for long");
    const held = job.state;
    expect(job.isInconclusive("10:11")).toBe("-: inconclusive for long");
    expect(sameState(held, job.state)).toBe(true);
    job.hush = null;
    expect(job.isInconclusive("10:12")).toBe("inconclusive: inconclusive for long");
    expect(job.isInconclusive("10:13")).toBe("-: inconclusive, not counted");
    expect(job.state.held).toBeNull();
  });

  test("costs no row a minute while a failure is kept back", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    job.hush = hush;
    job.fails("10:00");
    job.fails("10:01");
    const before = job.state;
    job.fails("10:02");
    expect(onlyCounts(before, job.state)).toBe(true);
  });

  test("lets a repeated notice wait, and go on where it was", () => {
    const job = new JobLife("EVERYHOUR", 1);
    expect(job.fails("10:00")).toBe("failure: last notice old enough");
    job.hush = hush;
    expect(job.fails("10:30")).toBe("-: last notice too recent");
    expect(job.fails("11:00")).toBe("-: last notice old enough");
    job.hush = null;
    expect(job.fails("11:10")).toBe("failure: last notice old enough");
    expect(job.fails("11:30")).toBe("-: last notice too recent");
  });
});

describe("an acknowledged failure", () => {
  test("is not told again, and its recovery is", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00");
    job.hush = "acknowledgement";
    expect(job.fails("10:01")).toBe(KNOWN);
    expect(job.succeeds("10:02")).toBe("recovery: recovery told");
    expect(job.state.held).toBeNull();
  });

  test("that nobody was told of counts as told", () => {
    const job = new JobLife("ONSTATECHANGE", 3);
    job.fails("10:00");
    job.hush = "acknowledgement";
    job.fails("10:01");
    expect(job.fails("10:02")).toBe(KEPT_BACK);
    expect(job.state).toMatchObject({ held: { by: "acknowledgement", recovery: null } });
    expect(job.fails("10:03")).toBe(KNOWN);
    expect(job.succeeds("10:04")).toBe("recovery: recovery told");
  });

  test("has no more reminders, and costs no row for those that it had", () => {
    const job = new JobLife("EVERYTIME", 1);
    job.fails("10:00");
    job.hush = "acknowledgement";
    expect(job.fails("10:01")).toBe("-: told every time");
    const before = job.state;
    expect(job.fails("10:02")).toBe("-: told every time");
    expect(onlyCounts(before, job.state)).toBe(true);
  });

  test("that turns into another is told", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00", "silent");
    job.hush = "acknowledgement";
    expect(job.fails("10:01", "mail")).toBe("failure: condition changed");
  });

  test("that would be repeated is told when it turns into another, and at its end", () => {
    const job = new JobLife("EVERYTIME", 1);
    expect(job.fails("10:00", "expiring")).toBe("failure: told every time");
    job.hush = "acknowledgement";
    expect(job.fails("10:01", "expiring")).toBe("-: told every time");
    expect(job.fails("10:02", "expired")).toBe("failure: told every time");
    expect(job.fails("10:03", "expired")).toBe("-: told every time");
    expect(job.succeeds("10:04")).toBe("recovery: recovery told");
  });

  test("that would be repeated, and nobody was told of, counts as told as well", () => {
    const job = new JobLife("EVERYHOUR", 2);
    job.fails("10:00");
    job.hush = "acknowledgement";
    expect(job.fails("10:01")).toBe("-: last notice old enough");
    expect(job.succeeds("10:02")).toBe("recovery: recovery told");
  });

  test("that was never told, as it was too short, has no end that is told", () => {
    const job = new JobLife("EVERYHOUR", 2);
    job.fails("10:00");
    job.hush = "acknowledgement";
    expect(job.succeeds("10:01")).toBe("-: recovery not asked for");
  });
});

describe("what keeps notices back", () => {
  const nowMs = at("2026-11-24 10:00");
  const failing: JobState = { ...NEW_JOB, succeeding: false, failures: 1, firstFailureAtMs: nowMs - 60_000 };
  const hush = (word: Partial<typeof NO_WORD>, isMaintained = false) =>
    hushOf("A", failing, isMaintained, { ...NO_WORD, ...word }, nowMs);

  test("is nothing by itself", () => {
    expect(hush({})).toBeNull();
  });

  test("is a silence of the job or of all jobs until its time is over", () => {
    expect(hush({ silences: [{ job: "A", untilMs: nowMs + 1 }] })).toBe("silence");
    expect(hush({ silences: [{ job: null, untilMs: nowMs + 1 }] })).toBe("silence");
    expect(hush({ silences: [{ job: "B", untilMs: nowMs + 1 }] })).toBeNull();
    expect(hush({ silences: [{ job: "A", untilMs: nowMs }] })).toBeNull();
  });

  test("is an acknowledgement of this very failure", () => {
    const firstFailureAtMs = nowMs - 60_000;
    expect(hush({ acknowledgements: [{ job: "A", firstFailureAtMs }] })).toBe("acknowledgement");
    expect(hush({ acknowledgements: [{ job: "A", firstFailureAtMs: nowMs }] })).toBeNull();
    expect(hush({ acknowledgements: [{ job: "B", firstFailureAtMs }] })).toBeNull();
  });

  test("is maintenance before a silence, and a silence before an acknowledgement", () => {
    const silences = [{ job: "A", untilMs: nowMs + 1 }];
    const acknowledgements = [{ job: "A", firstFailureAtMs: nowMs - 60_000 }];
    expect(hush({ silences, acknowledgements }, true)).toBe("maintenance");
    expect(hush({ silences, acknowledgements })).toBe("silence");
  });
});
