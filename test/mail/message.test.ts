import { describe, expect, test } from "vitest";
import {
  composeSubject,
  GIVE_UP_AFTER_MS,
  GIVEN_UP,
  giveUpUnfinished,
  retryDelayMs,
  resolveDelivery,
  type Delivery,
  type LeasedMessage,
} from "../../src/mail/message.ts";
import { ACCEPTED, at, refused } from "../support/fakes/ports.ts";

const now = at("2026-11-23 10:00");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

describe("the gap before the next attempt", () => {
  test("is less than a minute at first, doubles, and stays at an hour", () => {
    const gaps = Array.from({ length: 12 }, (_, index) => retryDelayMs(index + 1, 0) / 1000);
    expect(gaps).toEqual([45, 90, 180, 360, 720, 1440, 2880, 3600, 3600, 3600, 3600, 3600]);
  });

  test("is shortened by up to a quarter", () => {
    expect(retryDelayMs(1, 1)).toBe(33_750);
    expect(retryDelayMs(1, 0.5)).toBe(39_375);
    expect(retryDelayMs(50, 1)).toBe(45 * MINUTE_MS);
  });

  test("never exceeds an hour nor turns into nonsense after very many attempts", () => {
    for (const attempts of [20, 100, 2_000, 1e9]) expect(retryDelayMs(attempts, 0)).toBe(HOUR_MS);
  });

  test("grows from attempt to attempt whatever the jitter is, until it is an hour", () => {
    for (let attempts = 1; attempts < 7; attempts++) {
      expect(retryDelayMs(attempts + 1, 1)).toBeGreaterThan(retryDelayMs(attempts, 0));
    }
  });

  test("allows about 75 attempts in three days", () => {
    let ms = 0;
    let attempts = 0;
    while (ms < GIVE_UP_AFTER_MS) ms += retryDelayMs(++attempts, 0);
    expect(attempts).toBe(78);
  });
});

describe("after an attempt", () => {
  const alert: LeasedMessage = {
    id: "a",
    to: "ops@example.com",
    subject: "s",
    body: "b",
    job: "Job",
    items: [],
    lastError: null,
    throttled: false,
    decidedAtMs: now - MINUTE_MS,
    expiresAtMs: null,
    token: null,
    attempts: 1,
    unfinished: 1,
  };
  const probe: LeasedMessage = { ...alert, id: "p", job: null, token: "f".repeat(32), expiresAtMs: now + 1 };
  const settled = (message: LeasedMessage, delivery: Delivery, nowMs = now) =>
    resolveDelivery(message, "mail", delivery, nowMs, { refusals: 1, nextAttemptAtMs: nowMs + 45_000 });

  test("that was accepted the message is done", () => {
    expect(settled(alert, ACCEPTED)).toEqual({
      id: "a",
      attempts: 1,
      kind: "accepted",
      atMs: now,
      mailId: "mail",
    });
    expect(settled(probe, ACCEPTED)).toEqual({
      id: "p",
      attempts: 1,
      kind: "accepted",
      atMs: now,
      mailId: "mail",
    });
  });

  test("that was accepted at last the message is done, however old it is", () => {
    expect(settled(alert, ACCEPTED, now + 2 * GIVE_UP_AFTER_MS).kind).toBe("accepted");
  });

  test("that failed the message is tried again, with the reason kept as one line", () => {
    expect(settled(alert, refused("E_INTERNAL", "try\r\nlater"))).toEqual({
      id: "a",
      attempts: 1,
      kind: "retry",
      nextAttemptAtMs: now + 45_000,
      error: { code: "E_INTERNAL", reason: "try later" },
    });
  });

  test("that can never succeed the alert is set aside", () => {
    expect(settled(alert, refused("E_RECIPIENT_NOT_ALLOWED", "not verified", true))).toEqual({
      id: "a",
      attempts: 1,
      kind: "failed",
      atMs: now,
      error: { code: "E_RECIPIENT_NOT_ALLOWED", reason: "not verified" },
    });
  });

  test("that failed three days after the decision the alert is set aside, not a millisecond sooner", () => {
    const late = alert.decidedAtMs + GIVE_UP_AFTER_MS;
    const often = { ...alert, attempts: 10 };
    expect(settled(often, refused(), late - 1).kind).toBe("retry");
    expect(settled(often, refused(), late)).toEqual({
      id: "a",
      attempts: 10,
      kind: "failed",
      atMs: late,
      error: { code: "E_INTERNAL", reason: "try later" },
    });
  });

  test("that failed late but was one of a few is no reason to give up: nothing ran for a while", () => {
    const late = alert.decidedAtMs + 10 * GIVE_UP_AFTER_MS;
    expect(settled({ ...alert, attempts: 9 }, refused(), late).kind).toBe("retry");
    expect(settled({ ...alert, attempts: 10 }, refused(), late).kind).toBe("failed");
  });

  test("a message that waited behind refused mail is given up like those that were tried", () => {
    const late = alert.decidedAtMs + GIVE_UP_AFTER_MS;
    const after = (refusals: number): string =>
      resolveDelivery(alert, "mail", refused(), late, { refusals, nextAttemptAtMs: late + HOUR_MS }).kind;
    expect([after(9), after(10)]).toEqual(["retry", "failed"]);
  });

  test("a message that ends its invocation is given up after three days and ten attempts, and says why", () => {
    const late = alert.decidedAtMs + GIVE_UP_AFTER_MS;
    const ended = (attempts: number, unfinished: number, nowMs = late) =>
      giveUpUnfinished({ ...alert, attempts, unfinished }, nowMs);
    expect(ended(11, 11)).toEqual({
      id: "a",
      attempts: 10,
      kind: "failed",
      atMs: late,
      error: {
        code: "E_UNFINISHED",
        reason: "the last 10 attempts ended without a result: sending it may be what ends them",
      },
    });
    expect([ended(10, 10), ended(11, 2), ended(11, 11, late - 1)]).toEqual([null, null, null]);
  });

  test("that failed the probe is tried again within its time and dropped after it", () => {
    expect(settled(probe, refused()).kind).toBe("retry");
    expect(settled(probe, refused(), now + 1)).toEqual({
      id: "p",
      attempts: 1,
      kind: "dropped",
      atMs: now + 1,
      error: { code: "E_INTERNAL", reason: "try later" },
    });
  });

  test("that can never succeed the probe is dropped: it is no lost alert", () => {
    expect(settled(probe, refused("E_SENDER", "no", true)).kind).toBe("dropped");
  });
});

test("a message that waited until it was given up says why", () => {
  expect(GIVEN_UP).toEqual({ code: "E_GIVEN_UP", reason: "its recipient took no mail for three days" });
});

describe("a subject", () => {
  const plain = { serverName: "checker-eu", bustThreading: false };
  const busting = { serverName: "checker-eu", bustThreading: true };

  test("begins with the instance's name in brackets", () => {
    expect(composeSubject(plain, "Ping failed", 0.5)).toBe("[checker-eu] Ping failed");
  });

  test("ends in a number of six digits where threads are to be broken", () => {
    expect(composeSubject(busting, "Ping failed", 0)).toBe("[checker-eu] Ping failed 100000");
    expect(composeSubject(busting, "Ping failed", 0.5)).toBe("[checker-eu] Ping failed 550000");
    expect(composeSubject(busting, "Ping failed", 0.999_999_999)).toBe("[checker-eu] Ping failed 999999");
  });

  test("keeps that number when it is too long", () => {
    const subject = composeSubject(busting, "x".repeat(500), 0);
    expect(subject).toBe(`[checker-eu] ${"x".repeat(186)}… 100000`);
  });

  test("takes no line end from outside", () => {
    expect(composeSubject(plain, "it said \r\nBcc: all@example.org\r\n\r\nbody", 0)).toBe(
      "[checker-eu] it said Bcc: all@example.org body",
    );
    expect(composeSubject({ ...plain, serverName: "a\r\nb" }, "x", 0)).toBe("[a b] x");
  });
});
