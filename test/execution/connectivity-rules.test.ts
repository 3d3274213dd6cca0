import { describe, expect, test } from "vitest";
import {
  isPublicHost,
  evaluateReferences,
  shouldVerifyConnectivity,
  markInconclusive,
} from "../../src/execution/connectivity-rules.ts";
import { down, inconclusive, up, type Outcome } from "../../src/core/outcome.ts";

const seen = (outcome: Outcome, publicNetwork = true): { outcome: Outcome; publicNetwork: boolean } => ({
  outcome,
  publicNetwork,
});

describe("a host lies in the public network:", () => {
  test.each([
    "example.com",
    "192.0.2.1",
    "2001:db8::1",
    "[2001:db8::1]",
    "104.16.0.1",
    "localhost.example.com",
  ])("%s", (host) => {
    expect(isPublicHost(host)).toBe(true);
  });
  test.each([
    "localhost",
    "LOCALHOST.",
    "app.localhost",
    "127.0.0.1",
    "[::1]",
    "::1",
    "10.1.2.3",
    "192.168.1.1",
  ])("and not %s", (host) => {
    expect(isPublicHost(host)).toBe(false);
  });
});

describe("an instance doubts itself", () => {
  test("when more than half of what it reached out for fails", () => {
    expect(shouldVerifyConnectivity([seen(down("a")), seen(down("b")), seen(up())])).toBe(true);
    expect(shouldVerifyConnectivity([seen(down("a")), seen(up())])).toBe(false);
    expect(shouldVerifyConnectivity([seen(down("a"))])).toBe(true);
    expect(shouldVerifyConnectivity([])).toBe(false);
  });

  test("over nothing that did not go through the public network, or was not conclusive", () => {
    expect(shouldVerifyConnectivity([seen(down("a"), false), seen(down("b"), false), seen(up())])).toBe(
      false,
    );
    expect(shouldVerifyConnectivity([seen(inconclusive("a")), seen(inconclusive("b")), seen(up())])).toBe(
      false,
    );
    expect(shouldVerifyConnectivity([seen(inconclusive("a")), seen(down("b"))])).toBe(true);
  });
});

describe("the reference targets say", () => {
  test("connected when one of them answers", () => {
    expect(evaluateReferences([down("a"), inconclusive("b"), up("HTTP 204")])).toEqual(
      up("a reference target answers"),
    );
  });

  test("cut off when none does, with each reason once", () => {
    expect(evaluateReferences([down("timed out after 5 s"), down("refused"), down("refused")])).toEqual(
      down("none of 3 reference targets answers: timed out after 5 s; refused"),
    );
  });

  test("nothing when they could not all be asked", () => {
    expect(evaluateReferences([])).toBeNull();
    expect(evaluateReferences([down("a"), inconclusive("too many subrequests")])).toBeNull();
    expect(evaluateReferences([inconclusive("too many subrequests")])).toBeNull();
  });
});

test("without a connection a failure is not judged, and everything else stands", () => {
  expect(markInconclusive(seen(down("timed out after 10 s")))).toEqual(
    inconclusive(
      "not judged: this Checker itself was cut off, as no reference target answered; seen was: timed out after 10 s",
    ),
  );
  for (const other of [seen(up("fine")), seen(inconclusive("inconclusive")), seen(down("no file"), false)]) {
    expect(markInconclusive(other)).toBe(other.outcome);
  }
});
