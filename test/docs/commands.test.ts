import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const text = await readFile(join(root, "docs/reference/commands.md"), "utf8");

test("the commands reference lists every option of every command, and no others", async () => {
  const { scripts } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const documented = new Map<string, readonly string[]>();
  for (const section of text.split(/^## npm (?:run )?/m).slice(1)) {
    const [script = ""] = /^\w+/.exec(section) ?? [];
    if (script === "test") continue;
    documented.set(script, namesIn(section, /^\| `--([a-z][a-z-]*)/gm));
  }
  expect(documented.size).toBe(10);
  // All at once: most of the time goes into starting Node.
  const actual = await Promise.all(
    [...documented.keys()].map(async (script) => {
      const [, file = ""] = /\bnode (\S+)$/.exec(scripts[script] ?? "") ?? [];
      const options = namesIn(await helpOf(file), /^ +(?:npm start -- )?--([a-z][a-z-]*)/gm);
      return [script, options.filter((name) => name !== "help")] as const;
    }),
  );
  expect(Object.fromEntries(documented)).toEqual(Object.fromEntries(actual));
});

test.each([
  ["scripts/check/document.ts", "CheckDocument", "| field "],
  ["scripts/check/job-changes.ts", "JobChanges", "| list "],
])("the commands reference lists the fields that %s has in %s", async (file, name, head) => {
  const source = await readFile(join(root, file), "utf8");
  const body = source.split(`export interface ${name} {`)[1]?.split("\n}")[0] ?? "";
  const [, section = ""] = text.split("### JSON output");
  const [table = ""] = (section.split(head)[1] ?? "").split("\n\n");
  expect(namesIn(table, /^\| `(\w+)`/gm)).toEqual(namesIn(body, /^ {2}readonly (\w+):/gm));
});

function namesIn(text: string, pattern: RegExp): readonly string[] {
  return [...text.matchAll(pattern)].map(([, name = ""]) => name).toSorted();
}

function helpOf(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [file, "--help"], { cwd: root }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${file} --help failed`, { cause: error }));
    });
  });
}
