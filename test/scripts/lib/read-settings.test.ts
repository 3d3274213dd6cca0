import { describe, expect, test } from "vitest";
import { readSettings } from "../../../scripts/lib/read-settings.ts";
import { projectWith } from "../../support/fakes-project.ts";

const VARS = `SERVER_NAME = "checker"
ALERT_CONTACT = "ops@mine.net"
MAIL_FROM = "checker@mine.net"
`;

function toml(vars = VARS): string {
  return `name = "x"
compatibility_date = "2026-11-17"
compatibility_flags = ["nodejs_compat"]
[vars]
${vars}[triggers]
crons = ["1-59 * * * *", "0 0 * * *"]
`;
}

async function read(files: Readonly<Record<string, string>>) {
  return readSettings(await projectWith(files));
}

describe("the settings of a project", () => {
  test("are those of wrangler.toml, with its crons and its compatibility", async () => {
    const { settings, ...rest } = await read({ "wrangler.toml": toml() });
    expect(settings).toMatchObject({ serverName: "checker", alertContacts: ["ops@mine.net"] });
    expect(rest).toEqual({
      problems: [],
      warnings: [],
      crons: ["1-59 * * * *", "0 0 * * *"],
      vars: { SERVER_NAME: "checker", ALERT_CONTACT: "ops@mine.net", MAIL_FROM: "checker@mine.net" },
      compatibility: { date: "2026-11-17", flags: ["nodejs_compat"] },
    });
  });

  test("are overridden one by one by .dev.vars", async () => {
    const { settings, problems } = await read({
      "wrangler.toml": toml(),
      ".dev.vars": `SERVER_NAME="local"\nNO_MAIL=true\n# a comment\nADMIN_TOKEN=secret\n`,
    });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ serverName: "local", noMail: true, mailFrom: "checker@mine.net" });
  });
});

describe("a wrong setting", () => {
  test("is told with the file in which it stands, or is missing", async () => {
    const { settings, problems } = await read({
      "wrangler.toml": toml(
        `SERVER_NAME = ""\nMAIL_FROM = "checker@mine.net"\nPEERS = [{ url = "https://a.net/", admin = "a" }]\n`,
      ),
      ".dev.vars": "NO_MAIL=perhaps\n",
    });
    expect(settings).toBeNull();
    expect(problems.map((problem) => problem.split(" Hint:")[0])).toEqual([
      `wrangler.toml [vars]: SERVER_NAME = "" is empty.`,
      "wrangler.toml [vars] (missing): ALERT_CONTACT is missing.",
      `wrangler.toml [vars]: PEERS[0].admin = "a" is not an email address.`,
      `.dev.vars: NO_MAIL = "perhaps" is neither true nor false.`,
    ]);
  });

  test("is told for all three that must be there, where there are no vars at all", async () => {
    const { problems } = await read({ "wrangler.toml": `name = "x"\n` });
    expect(problems.map((problem) => problem.split(" is ")[0])).toEqual([
      "wrangler.toml [vars] (missing): SERVER_NAME",
      "wrangler.toml [vars] (missing): ALERT_CONTACT",
      "wrangler.toml [vars] (missing): MAIL_FROM",
    ]);
  });
});

test("a .dev.vars that is there and cannot be read is no empty one", async () => {
  await expect(read({ "wrangler.toml": toml(), ".dev.vars/x": "" })).rejects.toThrow(/EISDIR/);
});

test("a wrangler.toml that cannot be read is one problem with its place", async () => {
  const { settings, problems, crons } = await read({ "wrangler.toml": `name = "x"\n[vars\n` });
  expect(settings).toBeNull();
  expect(crons).toEqual([]);
  expect(problems).toEqual([expect.stringMatching(/^wrangler\.toml, line 2, column \d+: \S/)]);
});

describe("a warning", () => {
  test("is given for a variable that reads like a setting", async () => {
    const { warnings } = await read({
      "wrangler.toml": toml(`${VARS}ALERT_CONTACTS = "x"\nno_mail = true\nPEER = "x"\nMY_API_URL = "x"\n`),
    });
    expect(warnings).toEqual([
      "ALERT_CONTACTS is not a setting of Checker. Did you mean ALERT_CONTACT?",
      "no_mail is not a setting of Checker. Did you mean NO_MAIL?",
      "PEER is not a setting of Checker. Did you mean PEERS?",
    ]);
  });

  test.each([
    ["SERVERNAME", "SERVER_NAME"],
    ["SERVR_NAM", "SERVER_NAME"],
    ["XSERVER_NAMES", "SERVER_NAME"],
    ["ERVER_NAME", "SERVER_NAME"],
    ["MAILFROM", "MAIL_FROM"],
    ["MIAL_FROM", "MAIL_FROM"],
    ["BUST_TREADNG", "BUST_THREADING"],
    ["STALE_AFTER_SECS", null],
    ["SERVER", null],
    ["PEERLESS", null],
    ["NAME", null],
  ])("is given for %s: %s", async (name, meant) => {
    const { warnings } = await read({ "wrangler.toml": toml(`${VARS}${name} = "x"\n`) });
    expect(warnings).toEqual(
      meant === null ? [] : [`${name} is not a setting of Checker. Did you mean ${meant}?`],
    );
  });

  test("is given for the example's addresses, which reach nobody", async () => {
    const { warnings } = await read({
      "wrangler.toml": toml(
        `SERVER_NAME = "x"\nALERT_CONTACT = ["ops@mine.net", "me@sub.example.org"]\nMAIL_FROM = "checker@example.com"\n`,
      ),
    });
    expect(warnings).toEqual([
      "ALERT_CONTACT is still the example me@sub.example.org: good for npm start, but reaches nobody.",
      "MAIL_FROM is still the example checker@example.com: good for npm start, but reaches nobody.",
    ]);
  });

  test("is not given for addresses that only look alike", async () => {
    const vars = `SERVER_NAME = "x"\nALERT_CONTACT = "ops@myexample.com"\nMAIL_FROM = "x@example.company"\n`;
    expect((await read({ "wrangler.toml": toml(vars) })).warnings).toEqual([]);
  });
});
