import { describe, expect, test } from "vitest";
import { classifyConnectError } from "../../src/probes/connect-error.ts";

/** Word for word from workerd 1.20261117 and Cloudflare's docs. */
const NOT_CONNECTED = "proxy request failed, cannot connect to the specified address";
const NOT_CONNECTED_WEB = `${NOT_CONNECTED}. It looks like you might be trying to connect to a HTTP-based service — consider using fetch instead`;

const NO_CONNECTION = {
  status: "down",
  reason: "no connection: refused, unreachable, or host name not found",
};
const NOT_FROM_HERE = {
  status: "inconclusive",
  reason:
    "cannot be checked from here: no connection, and a Worker cannot tell a host behind Cloudflare, " +
    "which it may not reach, from one that refuses or has no address",
};

describe("a connection that is not made", () => {
  test("is down on a port that Cloudflare does not serve", () => {
    expect(classifyConnectError(new Error(NOT_CONNECTED))).toEqual(NO_CONNECTION);
    expect(classifyConnectError(new Error(NOT_CONNECTED), 5432)).toEqual(NO_CONNECTION);
  });

  test("is inconclusive on one that it serves, where the host may be behind it", () => {
    expect(classifyConnectError(new Error(NOT_CONNECTED_WEB))).toEqual(NOT_FROM_HERE);
    expect(classifyConnectError(new Error(NOT_CONNECTED_WEB), 443)).toEqual(NOT_FROM_HERE);
    expect(classifyConnectError(new Error(NOT_CONNECTED), 8443)).toEqual(NOT_FROM_HERE);
  });

  test.each([
    ["Connections to port 25 are prohibited", "Workers may not connect to port 25"],
    ["TCP Loop detected", "a Worker may not connect to itself"],
    ["Too many subrequests.", "Too many subrequests."],
    ["Stream was cancelled.", "Stream was cancelled."],
    ["something new\r\nBcc: all@example.org", "something new Bcc: all@example.org"],
  ])("is inconclusive for a limit of ours, and for what nobody knows: %j", (text, reason) => {
    expect(classifyConnectError(new Error(text))).toEqual({
      status: "inconclusive",
      reason: `cannot be checked from here: ${reason}`,
    });
  });

  test("is inconclusive when the address is none, or nothing is said", () => {
    expect(classifyConnectError(new TypeError("Value out of range."))).toEqual({
      status: "inconclusive",
      reason: "cannot be checked from here: TypeError: Value out of range.",
    });
    expect(classifyConnectError(undefined)).toEqual({
      status: "inconclusive",
      reason: "cannot be checked from here: a thrown undefined",
    });
  });

  test.each(["Network connection lost.", "This socket has been closed."])(
    "is down when it breaks: %s",
    (text) => {
      expect(classifyConnectError(new Error(text))).toEqual({ status: "down", reason: "connection lost" });
    },
  );
});
