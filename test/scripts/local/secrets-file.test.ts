import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { unstable_getVarsForDev as readAsWranglerDoes } from "wrangler";
import { readDevVars, renderEnvFile } from "../../../scripts/local/secrets-file.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "checker-secrets-"));
});
afterEach(() => rm(folder, { recursive: true }));

test("wrangler reads back every value unchanged", async () => {
  const variables = {
    TOKEN: "0123abcd",
    DOLLARS: "pa$$word $HOME ${PATH}",
    QUOTES: `it's "quoted"`,
    BACKTICK: "it's `quoted`",
    ALL_BUT_ONE: "'`",
    LINES: "first\nsecond",
    BACKSLASHES: String.raw`C:\new\temp`,
    COMMENT: "a # b",
    SPACES: "  a  ",
    JSON: '["a@example.com", "b@example.com"]',
    EMPTY: "",
  };
  const file = join(folder, "secrets.env");
  await writeFile(file, renderEnvFile(variables));
  const read = readAsWranglerDoes(join(folder, "wrangler.toml"), [file], {}, undefined, true);
  const bindings = Object.entries(read as Record<string, { readonly value?: unknown }>);
  const values = bindings.map(([name, { value }]): [string, unknown] => [name, value]);
  expect(Object.fromEntries(values)).toEqual(variables);
});

test("a value that no quotation marks can hold is told by its name, without the value", () => {
  expect(() => renderEnvFile({ SECRET: `'"\`` })).toThrow(
    expect.objectContaining({
      code: "START_FAILED",
      message: "SECRET in .dev.vars mixes kinds of quotation marks; leave one kind out",
    }),
  );
});

test("without .dev.vars there are no variables", async () => {
  expect(await readDevVars(folder)).toEqual({});
});

test(".dev.vars is read by name", async () => {
  await writeFile(join(folder, ".dev.vars"), `# mine\nADMIN_TOKEN="abc"\nMAIL_FROM=a@example.com\n`);
  expect(await readDevVars(folder)).toEqual({ ADMIN_TOKEN: "abc", MAIL_FROM: "a@example.com" });
});
