import { describe, expect, test } from "vitest";
import type { CertificateFacts } from "../../../../src/probes/tls/certificate/facts.ts";
import {
  evaluateCertificate,
  type CertificateRule,
} from "../../../../src/probes/tls/certificate/evaluate.ts";
import type { AlternativeName } from "../../../../src/probes/tls/certificate/host-match.ts";
import { NOW_MS, said } from "../probing.ts";

function dns(...texts: readonly string[]): AlternativeName[] {
  return texts.map((text) => ({ kind: "dns", text }));
}

const GOOD: CertificateFacts = {
  validFromMs: Date.parse("2026-11-01T00:00:00Z"),
  validToMs: Date.parse("2027-02-01T00:00:00Z"),
  names: dns("c.example"),
  issuer: "Let's Encrypt R11",
  selfSigned: false,
  malformed: false,
};
const RULE: CertificateRule = { serverName: "c.example", minDaysLeft: 30 };

function verdict(facts: Partial<CertificateFacts>, rule: Partial<CertificateRule> = {}): string {
  return said(evaluateCertificate({ ...GOOD, ...facts }, { ...RULE, ...rule }, NOW_MS, 12));
}

function at(text: string): number {
  return Date.parse(text);
}

describe("a certificate", () => {
  test("that is valid for long enough is up, with the time it took", () => {
    expect(evaluateCertificate(GOOD, RULE, NOW_MS, 12)).toEqual({
      status: "up",
      reason: "expires 2027-02-01 (in 70 days), issued by Let's Encrypt R11",
      latencyMs: 12,
      failureKind: null,
    });
  });

  test("that is self-signed says so and is not for that reason down", () => {
    expect(verdict({ selfSigned: true })).toBe("up: expires 2027-02-01 (in 70 days), self-signed");
  });

  test("that ends soon is down, and this is a condition of its own", () => {
    expect(evaluateCertificate({ ...GOOD, validToMs: at("2026-12-05T10:00:00Z") }, RULE, NOW_MS, 12)).toEqual(
      {
        status: "down",
        reason: "expires in 12 days, on 2026-12-05 (fewer than 30), issued by Let's Encrypt R11",
        latencyMs: 12,
        failureKind: "expiring",
      },
    );
  });

  test("that ends within a day says the hours", () => {
    expect(verdict({ validToMs: at("2026-11-23T05:20:00Z") })).toBe(
      "down: expires in 5 h 20 min, on 2026-11-23 (fewer than 30), issued by Let's Encrypt R11",
    );
  });

  test("with exactly the days asked for is up, with a second less it is down", () => {
    const thirtyDays = at("2026-12-23T00:00:00Z");
    expect(verdict({ validToMs: thirtyDays })).toBe(
      "up: expires 2026-12-23 (in 30 days), issued by Let's Encrypt R11",
    );
    expect(verdict({ validToMs: thirtyDays - 1000 })).toBe(
      "down: expires in 29 days, on 2026-12-22 (fewer than 30), issued by Let's Encrypt R11",
    );
  });

  test("that has expired is down, and this is another condition", () => {
    expect(evaluateCertificate({ ...GOOD, validToMs: at("2026-11-01T00:00:00Z") }, RULE, NOW_MS, 12)).toEqual(
      {
        status: "down",
        reason: "certificate expired 2026-11-01 (22 days ago), issued by Let's Encrypt R11",
        latencyMs: 12,
        failureKind: "expired",
      },
    );
  });

  test("is valid through its last second and expired after it", () => {
    expect(verdict({ validToMs: NOW_MS }, { minDaysLeft: 0 })).toBe(
      "up: expires 2026-11-23 (in 0 s), issued by Let's Encrypt R11",
    );
    expect(verdict({ validToMs: NOW_MS - 1000 }, { minDaysLeft: 0 })).toBe(
      "down: certificate expired 2026-11-22 (1 s ago), issued by Let's Encrypt R11",
    );
  });

  test("that is not valid yet is down", () => {
    expect(verdict({ validFromMs: at("2026-12-01T00:00:00Z") })).toBe(
      "down: certificate not valid before 2026-12-01 (in 8 days), issued by Let's Encrypt R11",
    );
    expect(verdict({ validFromMs: NOW_MS })).toBe(
      "up: expires 2027-02-01 (in 70 days), issued by Let's Encrypt R11",
    );
  });

  test("for other names is down, with its names and its date", () => {
    const names = dns("a.example", "b.example");
    expect(evaluateCertificate({ ...GOOD, names }, RULE, NOW_MS, 12)).toEqual({
      status: "down",
      reason:
        "certificate is for a.example, b.example, not for c.example; " +
        "expires 2027-02-01 (in 70 days), issued by Let's Encrypt R11",
      latencyMs: 12,
      failureKind: "wrong name",
    });
  });

  test("for many names shows the first ones", () => {
    const names = dns(...Array.from({ length: 100 }, (_, index) => `n${index}.example`));
    expect(verdict({ names })).toBe(
      "down: certificate is for n0.example, n1.example, n2.example and 97 more, not for c.example; " +
        "expires 2027-02-01 (in 70 days), issued by Let's Encrypt R11",
    );
  });

  test("without a name says so", () => {
    expect(verdict({ names: [] })).toBe(
      "down: certificate names no host (a common name is not one), so not c.example; " +
        "expires 2027-02-01 (in 70 days), issued by Let's Encrypt R11",
    );
  });

  test("with several faults says all of them", () => {
    const expired = evaluateCertificate(
      { ...GOOD, names: dns("a.example"), selfSigned: true, validToMs: at("2026-11-01") },
      RULE,
      NOW_MS,
      null,
    );
    expect(expired).toEqual({
      status: "down",
      reason:
        "certificate is for a.example, not for c.example; expired 2026-11-01 (22 days ago), self-signed",
      latencyMs: null,
      failureKind: "wrong name, expired",
    });
    expect(verdict({ validFromMs: at("2026-12-01"), validToMs: at("2026-12-05") })).toBe(
      "down: certificate not valid before 2026-12-01 (in 8 days), " +
        "expires in 12 days, on 2026-12-05 (fewer than 30), issued by Let's Encrypt R11",
    );
    expect(verdict({ validFromMs: at("2026-12-01"), validToMs: at("2026-11-01") })).toBe(
      "down: certificate not valid before 2026-12-01 (in 8 days), " +
        "expired 2026-11-01 (22 days ago), issued by Let's Encrypt R11",
    );
  });

  test("with names and an issuer made to break lines gives one line of bounded length", () => {
    const hostile = `x\r\nBcc: all@example.org${"y".repeat(500)}`;
    const { reason } = evaluateCertificate(
      { ...GOOD, names: dns(hostile, hostile, hostile), issuer: hostile },
      RULE,
      NOW_MS,
      null,
    );
    const name = `x\\x0d\\x0aBcc:\\x20all@example.org${"y".repeat(27)}…`;
    const shown = `x Bcc: all@example.org${"y".repeat(37)}…`;
    expect(reason).toBe(
      `certificate is for ${name}, ${name}, ${name}, not for c.example; ` +
        `expires 2027-02-01 (in 70 days), issued by ${shown}`,
    );
  });

  test("whose issuer has no name says so", () => {
    expect(verdict({ issuer: "" })).toBe("up: expires 2027-02-01 (in 70 days), issuer without a name");
  });

  test("that is malformed is down, and its dates are judged as well", () => {
    const outcome = evaluateCertificate(
      { ...GOOD, malformed: true, names: [], validToMs: at("2026-11-01") },
      RULE,
      NOW_MS,
      null,
    );
    expect(outcome).toMatchObject({
      reason:
        "certificate has parts that cannot be read, and browsers reject it; " +
        "expired 2026-11-01 (22 days ago), issued by Let's Encrypt R11",
      failureKind: "malformed, expired",
    });
  });
});

describe("a reason for another name contradicts nothing", () => {
  const ip = (text: string): AlternativeName => ({ kind: "ip", text });
  const REST = "; expires 2027-02-01 (in 70 days), issued by Let's Encrypt R11";

  test.each([
    [
      "an address that stands in it as a DNS name",
      dns("a.example", "127.0.0.1"),
      "127.0.0.1",
      "certificate is not for 127.0.0.1: it has the address only as a DNS name, which browsers do not accept",
    ],
    [
      "an IPv6 address that stands in it as a DNS name, spelt differently",
      [...dns("2001:DB8:0::1"), ip("192.0.2.1")],
      "2001:db8::1",
      "certificate is not for 2001:db8::1: it has the address only as a DNS name, which browsers do not accept",
    ],
    [
      "a wildcard for two labels",
      dns("*.c.example"),
      "a.b.c.example",
      "certificate is for *.c.example, not for a.b.c.example (browsers accept * only as a whole first label, for one label, before at least two others)",
    ],
    [
      "a wildcard for a top-level domain",
      dns("*.example"),
      "c.example",
      "certificate is for *.example, not for c.example (browsers accept * only as a whole first label, for one label, before at least two others)",
    ],
    [
      "a wildcard for a part of a label",
      dns("f*.c.example"),
      "foo.c.example",
      "certificate is for f*.c.example, not for foo.c.example (browsers accept * only as a whole first label, for one label, before at least two others)",
    ],
    [
      "a name with a space or a zero byte at its end",
      dns("c.example ", "c.example\0"),
      "c.example",
      "certificate is for c.example\\x20, c.example\\x00, not for c.example",
    ],
    ["an empty name", dns(""), "c.example", `certificate is for "", not for c.example`],
    [
      "an internationalised name that is not in ASCII",
      dns("b\u00c3\u00bccher.example"),
      "xn--bcher-kva.example",
      "certificate is for b\\xc3\\xbccher.example, not for xn--bcher-kva.example",
    ],
    [
      "a long name that only differs after its first 60 characters",
      dns(`${"a".repeat(60)}.b.example`, "d.example"),
      `${"a".repeat(60)}.c.example`,
      `certificate is for d.example and 1 more, not for ${"a".repeat(59)}…`,
    ],
    [
      "such a long name and no other",
      dns(`${"a".repeat(60)}.b.example`),
      `${"a".repeat(60)}.c.example`,
      `certificate is for 1 other name, not for ${"a".repeat(59)}…`,
    ],
    ["an address", [ip("192.0.2.1")], "c.example", "certificate is for 192.0.2.1, not for c.example"],
  ])("%s", (_what, names, serverName, reason) => {
    expect(verdict({ names }, { serverName })).toBe(`down: ${reason}${REST}`);
  });
});
