import { chmod, lstat, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { editDevVars } from "../../../scripts/setup/edit-dev-vars.ts";
import {
  readPresent,
  rememberAnswered,
  SetupFailure,
  writeConfig,
  writeSecrets,
} from "../../../scripts/setup/project-files.ts";
import { projectWith } from "../../support/fakes/project.ts";

const CONFIG = "[vars]\nA = 1\n";
const edit = (name: string, value: string) => [{ table: "vars", name, value }];

describe(".dev.vars", () => {
  test.each([
    ["", "T=new\n"],
    ["A=1", "A=1\nT=new\n"],
    ["T=old\nA=1 # T=2\n", "T=new\nA=1 # T=2\n"],
    ["T=first\r\nexport T = 'old'\r\n#T=3\r\n", "T=first\r\nT=new\r\n#T=3\r\n"],
  ])("of %j gets the variable as %j", (before, after) => {
    expect(editDevVars(before, "T", "new")).toBe(after);
  });

  test("keeps a value with marks of its own", () => {
    expect(editDevVars("", "T", "a#b$c")).toBe("T='a#b$c'\n");
  });

  test.each(['T="one\ntwo"\n', 'A="\nT=inside\n"\n'])("is not touched where it is %j", (before) => {
    expect(() => editDevVars(before, "T", "new")).toThrow(
      "T stands there in a way that is not edited here. Hint: edit .dev.vars by hand",
    );
  });
});

describe("the files of a project", () => {
  test("are what was read, written and remembered", async () => {
    const root = await projectWith({ "wrangler.toml": CONFIG });
    expect(await readPresent(root)).toMatchObject({ secrets: {}, answered: new Set() });
    await writeConfig(root, edit("B", "b"));
    await writeSecrets(root, new Map([["ADMIN_TOKEN", "0123456789abcdef"]]));
    await rememberAnswered(root, new Set(["A", "B"]));
    expect(await readFile(join(root, "wrangler.toml"), "utf8")).toBe('[vars]\nA = 1\nB = "b"\n');
    const { config, ...rest } = await readPresent(root);
    expect(structuredClone(config)).toEqual({ vars: { A: 1, B: "b" } });
    expect(rest).toEqual({ secrets: { ADMIN_TOKEN: "0123456789abcdef" }, answered: new Set(["A", "B"]) });
    expect((await readdir(root)).toSorted()).toEqual([".checker", ".dev.vars", "jobs", "wrangler.toml"]);
  });

  test("keep their modes, and a secret is its owner's alone", async () => {
    const root = await projectWith({ "wrangler.toml": CONFIG });
    await chmod(join(root, "wrangler.toml"), 0o664);
    await writeConfig(root, edit("B", "b"));
    await writeSecrets(root, new Map([["ADMIN_TOKEN", "0123456789abcdef"]]));
    const modes = ["wrangler.toml", ".dev.vars"].map(
      async (file) => (await stat(join(root, file))).mode & 0o777,
    );
    expect(await Promise.all(modes)).toEqual([0o664, 0o600]);
  });

  test("stay links", async () => {
    const root = await projectWith({ "real.toml": CONFIG });
    await symlink("real.toml", join(root, "wrangler.toml"));
    await writeConfig(root, edit("A", "b"));
    expect((await lstat(join(root, "wrangler.toml"))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(root, "real.toml"), "utf8")).toBe('[vars]\nA = "b"\n');
  });

  test("are not touched where the change cannot be made", async () => {
    const text = "[vars]\n[[vars.PEERS]]\na = 1\n";
    const root = await projectWith({ "wrangler.toml": text });
    await expect(writeConfig(root, [...edit("A", "b"), ...edit("PEERS", "c")])).rejects.toThrow(
      new SetupFailure(
        "wrangler.toml was not changed: PEERS is written as a table of its own. Hint: write it on one line, PEERS = …, and try again",
      ),
    );
    expect(await readFile(join(root, "wrangler.toml"), "utf8")).toBe(text);
    expect((await readdir(root)).toSorted()).toEqual(["jobs", "wrangler.toml"]);
  });

  test("are none where they are missing or no TOML", async () => {
    const root = await projectWith({});
    await expect(readPresent(root)).rejects.toThrow(
      "wrangler.toml is missing: it holds the settings and says how the Worker is built. Hint: get it back with git checkout wrangler.toml",
    );
    await expect(writeConfig(root, edit("A", "b"))).rejects.toThrow(
      "wrangler.toml was not changed: ENOENT. Hint: it must be a file that you may write",
    );
    await writeFile(join(root, "wrangler.toml"), "[vars]\nSERVER_NAME = checker\n");
    await expect(readPresent(root)).rejects.toThrow(
      'wrangler.toml, line 2, column 15: Invalid TOML document: invalid value. Hint: a text stands in quotes: SERVER_NAME = "checker"',
    );
  });
});
