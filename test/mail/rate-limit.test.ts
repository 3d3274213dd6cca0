import { describe, expect, test } from "vitest";
import { checkRateLimit, withAccepted } from "../../src/mail/rate-limit.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/core/time/frequency.ts";
import { at } from "../support/fakes/ports.ts";

const now = at("2026-11-23 10:00");
/** Times so many minutes ago, oldest first. */
const ago = (...minutes: readonly number[]): readonly number[] =>
  minutes.map((minute) => now - minute * MINUTE_MS);

describe("one more mail to a person", () => {
  test("is sent while it is not the last that the hour has room for", () => {
    expect(checkRateLimit([], 3, now)).toEqual({ kind: "send", throttledUntilMs: null });
    expect(checkRateLimit(ago(30), 3, now)).toEqual({ kind: "send", throttledUntilMs: null });
  });

  test("that is the last says until when what follows is held: till the oldest is an hour old", () => {
    expect(checkRateLimit(ago(30, 20), 3, now)).toEqual({
      kind: "send",
      throttledUntilMs: now + 30 * MINUTE_MS,
    });
    expect(checkRateLimit([], 1, now)).toEqual({ kind: "send", throttledUntilMs: now + HOUR_MS });
  });

  test("that is the last says nothing where the wait is no longer than two minutes", () => {
    expect(checkRateLimit(ago(58, 20), 3, now)).toEqual({ kind: "send", throttledUntilMs: null });
    expect(checkRateLimit(ago(57, 20), 3, now)).toEqual({
      kind: "send",
      throttledUntilMs: now + 3 * MINUTE_MS,
    });
  });

  test("is held when the hour is full, whenever that hour began", () => {
    expect(checkRateLimit(ago(59, 20, 10), 3, now)).toEqual({ kind: "hold", untilMs: now + MINUTE_MS });
    expect(checkRateLimit(ago(60, 20, 10), 3, now)).toEqual({
      kind: "send",
      throttledUntilMs: now + 40 * MINUTE_MS,
    });
  });

  test("is held until enough have left where a limit was lowered meanwhile", () => {
    expect(checkRateLimit(ago(50, 40, 30, 20), 2, now)).toEqual({
      kind: "hold",
      untilMs: now + 30 * MINUTE_MS,
    });
  });

  test("is not held by a time far in the future, which a wrong clock left behind", () => {
    expect(checkRateLimit([now + 2 * HOUR_MS], 1, now)).toEqual({
      kind: "send",
      throttledUntilMs: now + HOUR_MS,
    });
  });
});

test("no hour ever has more mails than the limit, however they come", () => {
  let accepted: readonly number[] = [];
  const sent: number[] = [];
  for (let minute = 0; minute < 300; minute++) {
    const nowMs = now + minute * MINUTE_MS;
    if (checkRateLimit(accepted, 7, nowMs).kind === "hold") continue;
    accepted = withAccepted(accepted, nowMs);
    sent.push(nowMs);
  }
  for (const from of sent) {
    expect(sent.filter((atMs) => atMs >= from && atMs < from + HOUR_MS).length).toBeLessThanOrEqual(7);
  }
  // And not fewer than it allows.
  expect(sent).toHaveLength(35);
});

test("only times of the last hour are remembered", () => {
  expect(withAccepted(ago(61, 60, 59, 1), now)).toEqual([...ago(59, 1), now]);
});
