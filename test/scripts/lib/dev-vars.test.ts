import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { describe, expect, test } from "vitest";
import { NO_DEV_VARS, readDevVars, type DevVars } from "../../../scripts/lib/dev-vars.ts";
import { readSettings } from "../../../scripts/lib/read-settings.ts";
import { readDevVars as readForStart } from "../../../scripts/local/secrets-file.ts";
import { writeSecrets } from "../../../scripts/setup/project-files.ts";
import { units } from "../../support/mail/charsets.ts";
import { projectWith } from "../../support/fakes/project.ts";

const TOML = `[vars]
SERVER_NAME = "checker"
ALERT_CONTACT = "ops@mine.net"
MAIL_FROM = "checker@mine.net"
`;

async function read(text: string): Promise<DevVars> {
  const read = await readDevVars(await projectWith({ ".dev.vars": text }));
  if (typeof read === "string") throw new Error(read);
  return read;
}

/** What a person is told of a project with this file. */
async function told(devVars: string, files: Readonly<Record<string, string>> = {}, toml = TOML) {
  const root = await projectWith({ "wrangler.toml": toml, ".dev.vars": devVars, ...files });
  const { problems, warnings } = await readSettings(root);
  return { problems, warnings };
}

test("no .dev.vars sets nothing", async () => {
  expect(await readDevVars(await projectWith({}))).toEqual(NO_DEV_VARS);
});

test.each(["utf-8", "utf-16le", "utf-16be"])("a byte order mark of %s is passed over", async (charset) => {
  const text = `\ufeffPING_SECRET=${"x".repeat(32)}\r\nADMIN_TOKEN=${"y".repeat(32)}\r\n`;
  const root = await projectWith({ "wrangler.toml": `\ufeff${TOML}`.replaceAll("\n", "\r\n") });
  const bytes = charset === "utf-8" ? new TextEncoder().encode(text) : units(text, charset === "utf-16be");
  await writeFile(join(root, ".dev.vars"), bytes);
  const expected = { PING_SECRET: "x".repeat(32), ADMIN_TOKEN: "y".repeat(32) };
  const read = await readDevVars(root);
  expect(read).toMatchObject({ vars: expected, problems: [] });
  expect(await readForStart(root)).toEqual(expected);
  expect(await readSettings(root)).toMatchObject({ problems: [], warnings: [] });
  await writeSecrets(root, new Map([["PING_SECRET", "z".repeat(32)]]));
  expect(await readDevVars(root)).toMatchObject({ vars: { ...expected, PING_SECRET: "z".repeat(32) } });
  expect((await readFile(join(root, ".dev.vars"), "utf8")).match(/PING_SECRET/g)).toHaveLength(1);
});

describe("the lines of .dev.vars are those that Node's parser sees:", () => {
  test.each<[string, Record<string, number>]>([
    ["", {}],
    ["A=1\nB = 2\n\n# C=3\n  D=4", { A: 1, B: 2, D: 5 }],
    ["A=1\r\nB=2\r\n", { A: 1, B: 2 }],
    ["export A=1\nA=2", { A: 2 }],
    ["A=\nB=", { A: 1, B: 2 }],
    [`A="x\ny=2\nz" # more\nB=3`, { A: 1, B: 4 }],
    ["A='x\ny'\nB=`x\n\n`\nC=1", { A: 1, B: 3, C: 6 }],
    [`A="x\nB=2`, { A: 1, B: 2 }],
    [`A=x"y\nB='z'`, { A: 1, B: 2 }],
    [`A=""\nB=2`, { A: 1, B: 2 }],
  ])("%j", async (text, lines) => {
    const { vars, lineOf, problems } = await read(text);
    expect(Object.fromEntries(lineOf)).toEqual(lines);
    expect(new Set(Object.keys(lines))).toEqual(new Set(Object.keys(parseEnv(text))));
    expect(vars).toEqual({ ...parseEnv(text) });
    expect(problems).toEqual([]);
  });
});

describe("a line of .dev.vars that sets nothing is a problem with its place, and shows no secret:", () => {
  const HIDDEN = `has no "=" and sets nothing; it is not shown here, as it may hold a secret. Hint: write NAME=value, or put # before it`;

  test.each([
    ["NO_MAIL true", `line 1: NO_MAIL true has no "=" and sets nothing. Hint: write NO_MAIL=true`],
    [
      "A=1\n\nexport SERVER_NAME: my checker",
      `line 3: SERVER_NAME my checker has no "=" and sets nothing. Hint: write SERVER_NAME=my checker`,
    ],
    ["NO_MAIL", `line 1: NO_MAIL has no "=" and sets nothing. Hint: write NO_MAIL=value`],
    ["PEERS [https://me:pw@a.net/]", `line 1: PEERS … has no "=" and sets nothing. Hint: write PEERS=value`],
    [
      "ADMIN_TOKEN: 0123456789",
      `line 1: ADMIN_TOKEN … has no "=" and sets nothing. Hint: write ADMIN_TOKEN=value`,
    ],
    ["ADMIN_TOKEN", `line 1: ADMIN_TOKEN has no "=" and sets nothing. Hint: write ADMIN_TOKEN=value`],
    ["A='1\n2'\n0123456789abcdef", `line 3 ${HIDDEN}`],
    ["API_KEY 0123456789", `line 1 ${HIDDEN}`],
    ["=0123456789", `line 1: nothing stands before the "=". Hint: write NAME=value`],
  ])("%j", async (text, problem) => {
    expect((await told(text, { "jobs/A.ts": "A" })).problems).toEqual([`.dev.vars, ${problem}`]);
  });

  test("each of several", async () => {
    const { problems } = await told("NO_MAIL true\nSERVER_NAME=x\nBUST_THREADING\n");
    expect(problems).toEqual([
      `.dev.vars, line 1: NO_MAIL true has no "=" and sets nothing. Hint: write NO_MAIL=true`,
      `.dev.vars, line 3: BUST_THREADING has no "=" and sets nothing. Hint: write BUST_THREADING=value`,
    ]);
  });
});

describe("a name in .dev.vars that means nothing is a warning with its place:", () => {
  const TOKEN = "0123456789abcdef";

  test("one that reads like a setting or a secret", async () => {
    expect(await told(`\nadmin_token=${TOKEN}\nMAILFROM=me@mine.net\n`)).toEqual({
      problems: [],
      warnings: [
        ".dev.vars, line 2: admin_token is not a setting of Checker. Did you mean ADMIN_TOKEN?",
        ".dev.vars, line 3: MAILFROM is not a setting of Checker. Did you mean MAIL_FROM?",
      ],
    });
  });

  test("one that no job speaks of, whereas those of jobs and their helpers are theirs", async () => {
    const files = { "jobs/Web.ts": "env.API_KEY", "jobs/lib/deep/db.ts": "env.DB_URL" };
    expect(await told("API_KEY=1\nDB_URL=2\nAPI_KEYS=3\n", files)).toEqual({
      problems: [],
      warnings: [
        ".dev.vars, line 3: API_KEYS is not a setting of Checker, and no file in jobs/ speaks of it. Hint: mend the name, or remove the line",
      ],
    });
  });

  test.each(["c2VjcmV0LXNlY3JldA==", "c2VjcmV0LXNlY3JldA=", "c2VjcmV0 c2VjcmV0=1"])(
    "one that may be a secret is not shown: %s",
    async (line) => {
      expect((await told(line)).warnings).toEqual([
        `.dev.vars, line 1: what stands before the "=" (not shown, as it may be a secret) is not a setting of Checker, and no file in jobs/ speaks of it. Hint: mend the name, or remove the line`,
      ]);
    },
  );
});

describe("an ADMIN_TOKEN", () => {
  test("that can be guessed is a warning with its place, and is not shown", async () => {
    expect(await told("NO_MAIL=true\nADMIN_TOKEN=hunter2\n")).toEqual({
      problems: [],
      warnings: [
        ".dev.vars, line 2: ADMIN_TOKEN has 7 characters, which can be guessed; give it 16 or more. Hint: a long random text, such as openssl rand -hex 32 prints",
      ],
    });
    expect((await told("", {}, `${TOML}ADMIN_TOKEN = "x"\n`)).warnings).toEqual([
      "wrangler.toml [vars]: ADMIN_TOKEN has 1 character, which can be guessed; give it 16 or more. Hint: a long random text, such as openssl rand -hex 32 prints",
    ]);
  });

  test("of 16 characters is taken, one of 15 is not", async () => {
    const warnings = async (length: number) => (await told(`ADMIN_TOKEN=${"x".repeat(length)}`)).warnings;
    expect(await warnings(16)).toEqual([]);
    expect(await warnings(15)).toHaveLength(1);
  });

  test("that is empty is a problem, as npm start could not follow its own Worker", async () => {
    expect(await told("ADMIN_TOKEN=\n")).toEqual({
      problems: [
        ".dev.vars, line 1: ADMIN_TOKEN is empty, which lets nobody in, npm start neither. Hint: a long random text, such as openssl rand -hex 32 prints; npm start makes its own where there is none",
      ],
      warnings: [],
    });
  });
});
