import { describe, expect, test } from "vitest";
import { checkBindings } from "../../../scripts/lib/check-bindings.ts";
import { findings } from "../../../scripts/lib/findings.ts";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { readConfig } from "../../../scripts/lib/read-config.ts";
import type { Settings } from "../../../src/core/settings.ts";
import { projectWith } from "../../support/fakes/project.ts";
import { SETTINGS } from "../../support/fakes/ports.ts";

const DB = `[[d1_databases]]\nbinding = "DB"\ndatabase_name = "checker"\nmigrations_dir = "migrations"\n`;
const EMAIL = `[[send_email]]\nname = "EMAIL"\n`;
const DB_HINT = `Hint: [[d1_databases]] with binding = "DB", database_name = "checker", migrations_dir = "migrations"`;
const SQL = { "migrations/0001_initial.sql": "" };

const RUNNERS = `[[durable_objects.bindings]]\nname = "RUNNERS"\nclass_name = "Runner"\n`;

async function check(
  toml: string,
  settings: Settings | null = SETTINGS,
  files: Readonly<Record<string, string>> = SQL,
) {
  const root = await projectWith({ "wrangler.toml": toml + RUNNERS, ...files });
  const config = await readConfig(root);
  if (typeof config === "string") throw new Error(config);
  return checkBindings(config, root, settings);
}

test("the wrangler.toml that ships is right", async () => {
  const config = await readConfig(projectRoot);
  if (typeof config === "string") throw new Error(config);
  expect(await checkBindings(config, projectRoot, SETTINGS)).toEqual(findings({}));
});

test.each(["", RUNNERS.replace("RUNNERS", "OBJECTS")])(
  "a Worker without runners works on, and that is a note",
  async (table) => {
    const root = await projectWith({ "wrangler.toml": DB + EMAIL + table, ...SQL });
    const config = await readConfig(root);
    if (typeof config === "string") throw new Error(config);
    expect(await checkBindings(config, root, SETTINGS)).toEqual(
      findings({
        notes: [
          `wrangler.toml [[durable_objects.bindings]]: no name is "RUNNERS", so every tick is one invocation, with six connections and the plan's limits of one. Hint: [[durable_objects.bindings]] with name = "RUNNERS", class_name = "Runner", and [[migrations]] with tag = "v1", new_sqlite_classes = ["Runner"]`,
        ],
      }),
    );
  },
);

describe("the database", () => {
  test.each([
    [`name = "checker-eu"\n${DB}`, true],
    [`name = "checker"\n${DB}`, false],
    [`name = "checker-eu"\n${DB.replace('"checker"', '"checker-eu"')}`, false],
    [`name = "checker-eu"\n${DB}database_id = "0123"\n`, false],
  ])(
    "of a Worker of another name that is still called as that of any is a note: %j",
    async (toml, isNoted) => {
      const note = `wrangler.toml [[d1_databases]]: database_name = "checker" is what another Checker of the same account has as well, and they would share its tables. Hint: database_name = "checker-eu"; once it is deployed, leave it as it is, as another name is another database`;
      expect(await check(`${toml}${EMAIL}`)).toEqual(findings({ notes: isNoted ? [note] : [] }));
    },
  );

  test.each([
    ["", `no binding is "DB"`],
    [DB.replace(`"DB"`, `"DATABASE"`), `no binding is "DB" (there is ["DATABASE"])`],
    [DB.replace("[[d1_databases]]", "[[env.x.d1_databases]]"), `no binding is "DB"`],
    [DB.replace("[[d1_databases]]", "[d1_databases]"), `no binding is "DB"`],
  ])("is a problem when it is not bound: %j", async (table, text) => {
    expect(await check(`${table}${EMAIL}`)).toEqual(
      findings({
        problems: [
          `wrangler.toml [[d1_databases]]: ${text}, so the Worker has no database and every tick fails. ${DB_HINT}`,
        ],
      }),
    );
  });

  test.each([
    [`"migration"`, {}, `is no folder of this project (ENOENT), so the`],
    [`"wrangler.toml"`, {}, `is no folder of this project (ENOTDIR), so the`],
    [`"migrations"`, { "migrations/README.md": "" }, "holds no .sql file, so the"],
  ])("is a problem when its migrations are not in %s", async (folder, files, text) => {
    const table = DB.replace(`"migrations"`, folder);
    expect(await check(`${table}${EMAIL}`, SETTINGS, files)).toEqual(
      findings({
        problems: [
          `wrangler.toml [[d1_databases]]: migrations_dir = ${folder} ${text} database gets no tables and every tick fails. ${DB_HINT}`,
        ],
      }),
    );
  });

  test("is a problem when the folder of its migrations is no text", async () => {
    expect((await check(`${DB.replace(`"migrations"`, "5")}${EMAIL}`)).problems).toEqual([
      `wrangler.toml [[d1_databases]]: migrations_dir = 5 is not a text. ${DB_HINT}`,
    ]);
  });

  test("has its migrations where wrangler looks for them when it names no folder", async () => {
    const table = DB.replace(`migrations_dir = "migrations"\n`, "");
    expect(await check(`${table}${EMAIL}`)).toEqual(findings({}));
    expect((await check(`${table}${EMAIL}`, SETTINGS, {})).problems).toHaveLength(1);
  });

  test("may be one of several", async () => {
    expect(await check(`${DB.replace(`"DB"`, `"OTHER"`)}${DB}${EMAIL}`)).toEqual(findings({}));
  });
});

describe("the mail binding", () => {
  test.each([
    ["", `no name is "EMAIL"`],
    [EMAIL.replace("EMAIL", "MAIL"), `no name is "EMAIL" (there is ["MAIL"])`],
  ])("is a problem when it is not there: %j", async (table, text) => {
    expect(await check(`${DB}${table}`)).toEqual(
      findings({
        problems: [
          `wrangler.toml [[send_email]]: ${text}, so no mail can be sent. Hint: [[send_email]] with name = "EMAIL"`,
        ],
      }),
    );
    expect((await check(`${DB}${table}`, null)).problems).toHaveLength(1);
  });

  test("is not needed where nothing is mailed", async () => {
    expect(await check(DB, { ...SETTINGS, noMail: true })).toEqual(findings({}));
  });

  const settings: Settings = {
    ...SETTINGS,
    alertContacts: ["ops@mine.net", "me@mine.net"],
    mailFrom: "checker@mine.net",
    mailLoopbackTo: "loop@mine.net",
    peers: [{ url: "https://peer.net/status", admin: "admin@peer.net" }],
  };

  test.each([
    [
      `destination_address = "ops@mine.net"`,
      `destination_address = "ops@mine.net" of EMAIL leaves out me@mine.net, loop@mine.net, admin@peer.net`,
      "destination_address",
    ],
    [
      `allowed_destination_addresses = ["ops@mine.net", "me@mine.net", "loop@mine.net"]`,
      `allowed_destination_addresses = ["ops@mine.net","me@mine.net","loop@mine.net"] of EMAIL leaves out admin@peer.net`,
      "allowed_destination_addresses",
    ],
    [
      `allowed_sender_addresses = ["ops@mine.net"]`,
      `allowed_sender_addresses = ["ops@mine.net"] of EMAIL leaves out checker@mine.net`,
      "allowed_sender_addresses",
    ],
  ])("is a problem when it is limited to others than the settings name: %s", async (line, text, key) => {
    const table = `${EMAIL}${line}\n`;
    expect(await check(`${DB}${table}`, settings)).toEqual(
      findings({
        problems: [
          `wrangler.toml [[send_email]]: ${text}, which the settings name. Hint: add what is left out, or remove ${key}`,
        ],
      }),
    );
    expect(await check(`${DB}${table}`, null)).toEqual(findings({}));
  });

  test("may be limited to those that the settings name", async () => {
    const all = `["ops@mine.net", "me@mine.net", "loop@mine.net", "admin@peer.net"]`;
    const limits = `allowed_destination_addresses = ${all}\nallowed_sender_addresses = ["checker@mine.net"]\n`;
    expect(await check(`${DB}${EMAIL}${limits}`, settings)).toEqual(findings({}));
  });
});
