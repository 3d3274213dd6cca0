import { describe, expect, test } from "vitest";
import { suppressionReason, NO_SUPPRESSIONS } from "../../src/alerting/suppression.ts";
import { NEW_JOB, onlyCounterChanged, isSameState, type JobState } from "../../src/alerting/job-state.ts";
import { at } from "../support/fakes/ports.ts";
import { DAY, JobLife } from "../support/timeline/job.ts";

const DUE = "failure threshold reached";
const KEPT_BACK = `-: ${DUE}`;
const TOLD = `failure: ${DUE}`;
const KNOWN = "-: already notified";

describe.each(["maintenance", "silence"] as const)("%s", (suppression) => {
  test("keeps a failure back, which is told afterwards if it lasts", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    job.suppression = suppression;
    expect(job.fails("10:00")).toBe("-: below the failure threshold");
    expect(job.state.suppressed).toBeNull();
    expect(job.fails("10:01")).toBe(KEPT_BACK);
    expect(job.state).toMatchObject({
      lastNotifiedAtMs: null,
      suppressed: { by: suppression, notification: "failure" },
    });
    expect(job.fails("10:02")).toBe(KEPT_BACK);
    job.suppression = null;
    expect(job.fails("10:03")).toBe(TOLD);
    expect(job.state.suppressed).toBeNull();
    expect(job.fails("10:04")).toBe(KNOWN);
  });

  test("leaves no trace of a failure that is over with it", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.suppression = suppression;
    expect(job.fails("10:00")).toBe(KEPT_BACK);
    expect(job.succeeds("10:01")).toBe("-: recovered before any notification");
    job.suppression = null;
    expect(job.succeeds("10:02")).toBe("-: still up");
    expect(job.state.suppressed).toBeNull();
  });

  test("keeps the recovery of a told failure back, which is told afterwards once", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00")).toBe(TOLD);
    job.suppression = suppression;
    expect(job.succeeds("10:05")).toBe("-: recovery notified");
    expect(job.state.suppressed).toEqual({
      by: suppression,
      notification: "recovery",
      recovery: {
        failures: 1,
        firstFailureAtMs: at(`${DAY} 10:00`),
        lastNotifiedAtMs: at(`${DAY} 10:00`),
        lastNotifiedFailureKind: null,
        endedAtMs: at(`${DAY} 10:05`),
      },
    });
    expect(job.succeeds("10:06")).toBe("-: suppressed recovery sent");
    job.suppression = null;
    expect(job.succeeds("10:07")).toBe("recovery: suppressed recovery sent");
    expect(job.succeeds("10:08")).toBe("-: still up");
  });

  test("does not tell again what fails again before its recovery was told", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00", "silent")).toBe(TOLD);
    job.suppression = suppression;
    expect(job.succeeds("10:01")).toBe("-: recovery notified");
    expect(job.fails("10:02", "silent")).toBe(KNOWN);
    expect(job.state).toMatchObject({ failures: 1, firstFailureAtMs: at(`${DAY} 10:02`) });
    job.suppression = null;
    expect(job.fails("10:03", "silent")).toBe(KNOWN);
    expect(job.succeeds("10:04")).toBe("recovery: recovery notified");
  });

  test("but tells what then fails with something else", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00", "silent");
    job.suppression = suppression;
    job.succeeds("10:01");
    expect(job.fails("10:02", "mail")).toBe("-: failure kind changed");
    expect(job.fails("10:03", "mail")).toBe("-: failure kind changed");
    job.suppression = null;
    expect(job.fails("10:04", "mail")).toBe("failure: failure kind changed");
  });

  test("a recovery that is owed outlives what cannot be checked", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00");
    job.suppression = suppression;
    job.succeeds("10:01");
    job.suppression = null;
    for (const minute of ["02", "07", "12"]) job.isInconclusive(`10:${minute}`);
    expect(job.isInconclusive("10:13")).toBe("-: could not check, ignored");
    expect(job.state.suppressed?.recovery).not.toBeNull();
    expect(job.succeeds("10:14")).toBe("recovery: suppressed recovery sent");
  });

  test("keeps back that a job cannot be checked, without counting on", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.suppression = suppression;
    job.isInconclusive("10:00");
    job.isInconclusive("10:05");
    expect(job.isInconclusive("10:10")).toBe("-: could not check for a long time");
    const held = job.state;
    expect(job.isInconclusive("10:11")).toBe("-: could not check for a long time");
    expect(isSameState(held, job.state)).toBe(true);
    job.suppression = null;
    expect(job.isInconclusive("10:12")).toBe("inconclusive: could not check for a long time");
    expect(job.isInconclusive("10:13")).toBe("-: could not check, ignored");
    expect(job.state.suppressed).toBeNull();
  });

  test("costs no row a minute while a failure is kept back", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    job.suppression = suppression;
    job.fails("10:00");
    job.fails("10:01");
    const before = job.state;
    job.fails("10:02");
    expect(onlyCounterChanged(before, job.state)).toBe(true);
  });

  test("lets a repeated notice wait, and go on where it was", () => {
    const job = new JobLife("EVERYHOUR", 1);
    expect(job.fails("10:00")).toBe("failure: reminder due");
    job.suppression = suppression;
    expect(job.fails("10:30")).toBe("-: last notification too recent");
    expect(job.fails("11:00")).toBe("-: reminder due");
    job.suppression = null;
    expect(job.fails("11:10")).toBe("failure: reminder due");
    expect(job.fails("11:30")).toBe("-: last notification too recent");
  });
});

describe("an acknowledged failure", () => {
  test("is not told again, and its recovery is", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00");
    job.suppression = "acknowledgement";
    expect(job.fails("10:01")).toBe(KNOWN);
    expect(job.succeeds("10:02")).toBe("recovery: recovery notified");
    expect(job.state.suppressed).toBeNull();
  });

  test("that nobody was told of counts as told", () => {
    const job = new JobLife("ONSTATECHANGE", 3);
    job.fails("10:00");
    job.suppression = "acknowledgement";
    job.fails("10:01");
    expect(job.fails("10:02")).toBe(KEPT_BACK);
    expect(job.state).toMatchObject({ suppressed: { by: "acknowledgement", recovery: null } });
    expect(job.fails("10:03")).toBe(KNOWN);
    expect(job.succeeds("10:04")).toBe("recovery: recovery notified");
  });

  test("has no more reminders, and costs no row for those that it had", () => {
    const job = new JobLife("EVERYTIME", 1);
    job.fails("10:00");
    job.suppression = "acknowledgement";
    expect(job.fails("10:01")).toBe("-: notifies on every failure");
    const before = job.state;
    expect(job.fails("10:02")).toBe("-: notifies on every failure");
    expect(onlyCounterChanged(before, job.state)).toBe(true);
  });

  test("that turns into another is told", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00", "silent");
    job.suppression = "acknowledgement";
    expect(job.fails("10:01", "mail")).toBe("failure: failure kind changed");
  });

  test("that would be repeated is told when it turns into another, and at its end", () => {
    const job = new JobLife("EVERYTIME", 1);
    expect(job.fails("10:00", "expiring")).toBe("failure: notifies on every failure");
    job.suppression = "acknowledgement";
    expect(job.fails("10:01", "expiring")).toBe("-: notifies on every failure");
    expect(job.fails("10:02", "expired")).toBe("failure: notifies on every failure");
    expect(job.fails("10:03", "expired")).toBe("-: notifies on every failure");
    expect(job.succeeds("10:04")).toBe("recovery: recovery notified");
  });

  test("that would be repeated, and nobody was told of, counts as told as well", () => {
    const job = new JobLife("EVERYHOUR", 2);
    job.fails("10:00");
    job.suppression = "acknowledgement";
    expect(job.fails("10:01")).toBe("-: reminder due");
    expect(job.succeeds("10:02")).toBe("recovery: recovery notified");
  });

  test("that was never told, as it was too short, has no end that is told", () => {
    const job = new JobLife("EVERYHOUR", 2);
    job.fails("10:00");
    job.suppression = "acknowledgement";
    expect(job.succeeds("10:01")).toBe("-: recovery alerts are off");
  });
});

describe("what keeps notices back", () => {
  const nowMs = at("2026-11-24 10:00");
  const failing: JobState = { ...NEW_JOB, succeeding: false, failures: 1, firstFailureAtMs: nowMs - 60_000 };
  const suppression = (word: Partial<typeof NO_SUPPRESSIONS>, isMaintained = false) =>
    suppressionReason("A", failing, isMaintained, { ...NO_SUPPRESSIONS, ...word }, nowMs);

  test("is nothing by itself", () => {
    expect(suppression({})).toBeNull();
  });

  test("is a silence of the job or of all jobs until its time is over", () => {
    expect(suppression({ silences: [{ jobKey: "A", untilMs: nowMs + 1 }] })).toBe("silence");
    expect(suppression({ silences: [{ jobKey: null, untilMs: nowMs + 1 }] })).toBe("silence");
    expect(suppression({ silences: [{ jobKey: "B", untilMs: nowMs + 1 }] })).toBeNull();
    expect(suppression({ silences: [{ jobKey: "A", untilMs: nowMs }] })).toBeNull();
  });

  test("is an acknowledgement of this very failure", () => {
    const firstFailureAtMs = nowMs - 60_000;
    expect(suppression({ acknowledgements: [{ jobKey: "A", firstFailureAtMs }] })).toBe("acknowledgement");
    expect(suppression({ acknowledgements: [{ jobKey: "A", firstFailureAtMs: nowMs }] })).toBeNull();
    expect(suppression({ acknowledgements: [{ jobKey: "B", firstFailureAtMs }] })).toBeNull();
  });

  test("is maintenance before a silence, and a silence before an acknowledgement", () => {
    const silences = [{ jobKey: "A", untilMs: nowMs + 1 }];
    const acknowledgements = [{ jobKey: "A", firstFailureAtMs: nowMs - 60_000 }];
    expect(suppression({ silences, acknowledgements }, true)).toBe("maintenance");
    expect(suppression({ silences, acknowledgements })).toBe("silence");
  });
});
