import { describe, expect, test } from "vitest";
import { problemOf, readAnswer } from "../../../scripts/setup/answers.ts";

const PEER = { url: "https://peer.net/status", admin: "admin@peer.net" };

describe("an answer", () => {
  test.each<readonly [name: string, text: string, value: unknown]>([
    ["SERVER_NAME", "  Checker in the cellar ", "Checker in the cellar"],
    ["SERVER_NAME", "12", "12"],
    ["ALERT_CONTACT", "me@mine.net", "me@mine.net"],
    ["ALERT_CONTACT", "me@mine.net, you@mine.net,me@mine.net", ["me@mine.net", "you@mine.net"]],
    ["ALERT_CONTACT", '["me@mine.net"]', "me@mine.net"],
    ["MAIL_FROM", "checker@mine.net ", "checker@mine.net"],
    ["MAIL_LOOPBACK_TO", "back@mailbox.net", "back@mailbox.net"],
    ["MAIL_LOOPBACK_TO", "-", undefined],
    ["PLAN", "Paid", "paid"],
    ["PEERS", "-", []],
    ["PEERS", "https://peer.net/status admin@peer.net", [PEER]],
    [
      "PEERS",
      "https://peer.net/status, admin@peer.net,https://b.net/status  b@b.net",
      [PEER, { url: "https://b.net/status", admin: "b@b.net" }],
    ],
    ["PEERS", JSON.stringify([{ ...PEER, more: 1 }]), [PEER]],
    ["name", "checker-2", "checker-2"],
    ["ADMIN_TOKEN", "0123456789abcdef", "0123456789abcdef"],
    ["ADMIN_TOKEN", "-", undefined],
    ["MAX_MAILS_PER_HOUR", "12", 12],
    ["NO_MAIL", "true", true],
    ["NO_MAIL", "1", "1"],
    ["REFERENCE_TARGETS", '["https://a.net/"]', ["https://a.net/"]],
    ["ACCESS_TEAM_DOMAIN", "mine.cloudflareaccess.com", "mine.cloudflareaccess.com"],
  ])("for %s: %j is written as %j", (name, text, value) => {
    expect(readAnswer(name, text)).toEqual({ kind: "value", value });
  });

  test.each(["ADMIN_TOKEN", "PING_SECRET"])("for %s has one made where none is typed", (name) => {
    expect(["", "new"].map((text) => readAnswer(name, text))).toEqual([{ kind: "make" }, { kind: "make" }]);
  });

  const peersHint = "Hint: https://checker.example.org/status admin@example.org, and a comma before the next";
  const tokenHint = "Hint: Enter makes a good one, - leaves the owner's part shut";
  const nameHint = `Hint: small letters, digits and dashes, up to 63: "checker-eu"`;
  test.each([
    [
      "SERVER_NAME",
      " ",
      `SERVER_NAME = "" is empty. Hint: a short name for this instance, such as "checker-eu"`,
    ],
    [
      "ALERT_CONTACT",
      "me@mine.net, nobody",
      `ALERT_CONTACT[1] = "nobody" is not an email address. Hint: an address, or a list: ["ops@example.com", "me@example.com"]`,
    ],
    [
      "ALERT_CONTACT",
      "me@mine.net, admin@Example.com",
      "ALERT_CONTACT: admin@Example.com is an address of an example and reaches nobody. Hint: write your own",
    ],
    [
      "MAIL_FROM",
      "checker@mail.example.org",
      "MAIL_FROM: checker@mail.example.org is an address of an example and reaches nobody. Hint: write your own",
    ],
    ["PLAN", "cheap", `PLAN = "cheap" is not a plan. Hint: "free" or "paid", as your account's Workers plan`],
    [
      "PEERS",
      "https://peer.net/status",
      `PEERS is not a list of pairs, an address and an admin's mail address each. ${peersHint}`,
    ],
    [
      "PEERS",
      "ftp://peer.net admin@peer.net",
      `PEERS[0].url = "ftp://peer.net" does not begin with https:// or http://. Hint: a list: [{ url = "https://checker.example.org/status", admin = "admin@example.org" }]`,
    ],
    [
      "PEERS",
      "https://peer.net/status admin@example.org",
      "PEERS: admin@example.org is an address of an example and reaches nobody. Hint: write your own",
    ],
    ["name", "Checker_2", `name = "Checker_2" is no name of a Worker. ${nameHint}`],
    ["name", "", `name = "" is no name of a Worker. ${nameHint}`],
    ["ADMIN_TOKEN", "short", `ADMIN_TOKEN has fewer than 16 characters, so it can be guessed. ${tokenHint}`],
    [
      "ADMIN_TOKEN",
      "a long one with blanks",
      `ADMIN_TOKEN holds blanks, quotation marks or letters that are not ASCII. ${tokenHint}`,
    ],
    [
      "PING_SECRET",
      "0123456789abcdef0123456789abcde",
      "PING_SECRET has fewer than 32 characters, so it can be guessed. Hint: Enter makes a good one, - does without heartbeats",
    ],
    [
      "DEAD_MAN_URL",
      "https://hc-ping.net/secret",
      "DEAD_MAN_URL is a secret, which setup does not keep. Hint: npx wrangler secret put DEAD_MAN_URL",
    ],
    ["MAX_MAILS_PER_HOUR", "0", "MAX_MAILS_PER_HOUR = 0 is less than 1. Hint: a whole number from 1 to 1000"],
    ["SERVER_NAM", "x", "SERVER_NAM is not a setting of Checker. Hint: did you mean SERVER_NAME?"],
  ])("for %s of %j is refused", (name, text, told) => {
    expect(readAnswer(name, text)).toEqual({ kind: "wrong", text: told });
  });

  test("for a name that is none like it lists those that there are", () => {
    expect(readAnswer("COLOUR", "red")).toEqual({
      kind: "wrong",
      text: expect.stringMatching(
        /^COLOUR is not a setting of Checker\. Hint: there are name, SERVER_NAME, PAGE_TITLE, ALERT_CONTACT, .*, ADMIN_TOKEN, PING_SECRET$/,
      ) as string,
    });
  });
});

describe("a value as it stands", () => {
  test.each<readonly [name: string, value: unknown]>([
    ["ALERT_CONTACT", "admin@example.com"],
    ["ALERT_CONTACT", ["me@mine.net"]],
    ["ADMIN_TOKEN", `a "quoted" token`],
    ["PING_SECRET", `"quoted", and of 32 characters now`],
    ["name", "checker"],
  ])("of %s is right: %j", (name, value) => {
    expect(problemOf(name, value)).toBeNull();
  });

  test("is wrong where the settings take it for wrong, though it could be typed so", () => {
    expect(problemOf("SERVER_NAME", 5)).toBe(
      `SERVER_NAME = 5 is not a text. Hint: a short name for this instance, such as "checker-eu"`,
    );
  });
});
