import { describe, expect, test } from "vitest";
import {
  HEARTBEAT_FAILURES,
  evaluateHeartbeat,
  type HeartbeatRule,
} from "../../src/heartbeats/evaluate-heartbeat.ts";
import { FAILED_WITHOUT_CODE, newRecord, type PingRecord } from "../../src/heartbeats/ping.ts";
import { CronProblem, parseCron } from "../../src/core/time/cron.ts";
import { at } from "../support/fakes/ports.ts";

const MINUTE = 60_000;
const WATCHED_AT = at("2026-11-23 08:00");

const HOURLY: HeartbeatRule = {
  due: { kind: "every", everyMs: 60 * MINUTE },
  graceMs: 10 * MINUTE,
  maxRunMs: null,
};
const LIMITED: HeartbeatRule = { ...HOURLY, maxRunMs: 30 * MINUTE };

function byCron(expression: string, timeZone: string, graceMinutes = 10): HeartbeatRule {
  const schedule = parseCron(expression, timeZone);
  if (schedule instanceof CronProblem) throw new Error(schedule.text);
  return {
    due: { kind: "schedule", nextAfter: (atMs) => schedule.nextAfter(atMs) },
    graceMs: graceMinutes * MINUTE,
    maxRunMs: null,
  };
}

type Facts = Partial<Omit<PingRecord, "startedAtMs" | "endedAtMs">> & {
  readonly started?: string;
  readonly ended?: string;
};

function record({ started, ended, ...rest }: Facts = {}): PingRecord {
  const times = {
    startedAtMs: started === undefined ? null : at(`2026-11-23 ${started}`),
    endedAtMs: ended === undefined ? null : at(`2026-11-23 ${ended}`),
  };
  return { ...newRecord(WATCHED_AT), code: ended === undefined ? null : 0, ...times, ...rest };
}

/** What is said at a time of that day: `up: …`. */
function said(time: string, facts: Facts, rule: HeartbeatRule = HOURLY): string {
  const { status, failureKind, reason } = evaluateHeartbeat(record(facts), rule, at(`2026-11-23 ${time}`));
  return `${status}${failureKind === null ? "" : ` (${failureKind})`}: ${reason}`;
}

describe("a heartbeat that is due every hour, with 10 min of grace,", () => {
  test.each<[string, string, Facts, string]>([
    ["that was never pinged is well until its first ping is overdue", "09:09", {}, "up: no ping is overdue"],
    [
      "that was never pinged is missing then, counted from when it was first watched",
      "09:10",
      {},
      "down (missing): no ping yet; one was due at 2026-11-23 09:00 UTC, and 10 min of grace are over",
    ],
    ["is well after a success", "10:00", { ended: "09:55:20" }, "up: ended well at 2026-11-23 09:55 UTC"],
    ["is well while it is late", "11:05", { ended: "09:55:20" }, "up: ended well at 2026-11-23 09:55 UTC"],
    [
      "is missing when its grace is over",
      "11:06",
      { ended: "09:55:20" },
      "down (missing): no ping since 2026-11-23 09:55 UTC; one was due at 2026-11-23 10:55 UTC, and 10 min of grace are over",
    ],
    [
      "is missing though it started, when it does not say how it ended",
      "11:06",
      { ended: "09:55:20", started: "10:55", running: true },
      "down (missing): started at 2026-11-23 10:55 UTC and did not say how it ended, which was due at 2026-11-23 10:55 UTC, and 10 min of grace are over",
    ],
    [
      "is well after a success of the minute that the tick is of",
      "10:00",
      { ended: "10:00:40" },
      "up: ended well at 2026-11-23 10:00 UTC",
    ],
    [
      "has failed with an exit code and the last line that it printed",
      "10:00",
      { ended: "09:55", code: 3, output: "copying\nno space left on device\n\n" },
      "down (failed): failed with exit code 3 at 2026-11-23 09:55 UTC; it printed: no space left on device",
    ],
    [
      "has failed by its word alone",
      "10:00",
      { ended: "09:55", code: FAILED_WITHOUT_CODE },
      "down (failed): said that it failed at 2026-11-23 09:55 UTC",
    ],
    [
      "has failed until it says otherwise, and not only until it starts again",
      "10:00",
      { ended: "09:55", code: 1, started: "09:58", running: true },
      "down (failed): failed with exit code 1 at 2026-11-23 09:55 UTC",
    ],
    [
      "that failed and then keeps silent is missing",
      "11:05",
      { ended: "09:55", code: 1 },
      "down (missing): no ping since 2026-11-23 09:55 UTC; one was due at 2026-11-23 10:55 UTC, and 10 min of grace are over",
    ],
    [
      "that was not watched for long is due anew",
      "10:00",
      { ended: "02:00", activeSinceMs: at("2026-11-23 09:30") },
      "up: ended well at 2026-11-23 02:00 UTC",
    ],
  ])("%s (%s)", (_what, time, facts, outcome) => {
    expect(said(time, facts)).toBe(outcome);
  });

  test("tells how long a run took as its latency", () => {
    expect(
      evaluateHeartbeat(record({ ended: "09:55", durationMs: 90_000 }), HOURLY, at("2026-11-23 10:00")),
    ).toEqual({
      status: "up",
      reason: "ended well at 2026-11-23 09:55 UTC",
      latencyMs: 90_000,
      failureKind: null,
    });
  });

  test("tells three kinds of failure apart, by words that stay the same", () => {
    expect(Object.values(HEARTBEAT_FAILURES)).toEqual(["failed", "missing", "running too long"]);
  });

  test("keeps its reason from tick to tick, so that a state that lasts writes no row", () => {
    const facts: Facts = { ended: "09:55:20", started: "10:55", running: true };
    expect(said("12:30", facts)).toBe(said("11:06", facts));
    expect(said("11:30", facts, LIMITED)).toBe(said("11:25", facts, LIMITED));
  });
});

describe("a run that may take 30 min", () => {
  test.each<[string, string, Facts, string]>([
    [
      "is well so long, before its first end",
      "08:39",
      { started: "08:10", running: true },
      "up: no ping is overdue",
    ],
    [
      "is well so long, also when its end is overdue",
      "11:24",
      { ended: "09:55", started: "10:55", running: true },
      "up: ended well at 2026-11-23 09:55 UTC",
    ],
    [
      "is too long then",
      "11:25",
      { ended: "09:55", started: "10:55", running: true },
      "down (running too long): still running since 2026-11-23 10:55 UTC, longer than 30 min",
    ],
    [
      "is too long though nothing is overdue yet, and says what was logged",
      "08:40",
      { started: "08:10", running: true, log: "waiting for the lock" },
      "down (running too long): still running since 2026-11-23 08:10 UTC, longer than 30 min; it printed: waiting for the lock",
    ],
    [
      "has ended when it says so, however long that is ago",
      "10:40",
      { ended: "10:05", started: "09:55" },
      "up: ended well at 2026-11-23 10:05 UTC",
    ],
    [
      "ends no failure by beginning: it is missing until it says how it ended",
      "11:20",
      { ended: "09:55", started: "11:06", running: true },
      "down (missing): started at 2026-11-23 11:06 UTC and did not say how it ended, which was due at 2026-11-23 10:55 UTC, and 10 min of grace are over",
    ],
    [
      "is missing when it only ever begins anew, and never ends",
      "09:20",
      { started: "09:15", running: true },
      "down (missing): started at 2026-11-23 09:15 UTC and did not say how it ended, which was due at 2026-11-23 09:00 UTC, and 10 min of grace are over",
    ],
    [
      "is not asked for when it did not start",
      "11:05",
      { ended: "09:55" },
      "down (missing): no ping since 2026-11-23 09:55 UTC; one was due at 2026-11-23 10:55 UTC, and 10 min of grace are over",
    ],
  ])("%s (%s)", (_what, time, facts, outcome) => {
    expect(said(time, facts, LIMITED)).toBe(outcome);
  });
});

describe("a heartbeat by a schedule", () => {
  const NIGHTLY = byCron("30 2 * * *", "Europe/Zurich");

  /** Between which two minutes (UTC) it becomes missing, after a success. */
  function missingFrom(ended: string, rule: HeartbeatRule): string {
    const facts = { ...newRecord(WATCHED_AT), activeSinceMs: 0, endedAtMs: at(ended), code: 0 };
    for (
      let nowMs = Math.ceil(at(ended) / MINUTE) * MINUTE;
      nowMs < at(ended) + 20 * 86_400_000;
      nowMs += MINUTE
    ) {
      if (evaluateHeartbeat(facts, rule, nowMs).status === "down") {
        return new Date(nowMs).toISOString().slice(0, 16).replace("T", " ");
      }
    }
    return "never";
  }

  test("that is new waits for the first time after it was first watched", () => {
    const { reason } = evaluateHeartbeat(newRecord(WATCHED_AT), NIGHTLY, at("2026-11-24 01:40"));
    expect(reason).toBe("no ping yet; one was due at 2026-11-24 01:30 UTC, and 10 min of grace are over");
    expect(evaluateHeartbeat(newRecord(WATCHED_AT), NIGHTLY, at("2026-11-24 01:39")).status).toBe("up");
    // Also where that is the very next minute.
    expect(evaluateHeartbeat(newRecord(at("2026-11-24 01:29")), NIGHTLY, at("2026-11-24 01:40")).status).toBe(
      "down",
    );
  });

  test.each<[string, string, HeartbeatRule, string]>([
    ["in winter", "2026-11-23 01:31", NIGHTLY, "2026-11-24 01:40"],
    ["in summer", "2026-07-01 00:31", NIGHTLY, "2026-07-02 00:40"],
    // 2026-03-29, 02:00 becomes 03:00.
    ["before the night without 02:30", "2026-03-28 01:31", NIGHTLY, "2026-03-29 01:10"],
    ["after that night", "2026-03-29 01:01", NIGHTLY, "2026-03-30 00:40"],
    // 2026-10-25, 03:00 becomes 02:00.
    ["before the night with two 02:30", "2026-10-24 00:31", NIGHTLY, "2026-10-25 00:40"],
    [
      "after the first 02:30 of that night, and not at the second",
      "2026-10-25 00:31",
      NIGHTLY,
      "2026-10-26 01:40",
    ],
    // Sydney: 2026-10-04, 02:00 becomes 03:00; 2027-04-04, 03:00 becomes 02:00.
    [
      "in Sydney before its spring night",
      "2026-10-02 16:31",
      byCron("30 2 * * *", "Australia/Sydney"),
      "2026-10-03 16:10",
    ],
    ["in Sydney after it", "2026-10-03 16:01", byCron("30 2 * * *", "Australia/Sydney"), "2026-10-04 15:40"],
    [
      "in Sydney before its autumn night",
      "2027-04-02 15:31",
      byCron("30 2 * * *", "Australia/Sydney"),
      "2027-04-03 15:40",
    ],
    ["in Sydney after it", "2027-04-03 15:31", byCron("30 2 * * *", "Australia/Sydney"), "2027-04-04 16:40"],
    [
      "of every hour on the night with 25",
      "2026-10-24 23:01",
      byCron("0 * * * *", "Europe/Zurich"),
      "2026-10-25 00:10",
    ],
    [
      "of Saturdays over the change",
      "2026-10-24 20:05",
      byCron("0 22 * * SAT", "Europe/Zurich"),
      "2026-10-31 21:10",
    ],
  ])(
    "%s is missing when the grace after its next time is over (last ended at %s UTC)",
    (_when, ended, rule, missing) => {
      expect(missingFrom(ended, rule)).toBe(missing);
    },
  );

  test("takes an end right before its time for that time's: a server's clock may be ahead", () => {
    expect(missingFrom("2026-11-23 01:29:30", NIGHTLY)).toBe("2026-11-24 01:40");
    expect(missingFrom("2026-11-23 01:28:30", NIGHTLY)).toBe("2026-11-23 01:40");
  });

  test("is never missing when no time is left", () => {
    const rule: HeartbeatRule = { ...HOURLY, due: { kind: "schedule", nextAfter: () => null } };
    expect(evaluateHeartbeat(newRecord(0), rule, WATCHED_AT).status).toBe("up");
  });
});
