import { describe, expect, test } from "vitest";
import { evaluateHeartbeat, type HeartbeatRule } from "../../src/heartbeats/evaluate-heartbeat.ts";
import { newRecord, type PingReading, type PingRecord } from "../../src/heartbeats/ping.ts";
import { at } from "../support/fakes/ports.ts";

const MINUTE = 60_000;
const LIMITED: HeartbeatRule = {
  due: { kind: "every", everyMs: 60 * MINUTE },
  graceMs: 10 * MINUTE,
  maxRunMs: 30 * MINUTE,
};

describe("what began and ended between two ticks", () => {
  const ends = (...list: readonly [string, number | null][]): PingRecord["ends"] =>
    list.map(([time, minutes]) => ({
      atMs: at(`2026-11-23 ${time}`),
      durationMs: minutes === null ? null : minutes * MINUTE,
    }));
  const unreportedFailure = { atMs: at("2026-11-23 09:58:30"), code: 3, output: "copying\ndisk full" };

  /** What is said at 11:30, when the newest committed tick was of another time. */
  function saidAfter(judged: string | null, facts: Partial<PingRecord>): string {
    const reading: PingReading = {
      ...newRecord(at("2026-11-23 08:00")),
      code: 0,
      endedAtMs: at("2026-11-23 11:29"),
      ...facts,
      evaluatedUntilMs: judged === null ? null : at(`2026-11-23 ${judged}`),
    };
    const { status, failureKind, reason } = evaluateHeartbeat(reading, LIMITED, at("2026-11-23 11:30"));
    return `${status}${failureKind === null ? "" : ` (${failureKind})`}: ${reason}`;
  }

  test.each<[string, Partial<PingRecord>]>([
    ["a success", {}],
    ["a run that takes too long now", { startedAtMs: at("2026-11-23 10:30"), running: true }],
  ])("is a failure, though %s followed", (_what, facts) => {
    expect(saidAfter("11:29", { unreportedFailure, ...facts })).toBe(
      "down (failed): failed with exit code 3 at 2026-11-23 09:58 UTC, and a success followed; it printed: disk full",
    );
  });

  test.each<[string, string, string]>([
    ["11:25", "down (running too long)", "no tick came while it was too long"],
    ["11:27", "up", "the tick before has reported it"],
  ])("is a run that was too long: newest tick %s, %s, as %s", (judged, status) => {
    const facts = { ends: ends(["11:29", 33], ["10:40", null]) };
    const reason =
      status === "up"
        ? "ended well at 2026-11-23 11:29 UTC"
        : "ran from 2026-11-23 10:56 UTC to 2026-11-23 11:29 UTC, longer than 30 min";
    expect(saidAfter(judged, facts)).toBe(`${status}: ${reason}`);
  });

  test("is an end that came when its grace was over, also when another followed it", () => {
    const late = ends(["11:29", null], ["11:28", null], ["10:15", null]);
    const facts = { ends: late };
    expect(saidAfter("11:24", facts)).toBe(
      "down (missing): no ping since 2026-11-23 10:15 UTC until 2026-11-23 11:28 UTC; one was due at 2026-11-23 11:15 UTC, and 10 min of grace were over",
    );
    expect(saidAfter("11:25", facts)).toBe("up: ended well at 2026-11-23 11:29 UTC");
  });

  test("is the first end, when it came too late", () => {
    const facts = { activeSinceMs: at("2026-11-23 10:15"), ends: ends(["11:29", null]) };
    expect(saidAfter("11:24", facts)).toBe(
      "down (missing): no ping until 2026-11-23 11:29 UTC; one was due at 2026-11-23 11:15 UTC, and 10 min of grace were over",
    );
  });

  test("is nothing where an end came within its grace, or its run was waited for", () => {
    const well = "up: ended well at 2026-11-23 11:29 UTC";
    expect(saidAfter("11:24", { ends: ends(["11:29", null], ["10:20", null]) })).toBe(well);
    expect(saidAfter("11:20", { ends: ends(["11:29", 10], ["10:15", null]) })).toBe(well);
    // Before ends were recorded, and where no tick is known.
    expect(saidAfter("11:24", {})).toBe(well);
    expect(saidAfter(null, { ends: ends(["11:29", 33], ["10:15", null]) })).toBe(well);
  });

  test("is nothing where the oldest end that is kept has lost the one before it", () => {
    const twelve = Array.from({ length: 12 }, (): [string, null] => ["11:29", null]);
    const facts = { activeSinceMs: at("2026-11-23 10:15"), ends: ends(...twelve) };
    expect(saidAfter("11:24", facts)).toBe("up: ended well at 2026-11-23 11:29 UTC");
  });
});
