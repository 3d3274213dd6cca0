import { spawn } from "node:child_process";
import { mkdir, mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { projectRoot } from "../../scripts/lib/project.ts";
import { scanJobs } from "../../scripts/lib/scan-jobs.ts";
import { registryText } from "../../scripts/lib/write-registry.ts";
import { copyProject, removeProject } from "../e2e/project-copy.ts";

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map(removeProject));
});

/** A folder with these files in its jobs/, by name. */
async function folderOf(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), "checker-jobs-"));
  folders.push(root);
  await writeFile(join(root, "package.json"), `{ "imports": { "#checker": "./checker.ts" } }`);
  await writeFile(join(root, "checker.ts"), "export class JobBase {}");
  await addJobs(root, files);
  return root;
}

async function addJobs(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(root, "jobs", name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
}

/** The whole project, with the system jobs and these. */
async function projectWith(files: Readonly<Record<string, string>>): Promise<string> {
  const root = await copyProject();
  folders.push(root);
  await addJobs(root, files);
  return root;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program of the project in `cwd`, as an npm script would. */
async function run(cwd: string, program: string, ...args: readonly string[]): Promise<Ended> {
  const bin = join(projectRoot, "node_modules/.bin");
  const child = spawn(join(bin, program), args, {
    cwd,
    env: {
      ...process.env,
      PATH: `${bin}${delimiter}${process.env["PATH"] ?? ""}`,
      WRANGLER_SEND_METRICS: "false",
      CLOUDFLARE_CF_FETCH_ENABLED: "false",
      WRANGLER_WRITE_LOGS: "false",
      NO_COLOR: "1",
      FORCE_COLOR: undefined,
      // wrangler takes itself for a guest of vitest otherwise.
      VITEST: undefined,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const code = new Promise<number | null>((resolve) => child.once("close", resolve));
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}

function generate(root: string): Promise<Ended> {
  return run(root, "node", "scripts/generate-jobs.ts");
}

const registryOf = (root: string): Promise<string> =>
  readFile(join(root, "src/job-loading/registry.generated.ts"), "utf8");

function job(name: string, args = ""): string {
  return `import { JobBase, type JobConfig } from "#checker";
export class ${name} extends JobBase {
  constructor(config: JobConfig) { super(config${args}); }
  override execute(): boolean { return true; }
}
`;
}

describe("a file in jobs/", () => {
  const problemsOf = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
    (await scanJobs(await folderOf(files))).problems;

  test("with a class of its name is a job, whatever else it exports", async () => {
    const root = await folderOf({
      "Zebra.ts": job("Zebra"),
      "Ant.mjs": `import { JobBase } from "#checker"; export class Ant extends JobBase {}; export const limit = 3;`,
    });
    const { files, problems } = await scanJobs(root);
    expect(problems).toEqual([]);
    expect(files).toEqual([
      { name: "Ant", file: "Ant.mjs", path: join(root, "jobs/Ant.mjs") },
      { name: "Zebra", file: "Zebra.ts", path: join(root, "jobs/Zebra.ts") },
    ]);
    expect(registryText(files)).toBe(
      [
        "// Made by scripts/generate-jobs.ts from the files in jobs/. Do not edit, do not commit.",
        `import type { JobFile } from "./job-file.ts";`,
        "",
        "export const jobFiles: readonly JobFile[] = [",
        `  { name: "Ant", load: () => import("../../jobs/Ant.mjs") },`,
        `  { name: "Zebra", load: () => import("../../jobs/Zebra.ts") },`,
        "];",
        "",
      ].join("\n"),
    );
  });

  test("whose class has another name is a problem", async () => {
    expect(await problemsOf({ "Web.ts": job("Webs") })).toEqual([
      "jobs/Web.ts exports Webs but no class Web. Name the class like its file.",
    ]);
  });

  test("that exports nothing is a problem", async () => {
    expect(await problemsOf({ "Web.ts": "console.log('hi');" })).toEqual([
      "jobs/Web.ts exports no job. Export a class Web that extends JobBase or JobSpawner, or move a helper into a folder inside jobs/.",
    ]);
  });

  test("that does not compile is a problem, with its place", async () => {
    expect(await problemsOf({ "Web.ts": "export class Web {\n  execute() { return tru e; }\n}\n" })).toEqual([
      `jobs/Web.ts does not compile: line 2, column 26: Expected ";" but found "e"`,
    ]);
  });

  test("whose name cannot be a class's is a problem", async () => {
    expect(await problemsOf({ "web-servers.ts": "export class WebServers {}" })).toEqual([
      "jobs/web-servers.ts: web-servers cannot be the name of a class; rename the file like the class in it.",
    ]);
  });

  test("of the same name as another is a problem", async () => {
    const one = "export class Web {}";
    expect(await problemsOf({ "Web.js": one, "Web.ts": one })).toEqual([
      "jobs/Web.ts: there is another file named Web; rename one and its class.",
    ]);
  });

  test("is no job when it lies in a folder, is a text or only declares types", async () => {
    const { files, problems } = await scanJobs(
      await folderOf({
        "lib/helper.ts": "this does not compile",
        "README.md": "What we watch",
        "types.d.ts": "declare const a: 1;",
        "Web.ts": "export class Web {}",
      }),
    );
    expect(problems).toEqual([]);
    expect(files.map(({ file }) => file)).toEqual(["Web.ts"]);
  });
});

describe("the build", () => {
  test("lists the jobs, and leaves the list alone when nothing has changed", async () => {
    const root = await projectWith({ "Web.ts": job("Web"), "lib/helper.ts": "export const a = 1;" });
    expect(await generate(root)).toEqual({ code: 0, stdout: "", stderr: "" });
    const names = [...(await registryOf(root)).matchAll(/name: "(\w+)"/g)].map(([, name]) => name);
    expect(names).toEqual(["EmailChecker", "PeerChecker", "Web"]);

    await writeFile(join(root, "src/job-loading/registry.generated.ts"), "// by hand\n");
    await generate(root);
    expect(await registryOf(root)).not.toBe("// by hand\n");
  });

  test("tells all problems at once, ends with 1 and writes no list", async () => {
    const root = await projectWith({
      "Empty.ts": "",
      "Odd.ts": "export class Odd {}",
      "Torn.ts": "export class Torn {",
      "Web.ts": job("Webs"),
    });
    expect(await generate(root)).toEqual({
      code: 1,
      stdout: "",
      stderr: [
        "jobs/Empty.ts exports no job. Export a class Empty that extends JobBase or JobSpawner, or move a helper into a folder inside jobs/.",
        `jobs/Torn.ts does not compile: line 1, column 20: Expected identifier but found end of file`,
        "jobs/Web.ts exports Webs but no class Web. Name the class like its file.",
        "jobs/Odd: Odd extends neither JobBase nor JobSpawner",
        "",
      ].join("\n"),
    });
    await expect(registryOf(root)).rejects.toThrow("ENOENT");
  });

  test("refuses two jobs with one identity", async () => {
    const root = await projectWith({
      "Web.ts": `import { JobBase, JobSpawner, type JobConfig } from "#checker";
        class One extends JobBase { override execute(): boolean { return true; } }
        export class Web extends JobSpawner {
          *getSubJobs(config: JobConfig) { yield new One(config, "a"); yield new One(config, "a"); }
        }`,
    });
    expect(await generate(root)).toEqual({
      code: 1,
      stdout: "",
      stderr:
        `jobs/Web: two jobs have the identity Web["a"], twice in Web; only the first runs. ` +
        "Pass something that distinguishes them to super(config, …), such as a name.\n",
    });
  });

  test("refuses a class that is no job", async () => {
    const root = await projectWith({ "Web.ts": "export class Web { execute() { return true; } }" });
    expect(await generate(root)).toEqual({
      code: 1,
      stdout: "",
      stderr: "jobs/Web: Web extends neither JobBase nor JobSpawner\n",
    });
  });

  test("ends although a job has left a timer behind", async () => {
    const timer = `setTimeout(() => { throw new Error("after the build"); }, 50);\n`;
    const root = await projectWith({ "Web.ts": `${job("Web")}${timer}` });
    expect(await generate(root)).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await registryOf(root)).toContain("../../jobs/Web.ts");
  });

  test("refuses a file that imports what is not there", async () => {
    const root = await projectWith({ "Web.ts": `import "./lib/nowhere.ts";\n${job("Web")}` });
    expect(await generate(root)).toEqual({
      code: 1,
      stdout: "",
      stderr: `jobs/Web.ts does not compile: line 1, column 8: Could not resolve "./lib/nowhere.ts"; there is no such file\n`,
    });
  });

  test("goes on when a job throws in this process: only the Worker knows its settings", async () => {
    const root = await projectWith({
      "Web.ts": `import { env } from "cloudflare:workers"; ${job("Web")} if (!("HOST" in env)) throw new Error("no HOST");`,
    });
    expect(await generate(root)).toEqual({ code: 0, stdout: "", stderr: "" });
  });
});

describe("wrangler deploy --dry-run", () => {
  test("bundles the project with its jobs, and needs no account", async () => {
    const root = await projectWith({ "Web.ts": job("Web", `, "a server of the test"`) });
    const { code, stdout } = await run(root, "wrangler", "deploy", "--dry-run", "--outdir", "dist");
    expect(code).toBe(0);
    expect(stdout).toContain("env.DB (checker)");
    expect(stdout).toContain("--dry-run: exiting now.");
    const bundle = await readFile(join(root, "dist/index.js"), "utf8");
    expect(bundle.includes("a server of the test")).toBe(true);
  });

  test("fails with the problem of a job that does not compile", async () => {
    const root = await projectWith({ "Torn.ts": "export class Torn {" });
    const { code, stdout, stderr } = await run(root, "wrangler", "deploy", "--dry-run");
    expect(code).toBe(1);
    expect(stdout + stderr).toContain(
      `jobs/Torn.ts does not compile: line 1, column 20: Expected identifier but found end of file`,
    );
  });
});
