import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LAYERS } from "./support/layers.ts";

const root = join(import.meta.dirname, "..");

/** What the domain may not say, each as a statement of its own: other ways to import, and impure globals. */
const IMPURE = [
  `export { b } from "../adapters/b.ts";`,
  `export * from "../adapters/b.ts";`,
  `import type { B } from "../adapters/b.ts";`,
  `export const late = () => import("../adapters/b.ts");`,
  "fetch('https://example.com/');",
  "setTimeout(() => undefined, 1);",
  "console.error('x');",
  "crypto.randomUUID();",
  "performance.now();",
  "Math.random();",
  "Date.now();",
];

interface Sample {
  readonly path: string;
  readonly content: string;
  readonly allowed: boolean;
}

function samples(): Sample[] {
  const imports = Object.entries(LAYERS).flatMap(([file, { may, mayNot }]) =>
    [...may.map((from) => [from, true] as const), ...mayNot.map((from) => [from, false] as const)].map(
      ([from, allowed], index): Sample => ({
        path: file === "src/index.ts" ? `${index}/${file}` : file.replace(/(\w+)(\.tsx?)$/, `$1${index}$2`),
        content: `import { b } from ${JSON.stringify(from)};\nexport const a = b;\n`,
        allowed,
      }),
    ),
  );
  const impure = IMPURE.map((content, index): Sample => ({
    path: `src/domain/impure${index}.ts`,
    content,
    allowed: false,
  }));
  return [...imports, ...impure];
}

let folder: string;
/** Paths of samples that the linter found something in, with what it was. */
const complaints = new Map<string, string[]>();

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

/** Runs the project's linter, with the project's rules but those that need types, over a folder. */
async function lint(cwd: string): Promise<readonly Diagnostic[]> {
  const stdout = await new Promise<string>((resolve) => {
    const args = ["--format", "json", "."];
    execFile(join(root, "node_modules/.bin/oxlint"), args, { cwd, maxBuffer: 1e8 }, (_error, out) =>
      resolve(out),
    );
  });
  return (JSON.parse(stdout) as { diagnostics: readonly Diagnostic[] }).diagnostics;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "checker-layers-"));
  const rules = JSON.parse(await readFile(join(root, ".oxlintrc.json"), "utf8")) as Record<string, unknown>;
  const config = JSON.stringify({ ...rules, options: {} });
  // The rule for src/index.ts is for that one path, so each of its samples has a project of its own.
  const projects = new Map<string, Sample[]>();
  for (const sample of samples()) {
    const [, own = ""] = /^(\d+)\//.exec(sample.path) ?? [];
    projects.set(own, [...(projects.get(own) ?? []), sample]);
  }
  for (const [own, files] of projects) {
    const project = join(folder, own === "" ? "all" : own);
    for (const { path, content } of files) {
      const file = join(project, path.replace(/^\d+\//, ""));
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, content);
    }
    await writeFile(join(project, ".oxlintrc.json"), config);
    for (const { filename, code, message } of await lint(project)) {
      const path = own === "" ? filename : `${own}/${filename}`;
      complaints.set(path, [...(complaints.get(path) ?? []), `${code} ${message}`]);
    }
  }
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the layer rule", () => {
  const said = ({ path, content }: Sample): string => `${path}: ${content.split("\n")[0]}`;
  const restricted = (path: string): boolean =>
    (complaints.get(path) ?? []).some((text) => text.includes("no-restricted-"));

  test("refuses every import that points up or out, and every impure global in the domain", () => {
    const missed = samples().filter(({ path, allowed }) => !allowed && !restricted(path));
    expect(missed.map(said)).toEqual([]);
  });

  test("lets every permitted import pass", () => {
    const refused = samples().filter(({ path, allowed }) => allowed && restricted(path));
    expect(refused.map(said)).toEqual([]);
  });

  test("covers every folder of src/", async () => {
    const entries = await readdir(join(root, "src"), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map(({ name }) => `src/${name}/`);
    const covered = Object.keys(LAYERS);
    expect(folders.filter((name) => !covered.some((file) => file.startsWith(name)))).toEqual([]);
  });

  test("finds nothing in the project itself", async () => {
    const copy = join(folder, "project");
    for (const name of ["src", "jobs"]) await cp(join(root, name), join(copy, name), { recursive: true });
    await cp(join(folder, "all/.oxlintrc.json"), join(copy, ".oxlintrc.json"));
    const found = (await lint(copy)).filter(({ code }) => code.includes("no-restricted-"));
    expect(found.map(({ filename, message }) => `${filename}: ${message}`)).toEqual([]);
  });
});

describe("the domain", () => {
  test("never asks for the time: no new Date() without an argument", async () => {
    const files = await readdir(join(root, "src/domain"), { recursive: true });
    const asking: string[] = [];
    for (const file of files.filter((name) => name.endsWith(".ts"))) {
      const text = await readFile(join(root, "src/domain", file), "utf8");
      // Comments may speak of it.
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
      if (
        /new\s+Date\s*(\(\s*\)|[^\s(])|\bDate\s*\(/.test(code.replaceAll(/new\s+Date\s*\(\s*[^\s)]/g, ""))
      ) {
        asking.push(file);
      }
    }
    expect(files.length).toBeGreaterThan(5);
    expect(asking).toEqual([]);
  });
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
