import { describe, expect, test } from "vitest";
import { parseSettings } from "../../../src/platform/settings/parse-settings.ts";

/** Names of the settings that are wrong. */
function wrong(vars: Readonly<Record<string, unknown>>): readonly string[] {
  const result = parseSettings({ SERVER_NAME: "checker", MAIL_FROM: "checker@example.com", ...vars });
  return result.ok ? [] : result.problems.map(({ name }) => name);
}

const peer = (admin: string) => ({ url: `https://${admin.length}.example/status`, admin });

describe("a person whose address is MAIL_FROM is an invalid setting", () => {
  test.each([
    "checker@example.com",
    "CHECKER@example.COM",
    "checker+alerts@example.com",
    "Checker+a+b@Example.com",
  ])("as %s", (address) => {
    expect(wrong({ ALERT_CONTACT: address })).toEqual(["ALERT_CONTACT[0]"]);
    expect(wrong({ ALERT_CONTACT: ["me@example.com", address] })).toEqual(["ALERT_CONTACT[1]"]);
    expect(wrong({ ALERT_CONTACT: `["me@example.com", "${address}"]` })).toEqual(["ALERT_CONTACT[1]"]);
    const peers = [peer("me@example.com"), peer(address)];
    expect(wrong({ ALERT_CONTACT: "me@example.com", PEERS: peers })).toEqual(["PEERS[1].admin"]);
    expect(wrong({ ALERT_CONTACT: address, PEERS: JSON.stringify([peer(address)]) })).toEqual([
      "ALERT_CONTACT[0]",
      "PEERS[0].admin",
    ]);
  });

  test("whatever letters MAIL_FROM has, and also while nothing is mailed", () => {
    const vars = { ALERT_CONTACT: "checker@example.com", MAIL_FROM: " Checker@EXAMPLE.com ", NO_MAIL: true };
    expect(wrong(vars)).toEqual(["ALERT_CONTACT[0]"]);
  });
});

describe("a person may have", () => {
  test.each([
    ["checker@example.net"],
    ["my-checker@example.com"],
    ["ops+checker@example.com"],
    ["checker@mail.example.com"],
  ])("an address that only resembles MAIL_FROM: %s", (address) => {
    expect(wrong({ ALERT_CONTACT: address })).toEqual([]);
  });

  test("the mailbox that forwards the message to itself", () => {
    expect(wrong({ ALERT_CONTACT: "box@example.net", MAIL_LOOPBACK_TO: "box@example.net" })).toEqual([]);
  });

  test("the address to which MAIL_FROM is a sub-address with a rule of its own", () => {
    expect(wrong({ ALERT_CONTACT: "ops@example.com", MAIL_FROM: "ops+checker@example.com" })).toEqual([]);
  });
});
