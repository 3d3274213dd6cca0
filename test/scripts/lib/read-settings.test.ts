import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readSettings } from "../../../scripts/lib/read-settings.ts";
import { projectWith } from "../../support/fakes/project.ts";

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
    const { settings, config, ...rest } = await read({ "wrangler.toml": toml() });
    expect(settings).toMatchObject({ serverName: "checker", alertContacts: ["ops@mine.net"] });
    expect(rest).toEqual({
      problems: [],
      warnings: [],
      notes: [],
      crons: ["1-59 * * * *", "0 0 * * *"],
      vars: { SERVER_NAME: "checker", ALERT_CONTACT: "ops@mine.net", MAIL_FROM: "checker@mine.net" },
      compatibility: { date: "2026-11-17", flags: ["nodejs_compat"] },
    });
    expect(config).toMatchObject({ name: "x", compatibility_date: "2026-11-17" });
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

test("the settings of a deploy take nothing from .dev.vars, readable or not", async () => {
  const deployed = async (files: Readonly<Record<string, string>>) =>
    readSettings(await projectWith({ "wrangler.toml": toml(), ...files }), { deployed: true });
  for (const files of [{ ".dev.vars": "MAIL_FROM=me@mine.net\nNO_MAIL=perhaps\n" }, { ".dev.vars/x": "" }]) {
    const { settings, problems, vars } = await deployed(files);
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({ mailFrom: "checker@mine.net", noMail: false });
    expect(vars).not.toHaveProperty("NO_MAIL");
  }
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
      "wrangler.toml [vars]: ALERT_CONTACT is missing.",
      `wrangler.toml [vars]: PEERS[0].admin = "a" is not an email address.`,
      `.dev.vars: NO_MAIL = "perhaps" is neither true nor false.`,
    ]);
  });

  test("is told for all three that must be there, where there are no vars at all", async () => {
    const { problems } = await read({ "wrangler.toml": `name = "x"\n` });
    expect(problems.map((problem) => problem.split(" is ")[0])).toEqual([
      "wrangler.toml [vars]: SERVER_NAME",
      "wrangler.toml [vars]: ALERT_CONTACT",
      "wrangler.toml [vars]: MAIL_FROM",
    ]);
  });
});

describe("a list in .dev.vars", () => {
  const problems = async (devVars: string): Promise<readonly string[]> =>
    (await read({ "wrangler.toml": toml(), ".dev.vars": devVars })).problems;

  test("that is written as in wrangler.toml is told with its JSON", async () => {
    const given = `PEERS=[{ url = "https://a.net/status", admin = "a@a.net" }]\nALERT_CONTACT=['me@mine.net']\n`;
    expect(await problems(given)).toEqual([
      `.dev.vars: ALERT_CONTACT = "['me@mine.net']" is neither an address nor a list of them. Hint: an address, or a list: ["ops@example.com", "me@example.com"]; in .dev.vars a list is JSON on one line: ALERT_CONTACT='["ops@example.com", "me@example.com"]'`,
      // What may be a password is hidden, up to the last @ where it may end.
      `.dev.vars: PEERS = "[{ url = \\"https://…@a.net\\" }]" is not a list of { url, admin }. Hint: a list: [{ url = "https://checker.example.org/status", admin = "admin@example.org" }]; in .dev.vars a list is JSON on one line: PEERS='[{"url": "https://checker.example.org/status", "admin": "admin@example.org"}]'`,
    ]);
  });

  test("is taken when it is written as its remedy says", async () => {
    const told = await problems("ALERT_CONTACT=[nobody]\nPEERS=nobody\n");
    const remedies = told.map((problem) => problem.split("JSON on one line: ")[1] ?? "");
    const { settings, problems: left } = await read({
      "wrangler.toml": toml(),
      ".dev.vars": `${remedies.join("\n")}\n`,
    });
    expect(left).toEqual([]);
    expect(settings).toMatchObject({
      alertContacts: ["ops@example.com", "me@example.com"],
      peers: [{ url: "https://checker.example.org/status", admin: "admin@example.org" }],
    });
  });

  test("is not spoken of to somebody who wrote one address", async () => {
    expect(await problems("ALERT_CONTACT=nobody\n")).toEqual([
      `.dev.vars: ALERT_CONTACT[0] = "nobody" is not an email address. Hint: an address, or a list: ["ops@example.com", "me@example.com"]`,
    ]);
  });

  test("that stands in wrangler.toml is told as wrangler.toml has it", async () => {
    const { problems } = await read({ "wrangler.toml": toml(`${VARS}PEERS = "x"\n`) });
    expect(problems).toEqual([
      `wrangler.toml [vars]: PEERS = "x" is not a list of { url, admin }. Hint: a list: [{ url = "https://checker.example.org/status", admin = "admin@example.org" }]`,
    ]);
  });
});

test("a .dev.vars that is there and cannot be read is one problem, and no empty file", async () => {
  const { settings, problems, warnings } = await read({ "wrangler.toml": toml(), ".dev.vars/x": "" });
  expect(settings).toBeNull();
  expect(warnings).toEqual([]);
  expect(problems).toEqual([
    ".dev.vars cannot be read (EISDIR). Hint: it must be a file that you may read, with a line NAME=value for each variable; without it wrangler.toml alone counts",
  ]);
});

describe("a wrangler.toml", () => {
  const problems = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const { settings, config, crons, problems } = await read(files);
    expect(settings).toBeNull();
    expect(config).toBeNull();
    expect(crons).toEqual([]);
    return problems;
  };

  test("that is no TOML is one problem with its place", async () => {
    expect(await problems({ "wrangler.toml": `name = "x"\n[vars\n` })).toEqual([
      expect.stringMatching(/^wrangler\.toml, line 2, column \d+: \S/),
    ]);
  });

  test.each([
    ["SERVER_NAME = checker", 15, "invalid value", `a text stands in quotes: SERVER_NAME = "checker"`],
    [
      "MAIL_FROM = me@mine.net # me",
      13,
      "invalid value",
      `a text stands in quotes: MAIL_FROM = "me@mine.net"`,
    ],
    [
      "SERVER_NAME = 1st one",
      16,
      "illegal character in numeric literal",
      `a text stands in quotes: SERVER_NAME = "1st one"`,
    ],
    ["NO_MAIL = True", 11, "invalid value", "NO_MAIL = true"],
    ["ADMIN_TOKEN = hunter2", 15, "invalid value", `a text stands in quotes: ADMIN_TOKEN = "…"`],
    [
      "REFERENCE_TARGETS = https://me:pw@a.net/",
      21,
      "invalid value",
      `a text stands in quotes: REFERENCE_TARGETS = "…"`,
    ],
  ])("that lacks the quotes of a text is told how to write it: %s", async (line, column, fault, hint) => {
    expect(await problems({ "wrangler.toml": `[vars]\n${line}\n` })).toEqual([
      `wrangler.toml, line 2, column ${column}: Invalid TOML document: ${fault}. Hint: ${hint}`,
    ]);
  });

  test.each([`SERVER_NAME = "checker`, "ALERT_CONTACT = [", "SERVER_NAME ="])(
    "that is wrong otherwise hears nothing of quotes: %s",
    async (line) => {
      expect(await problems({ "wrangler.toml": `[vars]\n${line}\n` })).toEqual([
        expect.stringMatching(/^wrangler\.toml, line \d, column \d+: [\w ]+: [\w ]+$/),
      ]);
    },
  );

  test("that is missing is told with its remedy", async () => {
    expect(await problems({ ".dev.vars": "SERVER_NAME=x\n" })).toEqual([
      "wrangler.toml is missing: it holds the settings and says how the Worker is built. Hint: get it back with git checkout wrangler.toml",
    ]);
  });

  test("that is no file is told, together with a .dev.vars that is none", async () => {
    expect(await problems({ "wrangler.toml/x": "", ".dev.vars/x": "" })).toEqual([
      "wrangler.toml cannot be read (EISDIR). Hint: it must be a file that you may read",
      expect.stringMatching(/^\.dev\.vars cannot be read \(EISDIR\)\./),
    ]);
  });

  test.each(["wrangler.json", "wrangler.jsonc"])(
    "that has a %s beside it is not what wrangler reads",
    async (rival) => {
      expect(await problems({ "wrangler.toml": toml(), [rival]: "{}" })).toEqual([
        `${rival}: wrangler reads this file and takes no notice of wrangler.toml, where Checker's settings stand. Hint: move what you need of it into wrangler.toml, and remove or rename it`,
      ]);
    },
  );

  test("that has a wrangler.json in a folder above it is not what wrangler reads", async () => {
    const above = await projectWith({ "wrangler.json": "{}", "checker/wrangler.toml": toml() });
    expect((await readSettings(join(above, "checker"))).problems).toEqual([
      expect.stringMatching(`^${join(above, "wrangler.json")}: wrangler reads this file`),
    ]);
  });
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

describe("a note", () => {
  const notes = async (...urls: readonly string[]): Promise<readonly string[]> => {
    const peers = urls.map((url) => `{ url = "${url}", admin = "a@a.net" }`).join(", ");
    const { problems, warnings, notes } = await read({
      "wrangler.toml": toml(`${VARS}PEERS = [${peers}]\n`),
    });
    expect([problems, warnings]).toEqual([[], []]);
    return notes;
  };

  test.each([
    ["https://a.net", "https://a.net/status"],
    ["https://a.net/", "https://a.net/status"],
    ["https://a.net/checker", "https://a.net/checker/status"],
    ["https://a.net/status/", "https://a.net/status"],
    ["https://a.net/?to=/status", "https://a.net/status?to=/status"],
  ])("is given for a peer's address without /status at its end: %s", async (url, meant) => {
    expect(await notes("https://b.net/status", url)).toEqual([
      `PEERS: ${url} does not end in /status, where a Checker answers its peers. Hint: unless that is meant, url = "${meant}"`,
    ]);
  });

  test("is not given for one with it", async () => {
    expect(await notes("https://a.net/status", "https://a.net/eu/status?x=1")).toEqual([]);
  });
});
