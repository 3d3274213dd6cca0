import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ROOMS } from "../oxlint.config.ts";

const root = join(import.meta.dirname, "..");
const names = ROOMS.map(([room]) => room);

/** Files that break a rule, by path. Each must be refused for the reason that stands beside it. */
const BREAKING: Readonly<Record<string, readonly [code: string, why: string]>> = {
  "src/core/up.ts": [
    `import { b } from "../mail/b.ts";\nexport const a = b;`,
    "may not import a room below it",
  ],
  "src/core/time/up.ts": [
    `import type { B } from "../../worker/b.ts";\nexport type A = B;`,
    "may not import a room below it",
  ],
  "src/alerting/again.ts": [`export * from "../scheduling/b.ts";`, "may not import a room below it"],
  "src/mail/late.ts": [
    `export const late = () => import("../worker/b.ts");`,
    "may not import a room below it",
  ],
  "src/alerting/library.ts": [
    `import { Hono } from "hono";\nexport const a = Hono;`,
    "may not import this package",
  ],
  "src/worker/entry.ts": [
    `import { b } from "../index.ts";\nexport const a = b;`,
    "imports its entry points",
  ],
  "src/mail/global.ts": [`void fetch("https://example.com/");`, "Unexpected use of 'fetch'"],
  "src/alerting/clock.ts": ["export const now = Date.now();", "Take the time as an argument"],
  "src/worker/console.ts": [`console.error("x");`, "Unexpected console statement"],
  "jobs/Reaching.ts": [
    `import { b } from "../src/core/b.ts";\nexport const a = b;`,
    "Jobs import from #checker",
  ],
};

/** Two files that import each other's types. */
const CYCLE = {
  "src/core/one.ts": `import type { Two } from "./two.ts";\nexport interface One {\n  two: Two;\n}`,
  "src/core/two.ts": `import type { One } from "./one.ts";\nexport interface Two {\n  one: One;\n}`,
};

/** Files that keep the rules. */
const KEEPING: Readonly<Record<string, string>> = {
  "src/mail/down.ts": `import { a } from "../core/b.ts";\nexport const b = a;`,
  "src/storage/d1/mail/own.ts": `import { a } from "../admin/b.ts";\nexport const b = a;`,
  "src/worker/library.ts": `import { Hono } from "hono";\nexport const a = Hono;`,
};

interface Diagnostic {
  readonly filename: string;
  readonly message: string;
  readonly help?: string;
}

let folder: string;
let found: readonly Diagnostic[];
const complaintsAbout = (path: string): string =>
  found
    .filter(({ filename }) => filename === path)
    .map(({ message, help }) => `${message} ${help ?? ""}`)
    .join("\n");

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "checker-architecture-"));
  for (const name of ["oxlint.config.ts", "package.json"]) await cp(join(root, name), join(folder, name));
  await symlink(join(root, "node_modules"), join(folder, "node_modules"));
  const breaking = Object.fromEntries(Object.entries(BREAKING).map(([path, [code]]) => [path, code]));
  for (const [path, code] of Object.entries({ ...breaking, ...KEEPING, ...CYCLE })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), `${code}\n`);
  }
  const stdout = await new Promise<string>((resolve) => {
    execFile(
      join(root, "node_modules/.bin/oxlint"),
      ["--format", "json", "."],
      { cwd: folder, maxBuffer: 1e8 },
      (_error, out) => resolve(out),
    );
  });
  found = (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the linter", () => {
  test.each(Object.entries(BREAKING))("refuses %s", (path, [, why]) => {
    expect(complaintsAbout(path)).toContain(why);
  });

  test.each(Object.keys(KEEPING))("accepts %s", (path) => {
    expect(complaintsAbout(path)).not.toMatch(/may not import|entry points|Unexpected/);
  });

  test("refuses a cycle of types", () => {
    expect(complaintsAbout("src/core/one.ts")).toContain("Dependency cycle");
  });
});

test("every folder of src/ is a room with a place in the order, and holds at most 20 files", async () => {
  const entries = await readdir(join(root, "src"), { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  expect(folders.toSorted()).toEqual(names.toSorted());
  const files = (await readdir(join(root, "src"), { recursive: true })).filter((path) =>
    /\.tsx?$/.test(path),
  );
  const crowded = Map.groupBy(files, dirname);
  expect([...crowded].filter(([, own]) => own.length > 20).map(([path]) => path)).toEqual([]);
});

test("only the platform asks for the time: no new Date() without an argument elsewhere", async () => {
  const files = await readdir(join(root, "src"), { recursive: true });
  const asking: string[] = [];
  for (const file of files.filter((name) => /\.tsx?$/.test(name) && !name.startsWith("platform/"))) {
    const text = await readFile(join(root, "src", file), "utf8");
    const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
    if (/new Date\(\s*\)|new Date\b(?!\()/.test(code)) asking.push(file);
  }
  expect(asking).toEqual([]);
});

describe("the tree of packages", () => {
  test("holds one wrangler and one workerd", async () => {
    const lock = JSON.parse(await readFile(join(root, "package-lock.json"), "utf8")) as {
      packages: Record<string, { version: string }>;
    };
    const versionsOf = (name: string): string[] =>
      Object.entries(lock.packages)
        .filter(([path]) => path.endsWith(`node_modules/${name}`))
        .map(([, { version }]) => version);
    expect(versionsOf("workerd")).toHaveLength(1);
    expect(versionsOf("wrangler")).toHaveLength(1);
    expect(versionsOf("miniflare")).toHaveLength(1);
  });

  test("pins every version that package.json names", async () => {
    const text = await readFile(join(root, "package.json"), "utf8");
    const { dependencies, devDependencies } = JSON.parse(text) as Record<string, Record<string, string>>;
    const versions = Object.entries({ ...dependencies, ...devDependencies });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
  });
});
