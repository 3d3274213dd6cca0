import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editToml } from "../../../scripts/setup/edit-toml.ts";
import type { TomlValue } from "../../../scripts/setup/render-toml.ts";

const SHIPPED = await readFile(join(import.meta.dirname, "../../fixtures/setup/wrangler.toml"), "utf8");

function set(
  text: string,
  name: string,
  value: TomlValue | undefined,
  table: string | null = "vars",
): string {
  return editToml(text, [{ table, name, value }]);
}

describe("an edit of wrangler.toml", () => {
  test("changes what ships in the values that were asked for alone", () => {
    const edited = editToml(SHIPPED, [
      { table: null, name: "name", value: "checker-eu" },
      { table: "vars", name: "SERVER_NAME", value: 'the "first"' },
      { table: "vars", name: "ALERT_CONTACT", value: ["me@mine.net", "you@mine.net"] },
      { table: "vars", name: "MAIL_FROM", value: "checker@mine.net" },
      { table: "vars", name: "PLAN", value: "paid" },
      { table: "vars", name: "PEERS", value: [{ url: "https://peer.net/status", admin: "a@peer.net" }] },
    ]);
    expect(edited).toBe(
      SHIPPED.replace('name = "checker"', 'name = "checker-eu"')
        .replace('SERVER_NAME = "checker"', String.raw`SERVER_NAME = "the \"first\""`)
        .replace('ALERT_CONTACT = "admin@example.com"', 'ALERT_CONTACT = ["me@mine.net", "you@mine.net"]')
        .replace('MAIL_FROM = "checker@example.com"', 'MAIL_FROM = "checker@mine.net"')
        .replace(
          "\nPEERS = []\n",
          '\nPEERS = [{ url = "https://peer.net/status", admin = "a@peer.net" }]\nPLAN = "paid"\n',
        ),
    );
  });

  test("leaves a value as it is written where it says the same", () => {
    const text = "[vars]\nPEERS = [\n  # nobody\n]\nA = 'text'\n";
    expect(set(set(text, "PEERS", []), "A", "text")).toBe(text);
    expect(set(text, "B", undefined)).toBe(text);
  });

  test.each<readonly [what: string, before: string, name: string, value: TomlValue, after: string]>([
    ["a quoted key", `[vars]\n"A" = 'x' # c\n`, "A", "y", `[vars]\n"A" = "y" # c\n`],
    ["a quoted table", `["vars"]\nA=1#c\n`, "A", 2, `["vars"]\nA=2#c\n`],
    ["a dotted key", `vars.A = 1\n[other]\nA = 1\n`, "A", 2, `vars.A = 2\n[other]\nA = 1\n`],
    ["an inline table", `vars = { A = 1, B = "]" }\n`, "B", "}", `vars = { A = 1, B = "}" }\n`],
    ["CRLF", `[vars]\r\nA = 1\r\nB = 2`, "A", true, `[vars]\r\nA = true\r\nB = 2`],
    [
      "a text of several lines",
      `[vars]\nA = """\n[vars]\nB = 1\\\n"""\nB = 2\n`,
      "B",
      3,
      `[vars]\nA = """\n[vars]\nB = 1\\\n"""\nB = 3\n`,
    ],
    ["five quotation marks", `[vars]\nA = """a"""""\nB = 2\n`, "B", 3, `[vars]\nA = """a"""""\nB = 3\n`],
    [
      "the same key elsewhere",
      `A = 0\n[[x]]\nA = 1\n[vars]\nA = 2\n[y]\nA = 3\n`,
      "A",
      9,
      `A = 0\n[[x]]\nA = 1\n[vars]\nA = 9\n[y]\nA = 3\n`,
    ],
    [
      "a list of tables before it",
      `[[x]]\na = [{ A = 1 }, [2]]\n[vars]\nA = 2\n`,
      "A",
      9,
      `[[x]]\na = [{ A = 1 }, [2]]\n[vars]\nA = 9\n`,
    ],
    ["a byte order mark", `\uFEFF[vars]\nA = 1\n`, "A", 2, `\uFEFF[vars]\nA = 2\n`],
    ["a control character", `[vars]\nA = 1\n`, "A", "\u007F\n", `[vars]\nA = "\\u007F\\n"\n`],
  ])("finds a value with %s", (_, before, name, value, after) => {
    expect(set(before, name, value)).toBe(after);
  });

  test.each<readonly [what: string, before: string, after: string]>([
    ["after the last of its table", "[vars]\n  B = 1 # c\n\n[x]\n", "[vars]\n  B = 1 # c\n  A = 1\n\n[x]\n"],
    ["after an example", "[vars]\n# A = 7\n# of B:\nB = 1\n", "[vars]\n# A = 7\nA = 1\n# of B:\nB = 1\n"],
    [
      "not after what is no example",
      '[vars]\nB = """\n# A = 7\n"""\n# AA = 1\n',
      '[vars]\nB = """\n# A = 7\n"""\nA = 1\n# AA = 1\n',
    ],
    [
      "not after an example of another table",
      "# A = 1\n[vars]\nB = 1\n[x]\n# A = 1\n",
      "# A = 1\n[vars]\nB = 1\nA = 1\n[x]\n# A = 1\n",
    ],
    ["in an empty table", "[vars] # c\n[x]\n", "[vars] # c\nA = 1\n[x]\n"],
    ["in a table without a line's end", "[vars]", "[vars]\nA = 1"],
    ["in an inline table", "vars = { B = { c = 1 } }\n", "vars = { B = { c = 1 }, A = 1 }\n"],
    ["in an empty inline table", "vars = {}\n", "vars = { A = 1 }\n"],
    ["among dotted keys", "vars.B = 1\nx = 1\n", "vars.B = 1\nvars.A = 1\nx = 1\n"],
    ["in a table that is not there", "x = 1", "x = 1\n\n[vars]\nA = 1\n"],
    ["beside a table in it", "[vars.B]\nc = 1\n", "[vars.B]\nc = 1\n\n[vars]\nA = 1\n"],
    ["with CRLF", "[vars]\r\nB = 1\r\n", "[vars]\r\nB = 1\r\nA = 1\r\n"],
  ])("adds a key %s", (_, before, after) => {
    expect(set(before, "A", 1)).toBe(after);
  });

  test("changes or adds a key before the first table", () => {
    expect(set('x = [{ name = "a" }]\nname = "b"\n', "name", "n", null)).toBe(
      'x = [{ name = "a" }]\nname = "n"\n',
    );
    expect(set("# c\na = 1\n\n[x]\n", "name", "n", null)).toBe('# c\na = 1\nname = "n"\n\n[x]\n');
    expect(set("\uFEFF# c\n[x]\n", "name", "n", null)).toBe('\uFEFFname = "n"\n# c\n[x]\n');
  });

  test.each([
    ["[vars]\nA = 1\nB = 2\n", "[vars]\nB = 2\n"],
    ["[vars]\n  A = [\n1 ]\t\nB = 2\n", "[vars]\nB = 2\n"],
    ["[vars]\nA = 1  # why\nB = 2\n", "[vars]\n# why\nB = 2\n"],
    ["[vars]\nA = 1", "[vars]\n"],
  ])("removes a key from %j, and no comment", (before, after) => {
    expect(set(before, "A", undefined)).toBe(after);
  });

  test.each<readonly [what: string, value: TomlValue, after: string]>([
    ["changes", ["x", "b"], `A = [\n  "x", # first\n  # of b\n  "b" # last\n]\n`],
    ["grows", ["a", "b", "c", "d"], `A = [\n  "a", # first\n  # of b\n  "b", # last\n  "c",\n  "d",\n]\n`],
    ["shrinks", ["a"], `A = [\n  "a", # first\n  # of b\n   # last\n]\n`],
    ["is emptied", [], `A = [\n   # first\n  # of b\n   # last\n]\n`],
    ["becomes a text", "a", `A = "a"\n`],
  ])("keeps the comments of a list that %s", (_, value, after) => {
    const before = `[vars]\nA = [\n  "a", # first\n  # of b\n  "b" # last\n]\n`;
    expect(set(before, "A", value)).toBe(`[vars]\n${after}`);
  });

  test.each<readonly [before: string, value: TomlValue, after: string]>([
    [`[\n"a"]`, ["a", "b"], `[\n"a", "b"]`],
    [`["a", # c\n "b", ]`, ["a", "b", "c"], `["a", # c\n "b", "c" ]`],
    [`[ # nobody\n]`, ["a"], `[ # nobody\n  "a",\n]`],
    [`['a', # c\n "b"]`, ["a", "c"], `['a', # c\n "c"]`],
    [`[\n]`, ["a"], `[\n  "a",\n]`],
    [`[\n\t"a",\n\t"b",\n]`, ["b"], `[\n\t"b",\n]`],
    [`[\r\n  "a"\r\n  ,\r\n]`, ["a", "b"], `[\r\n  "a"\r\n  ,\r\n  "b",\r\n]`],
  ])("edits the list %j", (before, value, after) => {
    expect(set(`[vars]\nA = ${before}\n`, "A", value)).toBe(`[vars]\nA = ${after}\n`);
  });

  test.each([
    [
      "[[vars.PEERS]]\nurl = 'u'\n",
      [] as const,
      "PEERS is written as a table of its own. Hint: write it on one line, PEERS = …, and try again",
    ],
    [
      "[vars]\nPEERS.a = 1\n",
      [] as const,
      "PEERS is written as a table of its own. Hint: write it on one line, PEERS = …, and try again",
    ],
    [
      "vars = { PEERS = 1 }\n",
      undefined,
      "its table is written on one line. Hint: edit the file by hand; npm run check says what is wrong with it",
    ],
    [
      "[vars]\n[vars.x]\n[x]\n",
      "\uD800",
      "it would be no TOML after the change. Hint: edit the file by hand; npm run check says what is wrong with it",
    ],
  ])("does not touch %j", (text, value, told) => {
    expect(() => set(text, "PEERS", value)).toThrow(told);
  });
});
