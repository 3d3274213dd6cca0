import { parse } from "smol-toml";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isOpen, QUESTIONS, shownValue, type Present } from "../../../scripts/setup/questions.ts";

const SHIPPED = parse(
  await readFile(join(import.meta.dirname, "../../fixtures/setup/wrangler.toml"), "utf8"),
);
const ALL = QUESTIONS.map(({ name }) => name);
const OWN = {
  SERVER_NAME: "eu",
  ALERT_CONTACT: "me@mine.net",
  MAIL_FROM: "c@mine.net",
  PLAN: "paid",
  PEERS: [],
};

function open(changes: Partial<Present> & { readonly vars?: object } = {}): readonly string[] {
  const { vars, ...rest } = changes;
  const config = vars === undefined ? SHIPPED : { name: "checker", vars };
  const present: Present = { config, secrets: {}, answered: new Set(), ...rest };
  return QUESTIONS.filter((question) => isOpen(question, present)).map(({ name }) => name);
}

describe("a question is open", () => {
  test("in a fresh clone, whichever it is", () => {
    expect(open()).toEqual([
      "SERVER_NAME",
      "ALERT_CONTACT",
      "MAIL_FROM",
      "MAIL_LOOPBACK_TO",
      "PLAN",
      "PEERS",
      "ADMIN_TOKEN",
      "PING_SECRET",
      "name",
    ]);
  });

  test("for ever while it has an example, or nothing that is needed", () => {
    expect(open({ answered: new Set(ALL) })).toEqual(["ALERT_CONTACT", "MAIL_FROM"]);
    expect(open({ answered: new Set(ALL), vars: {} })).toEqual(["SERVER_NAME", "ALERT_CONTACT", "MAIL_FROM"]);
    expect(open({ answered: new Set(ALL), config: { vars: OWN } })).toEqual(["name"]);
    const peers = [{ url: "https://peer.net/status", admin: "admin@example.org" }];
    expect(open({ answered: new Set(ALL), vars: { ...OWN, PEERS: peers } })).toEqual(["PEERS"]);
  });

  test("no more once it has a value of its owner's, or was answered", () => {
    expect(open({ vars: OWN })).toEqual(["MAIL_LOOPBACK_TO", "PEERS", "ADMIN_TOKEN", "PING_SECRET", "name"]);
    expect(open({ vars: OWN, answered: new Set(["MAIL_LOOPBACK_TO", "PEERS", "name"]) })).toEqual([
      "ADMIN_TOKEN",
      "PING_SECRET",
    ]);
    expect(open({ vars: OWN, answered: new Set(ALL) })).toEqual([]);
    expect(open({ vars: OWN, secrets: { ADMIN_TOKEN: "0123456789abcdef" } })).not.toContain("ADMIN_TOKEN");
  });

  test("while it names Checker's own address as a person's", () => {
    const peers = [{ url: "https://peer.net/status", admin: "c+peer@mine.net" }];
    const vars = { ...OWN, ALERT_CONTACT: ["me@mine.net", "C@mine.net"], PEERS: peers };
    expect(open({ answered: new Set([...ALL, "name"]), vars })).toEqual(["ALERT_CONTACT", "PEERS"]);
  });

  test("while it has a value that is wrong", () => {
    const vars = { ...OWN, PLAN: "cheap", MAIL_LOOPBACK_TO: "nobody" };
    expect(open({ vars, secrets: { ADMIN_TOKEN: "short" }, answered: new Set(ALL) })).toEqual([
      "MAIL_LOOPBACK_TO",
      "PLAN",
      "ADMIN_TOKEN",
    ]);
  });
});

test.each<readonly [name: string, value: unknown, shown: string]>([
  ["SERVER_NAME", "eu", "eu"],
  ["ALERT_CONTACT", ["me@mine.net", "you@mine.net"], "me@mine.net, you@mine.net"],
  ["PEERS", [{ url: "https://a.net/status", admin: "a@a.net" }], "https://a.net/status a@a.net"],
  ["PEERS", [], "none"],
  ["MAIL_LOOPBACK_TO", undefined, "none"],
  ["ADMIN_TOKEN", "0123456789abcdef", "kept in .dev.vars"],
  ["PING_SECRET", "0123456789abcdef0123456789abcdef", "kept in .dev.vars"],
  ["SERVER_NAME", 5, "5"],
])("%s: %j is shown as %s", (name, value, shown) => {
  expect(shownValue(name, value)).toBe(shown);
});
