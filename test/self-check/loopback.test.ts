import { describe, expect, test } from "vitest";
import { findTokens, evaluateLoopback, isLoopbackDue } from "../../src/self-check/loopback.ts";
import { at, probeAt } from "../support/fakes/ports.ts";

const TIMEOUT_MS = 600_000;
const ten = at("2026-11-23 10:00");
const eleven = at("2026-11-23 11:00");

describe("the proof", () => {
  test("is missing while no probe was ever sent", () => {
    expect(evaluateLoopback([], TIMEOUT_MS, ten)).toEqual({ kind: "unproven" });
  });

  test("is missing while the only probe is on its way, up to the last millisecond", () => {
    expect(evaluateLoopback([probeAt(ten)], TIMEOUT_MS, ten + TIMEOUT_MS - 1)).toEqual({ kind: "unproven" });
  });

  test("is overdue from the moment at which the probe's time is over", () => {
    const probe = probeAt(ten);
    expect(evaluateLoopback([probe], TIMEOUT_MS, ten + TIMEOUT_MS)).toEqual({ kind: "overdue", probe });
  });

  test("stands when the probe came back, with the time that it took", () => {
    const probe = probeAt(ten, { returnedAtMs: ten + 4_000 });
    expect(evaluateLoopback([probe], TIMEOUT_MS, ten + 5_000)).toEqual({
      kind: "proven",
      probe,
      roundTripMs: 4_000,
    });
  });

  test("stands on the last probe while the next is on its way", () => {
    const proven = probeAt(ten, { returnedAtMs: ten + 4_000 });
    expect(evaluateLoopback([proven, probeAt(eleven)], TIMEOUT_MS, eleven + 60_000)).toMatchObject({
      kind: "proven",
      probe: proven,
    });
  });

  test("falls with the newest decided probe, whatever older ones did", () => {
    const proven = probeAt(ten, { returnedAtMs: ten + 4_000 });
    const lost = probeAt(eleven);
    expect(evaluateLoopback([proven, lost], TIMEOUT_MS, eleven + TIMEOUT_MS)).toEqual({
      kind: "overdue",
      probe: lost,
    });
  });

  test("heals at the next probe that returns", () => {
    const lost = probeAt(ten);
    const returned = probeAt(eleven, { returnedAtMs: eleven + 1_000 });
    expect(evaluateLoopback([lost], TIMEOUT_MS, eleven).kind).toBe("overdue");
    expect(evaluateLoopback([lost, probeAt(eleven)], TIMEOUT_MS, eleven + 500).kind).toBe("overdue");
    expect(evaluateLoopback([lost, returned], TIMEOUT_MS, eleven + 1_000).kind).toBe("proven");
  });

  test("does not depend on the order of the probes, nor change it", () => {
    const probes = [probeAt(ten), probeAt(eleven, { returnedAtMs: eleven + 1 }), probeAt(ten - 1)];
    const copy = [...probes];
    expect(evaluateLoopback(probes, TIMEOUT_MS, eleven + 60_000).kind).toBe("proven");
    expect(evaluateLoopback(probes.toReversed(), TIMEOUT_MS, eleven + 60_000).kind).toBe("proven");
    expect(probes).toEqual(copy);
  });
});

describe("a new probe is due", () => {
  test("at once where there is none", () => {
    expect(isLoopbackDue([], ten)).toBe(true);
  });

  test("at the next full hour of the clock, not an hour after the last", () => {
    const probes = [probeAt(at("2026-11-23 10:59:58"))];
    expect(isLoopbackDue(probes, at("2026-11-23 10:59:59.999"))).toBe(false);
    expect(isLoopbackDue(probes, eleven)).toBe(true);
  });

  test("once in an hour", () => {
    expect(isLoopbackDue([probeAt(ten + 2_000)], at("2026-11-23 10:59"))).toBe(false);
  });

  test("by the newest of several, in any order", () => {
    expect(isLoopbackDue([probeAt(eleven), probeAt(ten)], eleven + 1)).toBe(false);
    expect(isLoopbackDue([probeAt(ten), probeAt(eleven)], eleven + 1)).toBe(false);
  });

  test("after a gap of days, and over the end of a year", () => {
    expect(isLoopbackDue([probeAt(at("2026-12-31 23:00:01"))], at("2027-01-01 00:00"))).toBe(true);
    expect(isLoopbackDue([probeAt(at("2026-11-01 10:00"))], ten)).toBe(true);
  });
});

describe("tokens in a text", () => {
  const token = "0123456789abcdef0123456789abcdef";

  test.each([
    ["alone", `checker-loopback-${token}`],
    ["inside a subject", `Fwd: [checker] checker-loopback-${token} (fwd)`],
    ["folded inside the token", `checker-loopback-0123456789abcdef\r\n\t0123456789abcdef`],
    ["folded inside the mark", `checker-\r\n loopback-${token}`],
    ["with a space after each character", `checker-loopback-${token}`.split("").join(" ")],
    ["in upper case", `CHECKER-LOOPBACK-${token.toUpperCase()}`],
    ["in mixed case", `Checker-Loopback-0123456789ABCDEF0123456789abcdef`],
    ["followed by more digits", `checker-loopback-${token}\n2026-11-23`],
    ["between no-break spaces", `\u00A0checker-loopback-\u00A0${token}\u00A0`],
  ])("are found %s", (_name, text) => {
    expect(findTokens(text)).toEqual([token]);
  });

  test.each([
    ["that is empty", ""],
    ["with a token alone", token],
    ["with a token that is too short", `checker-loopback-${token.slice(1)}`],
    ["with a digit that is none", `checker-loopback-${token.slice(1)}g`],
    ["with a digit of another alphabet", `checker-loopback-${token.slice(1)}０`],
    ["with the mark alone", "checker-loopback-"],
  ])("are not found in a text %s", (_name, text) => {
    expect(findTokens(text)).toEqual([]);
  });

  test("are given once each, at most ten", () => {
    const tokens = Array.from({ length: 12 }, (_, index) => index.toString(16).padStart(32, "0"));
    const text = tokens.map((each) => `checker-loopback-${each}\n`).join("");
    expect(findTokens(text + text)).toEqual(tokens.slice(0, 10));
    expect(findTokens(`checker-loopback-${token} checker-loopback-${token.toUpperCase()}`)).toEqual([token]);
  });

  test("are found in a large hostile text in a moment", () => {
    const startedMs = performance.now();
    expect(findTokens("checker-loopback-0123456789abcde".repeat(10_000))).toEqual([]);
    expect(performance.now() - startedMs).toBeLessThan(500);
  });
});
