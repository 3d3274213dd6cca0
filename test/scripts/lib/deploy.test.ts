import { describe, expect, test } from "vitest";
import { deploy, type Wrangler } from "../../../scripts/lib/deploy.ts";

const ID = "11111111-2222-3333-4444-555555555555";
const CONFIG = {
  d1_databases: [
    { binding: "OTHER", database_name: "other" },
    { binding: "DB", database_name: "checker" },
  ],
};
const BY_ID = { d1_databases: [{ binding: "DB", database_name: "checker", database_id: ID }] };
const NAMELESS = { d1_databases: [{ binding: "DB" }] };

const list = (...names: readonly string[]): string =>
  JSON.stringify(
    names.map((name, index) => ({ uuid: index === 0 ? ID : `id-${index}`, name, num_tables: 3 })),
  );
const THERE = { code: 0, out: list("checker", "other"), err: "" };
const NOT_THERE = { code: 0, out: list("other", "checker-2"), err: "" };
const EMPTY = { code: 0, out: "[]\n", err: "" };

const LIST = "unseen: d1 list --json";
const DEPLOY = "shown: deploy";
const MIGRATE = "unasked: d1 migrations apply DB --remote";
const AGAIN = "Mend what wrangler says above, and try again.";

/** Deploys with a wrangler whose list is `read`, and whose other commands end with the codes of `codes`. */
function run(
  config: Parameters<typeof deploy>[1],
  read: ReturnType<Wrangler["read"]>,
  codes: Readonly<Record<string, number>> = {},
  second = read,
) {
  const calls: string[] = [];
  const texts: string[] = [];
  const called = (how: string, args: readonly string[]): number => {
    const call = `${how}: ${args.join(" ")}`;
    calls.push(call);
    return codes[call] ?? 0;
  };
  const wrangler: Wrangler = {
    show: (...args) => called("shown", args),
    showUnasked: (...args) => called("unasked", args),
    read: (...args) => {
      const isSecond = calls.includes(LIST);
      called("unseen", args);
      return isSecond ? second : read;
    },
  };
  const code = deploy(wrangler, config, (text) => texts.push(text));
  return { code, calls, texts };
}

const EXISTS = "The database exists: its tables are brought up to date, then the Worker is deployed.";
const MISSING = "There is no database yet: the deploy creates it, then its tables are made.";
const unclear = (why: string, fix: string): string =>
  `Whether there is a database is not known (${why}), so nothing was deployed: new code may not meet old tables. ${fix}`;
const LIST_FIX = "See what wrangler d1 list --json says, such as after npx wrangler login, and try again.";

describe("where the database exists", () => {
  test.each([
    ["by its name", CONFIG],
    ["by its id", BY_ID],
  ])("(%s) its migrations come before the deploy", (_how, config) => {
    expect(run(config, THERE)).toEqual({ code: 0, calls: [LIST, MIGRATE, DEPLOY], texts: [EXISTS] });
  });

  test("nothing is deployed when its migrations fail", () => {
    expect(run(CONFIG, THERE, { [MIGRATE]: 7 })).toEqual({
      code: 7,
      calls: [LIST, MIGRATE],
      texts: [
        EXISTS,
        `The tables are not up to date, so nothing was deployed: the Worker runs as before. ${AGAIN}`,
      ],
    });
  });

  test("a deploy that fails after them is told", () => {
    expect(run(CONFIG, THERE, { [DEPLOY]: 3 })).toEqual({
      code: 3,
      calls: [LIST, MIGRATE, DEPLOY],
      texts: [
        EXISTS,
        `The tables are up to date, but the Worker was not deployed: it runs as before. ${AGAIN}`,
      ],
    });
  });
});

describe("where there is no database yet", () => {
  test.each([
    ["none at all", EMPTY],
    ["others", NOT_THERE],
  ])("(%s) the deploy creates it, and its tables are made", (_what, read) => {
    expect(run(CONFIG, read)).toEqual({ code: 0, calls: [LIST, DEPLOY, MIGRATE], texts: [MISSING] });
  });

  test("no tables are made when the deploy fails", () => {
    expect(run(CONFIG, EMPTY, { [DEPLOY]: 1 })).toEqual({
      code: 1,
      calls: [LIST, DEPLOY],
      texts: [MISSING, `The Worker was not deployed. ${AGAIN}`],
    });
  });

  test("tables that could not be made are told", () => {
    expect(run(CONFIG, EMPTY, { [MIGRATE]: 1 })).toEqual({
      code: 1,
      calls: [LIST, DEPLOY, MIGRATE],
      texts: [
        MISSING,
        `The Worker is deployed, but its tables are not up to date: ticks may fail until they are. ${AGAIN}`,
      ],
    });
  });
});

describe("where nobody knows whether there is a database, nothing is deployed:", () => {
  const error = (text: string) => ({ code: 1, out: "", err: text });

  test.each([
    [
      "no login",
      CONFIG,
      error(
        "\u001b[31m✘ \u001b[41;31m[\u001b[41;97mERROR\u001b[41;31m]\u001b[0m \u001b[1mYou are not logged in.\u001b[0m\n\n  Try again.\n",
      ),
      "wrangler d1 list: You are not logged in.",
    ],
    [
      "an error without a text",
      CONFIG,
      { code: 130, out: "", err: "Killed\n" },
      "wrangler d1 list: exit code 130",
    ],
    ["a list of an ended command", CONFIG, { ...THERE, code: 1 }, "wrangler d1 list: exit code 1"],
    ["no JSON", CONFIG, { code: 0, out: "┌──────┐", err: "" }, "wrangler d1 list gave no list"],
    [
      "a line before the JSON",
      CONFIG,
      { ...THERE, out: `A new version of wrangler is out\n${THERE.out}` },
      "wrangler d1 list gave no list",
    ],
    [
      "a list that breaks off",
      CONFIG,
      { ...THERE, out: THERE.out.slice(0, -5) },
      "wrangler d1 list gave no list",
    ],
    ["nothing", CONFIG, { code: 0, out: "", err: "" }, "wrangler d1 list gave no list"],
    [
      "JSON that is no list",
      CONFIG,
      { code: 0, out: `{"error":"x"}`, err: "" },
      "wrangler d1 list gave no list",
    ],
    [
      "a list of something else",
      CONFIG,
      { code: 0, out: `[{"id":1}]`, err: "" },
      "wrangler d1 list gave no list",
    ],
  ])("%s, twice", (_what, config, read, why) => {
    expect(run(config, read)).toEqual({ code: 1, calls: [LIST, LIST], texts: [unclear(why, LIST_FIX)] });
  });

  test("an id that is not in the list", () => {
    const read = { code: 0, out: `[{"uuid":"another","name":"checker"}]`, err: "" };
    const why = `the account has none with database_id = "${ID}" of wrangler.toml`;
    const fix = "Correct database_id, or leave it out to have a database made.";
    expect(run(BY_ID, read)).toEqual({ code: 1, calls: [LIST], texts: [unclear(why, fix)] });
  });

  test("a database without name and id, for which no list is asked", () => {
    const why = "wrangler.toml gives it neither database_name nor database_id";
    const fix = 'Give the database of DB a database_name, such as "checker".';
    expect(run(NAMELESS, THERE)).toEqual({ code: 1, calls: [], texts: [unclear(why, fix)] });
  });
});

test.each([
  ["exists", THERE, [LIST, LIST, MIGRATE, DEPLOY], EXISTS],
  ["is missing", EMPTY, [LIST, LIST, DEPLOY, MIGRATE], MISSING],
])("a list that comes at the second try counts: the database %s", (_what, second, calls, text) => {
  expect(run(CONFIG, { code: 1, out: "", err: "timeout" }, {}, second)).toEqual({
    code: 0,
    calls,
    texts: [text],
  });
});
