import { describe, expect, test } from "vitest";
import { evaluate } from "../../src/alerting/evaluate.ts";
import { NEW_JOB, isSameState } from "../../src/alerting/job-state.ts";
import { down, up } from "../../src/core/outcome.ts";
import { at } from "../support/fakes/ports.ts";
import { JobLife } from "../support/timeline/job.ts";

const TOO_FEW = "-: below the failure threshold";
const TOLD = "failure: failure threshold reached";
const KNOWN = "-: already notified";
const RECOVERED = "recovery: recovery notified";

describe("a job that tells on state change", () => {
  test("tells exactly the failure that reaches the minimum, and the recovery", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    expect(job.fails("10:00")).toBe(TOO_FEW);
    expect(job.fails("10:01")).toBe(TOLD);
    expect(job.fails("10:02")).toBe(KNOWN);
    expect(job.fails("2027-11-23 10:00")).toBe(KNOWN);
    expect(job.succeeds("2027-11-23 10:01")).toBe(RECOVERED);
    expect(job.succeeds("2027-11-23 10:02")).toBe("-: still up");
    expect(job.fails("2027-11-23 10:03")).toBe(TOO_FEW);
    expect(job.fails("2027-11-23 10:04")).toBe(TOLD);
  });

  test("with a minimum of one tells every first failure and every recovery", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00")).toBe(TOLD);
    expect(job.succeeds("10:01")).toBe(RECOVERED);
    expect(job.fails("10:02")).toBe(TOLD);
    expect(job.succeeds("10:03")).toBe(RECOVERED);
  });

  test("keeps silent about the end of a failure that it never told", () => {
    const job = new JobLife("ONSTATECHANGE", 5);
    for (const minute of [1, 2, 3, 4]) expect(job.fails(`10:0${minute}`)).toBe(TOO_FEW);
    expect(job.succeeds("10:05")).toBe("-: recovered before any notification");
  });
});

describe("a lasting failure that changes its condition", () => {
  test("is told for each condition once while it lasts, also for one that comes back", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00", "silent")).toBe(TOLD);
    expect(job.fails("11:00", "silent")).toBe(KNOWN);
    expect(job.fails("12:00", "mail")).toBe("failure: failure kind changed");
    expect(job.fails("13:00", "mail")).toBe(KNOWN);
    expect(job.fails("14:00", "silent")).toBe("failure: failure kind changed");
    expect(job.succeeds("15:00")).toBe(RECOVERED);
  });

  test("before the minimum is told once, as what it is at the minimum", () => {
    const job = new JobLife("ONSTATECHANGE", 2);
    expect(job.fails("10:00", "silent")).toBe(TOO_FEW);
    expect(job.fails("10:01", "mail")).toBe(TOLD);
    expect(job.fails("10:02", "mail")).toBe(KNOWN);
  });

  test("from none to one and back is a change as well", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    expect(job.fails("10:00")).toBe(TOLD);
    expect(job.fails("10:01", "expired")).toBe("failure: failure kind changed");
    expect(job.fails("10:02")).toBe("failure: failure kind changed");
  });

  test("does not hurry a job that repeats after a while", () => {
    const job = new JobLife("EVERYHOUR", 1);
    expect(job.fails("10:00", "silent")).toBe("failure: reminder due");
    expect(job.fails("10:01", "mail")).toBe("-: last notification too recent");
  });

  test("keeps since when it has been failing", () => {
    const job = new JobLife("ONSTATECHANGE", 1);
    job.fails("10:00", "silent");
    job.fails("12:00", "mail");
    const ten = at("2026-11-23 10:00");
    expect(job.state).toMatchObject({ firstFailureAtMs: ten, sinceMs: ten, failures: 2 });
  });
});

test("a failure that its owner's new, lower minimum makes due is told, for it never was", () => {
  const policy = (minimum: number) =>
    ({ notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: minimum }) as const;
  let { state } = evaluate(policy(5), NEW_JOB, down("broken"), at("2026-11-23 10:00"));
  ({ state } = evaluate(policy(5), state, down("broken"), at("2026-11-23 10:01")));
  expect(evaluate(policy(2), state, down("broken"), at("2026-11-23 10:02")).notification).toBe("failure");
});

describe("a job that stays up", () => {
  test("keeps its state object, so that nothing needs to be written", () => {
    const policy = { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 1 } as const;
    const first = evaluate(policy, NEW_JOB, up("HTTP 200 in 12 ms"), at("2026-11-23 10:00")).state;
    const second = evaluate(policy, first, up("HTTP 200 in 999 ms"), at("2026-11-23 10:01")).state;
    expect(second).toBe(first);
    expect(second).toEqual({
      ...NEW_JOB,
      status: "up",
      reason: "HTTP 200 in 12 ms",
      sinceMs: at("2026-11-23 10:00"),
    });
  });

  test("writes its first run, which tells people since when it is watched", () => {
    const policy = { notifyOnFailureEvery: "EVERYTIME", numberFailuresBeforeNotification: 1 } as const;
    const { state } = evaluate(policy, NEW_JOB, up(), at("2026-11-23 10:00"));
    expect(isSameState(state, NEW_JOB)).toBe(false);
  });
});

test("two states are the same exactly when each of their members is", () => {
  expect(isSameState(NEW_JOB, { ...NEW_JOB })).toBe(true);
  const changes = {
    succeeding: false,
    failures: 1,
    firstFailureAtMs: 1,
    lastNotifiedAtMs: 1,
    lastNotifiedFailureKind: "x",
    status: "up",
    reason: "x",
    sinceMs: 1,
    inconclusiveRuns: 1,
    inconclusiveNotified: true,
    changesAtMs: [1],
    flappingSinceMs: 1,
    suppressed: { by: "silence", notification: "failure", recovery: null },
    churn: { level: 1, atMs: 1, summary: null },
  } as const;
  expect(Object.keys(changes)).toEqual(Object.keys(NEW_JOB));
  const same = Object.entries(changes).filter(([member, value]) =>
    isSameState(NEW_JOB, { ...NEW_JOB, [member]: value }),
  );
  expect(same).toEqual([]);
});

test("a failure that was told is told to be over, also when its owner raised the minimum meanwhile", () => {
  const policy = { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 1 } as const;
  const told = evaluate(policy, NEW_JOB, down("refused"), 60_000);
  expect(told.notification).toBe("failure");
  const raised = { ...policy, numberFailuresBeforeNotification: 10 };
  expect(evaluate(raised, told.state, up(), 120_000).notification).toBe("recovery");
});
