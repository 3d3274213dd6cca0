import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { scanJobs } from "../../../scripts/lib/scan-jobs.ts";
import { projectWith } from "../../support/fakes/project.ts";

/** A project with these files in jobs/, and of Checker only the name that they import. */
function jobs(files: Readonly<Record<string, string>>): Promise<string> {
  return projectWith({
    "package.json": `{ "imports": { "#checker": "./checker.ts" } }`,
    "checker.ts": "export class JobBase {}\nexport interface JobConfig {}\n",
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`jobs/${name}`, text])),
  });
}

async function problems(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  return (await scanJobs(await jobs(files))).problems;
}

const GOOD = `import { JobBase } from "#checker";\nexport class Good extends JobBase { execute() { return true; } }\n`;

describe("the folder of jobs", () => {
  test("gives its files in the order of their names, and no problem where there is none", async () => {
    const root = await jobs({
      "Good.ts": GOOD,
      "B.js": "export class B {}",
      "A.mts": "export class A {}",
      "C.mjs": "export class C {}",
    });
    expect(await scanJobs(root)).toEqual({
      files: [
        { name: "A", file: "A.mts", path: `${root}/jobs/A.mts` },
        { name: "B", file: "B.js", path: `${root}/jobs/B.js` },
        { name: "C", file: "C.mjs", path: `${root}/jobs/C.mjs` },
        { name: "Good", file: "Good.ts", path: `${root}/jobs/Good.ts` },
      ],
      broken: [],
      problems: [],
      notes: [],
    });
  });

  test("may be empty", async () => {
    expect(await scanJobs(await jobs({}))).toEqual({ files: [], broken: [], problems: [], notes: [] });
  });

  test("is told when it is missing, or is no folder", async () => {
    const told = (code: string) => ({
      files: [],
      broken: [],
      problems: [
        `jobs/ is no folder that can be read (${code}), so there is nothing to run. Hint: get it back with git checkout jobs`,
      ],
      notes: [],
    });
    const root = await jobs({});
    await rm(join(root, "jobs"), { recursive: true });
    expect(await scanJobs(root)).toEqual(told("ENOENT"));
    await writeFile(join(root, "jobs"), "");
    expect(await scanJobs(root)).toEqual(told("ENOTDIR"));
  });

  test("may hold folders, texts and declarations, which are no jobs", async () => {
    const root = await jobs({
      "lib/helper.ts": "x y z",
      "README.md": "x",
      "types.d.ts": "x",
      "Good.ts": GOOD,
    });
    const { files, notes } = await scanJobs(root);
    expect(files.map((found) => found.file)).toEqual(["Good.ts"]);
    expect(notes).toEqual([]);
  });

  test("tells programs that are not run", async () => {
    const programs = ["A.tsx", "B.cts", "C.jsx", "D.cjs", "E.py"];
    const { files, problems, notes } = await scanJobs(
      await jobs(Object.fromEntries(programs.map((name) => [name, "x y z"]))),
    );
    expect(files).toEqual([]);
    expect(problems).toEqual([]);
    expect(notes).toEqual(
      programs.map(
        (name) =>
          `jobs/${name} is not run: a job's file ends in .ts, .mts, .js or .mjs. Rename it, or move a helper into a folder inside jobs/.`,
      ),
    );
  });

  test("takes a job in whatever way it is exported under its name", async () => {
    expect(
      await problems({
        "A.ts": "class A {}\nexport { A };",
        "B.ts": "class Other {}\nexport { Other as B };",
        "C.ts": "export const C = class {};",
        "D.ts": "export class D {}\nexport const more = 1;\nexport default D;",
        "E.ts": `export { E } from "./lib/e.ts";`,
        "lib/e.ts": "export class E {}",
        "$F_1.ts": "export class $F_1 {}",
      }),
    ).toEqual([]);
  });

  test("takes what wrangler bundles: types, enums, texts, packages and modules of the runtime", async () => {
    const imports = `import { JobBase, JobConfig } from "#checker";
      import { connect } from "cloudflare:sockets";
      import { createHash, randomUUID } from "node:crypto";
      import process, { env } from "process";
      import { setTimeout } from "node:timers/promises";
      import { helper } from "./lib/helper";
      import text from "./lib/note.sql";
      import data from "./lib/data.json";
      import tool from "tool";
      enum Colour { red }
      const used: unknown[] = [connect, createHash, randomUUID, process, env, setTimeout, helper, text, data, tool];
      export class A extends JobBase { colour = Colour.red; used = used; config: JobConfig | null = null; }`;
    const root = await jobs({
      "A.ts": imports,
      "lib/helper.ts": "export const helper = 1;",
      "lib/note.sql": "x",
      "lib/data.json": "{}",
    });
    const tool = join(root, "node_modules/tool");
    await mkdir(tool, { recursive: true });
    await writeFile(join(tool, "package.json"), `{ "exports": { "workerd": "./w.js" } }`);
    await writeFile(join(tool, "w.js"), `module.exports = require("events");`);
    expect((await scanJobs(root)).problems).toEqual([]);
  });
});

describe("a wrong file is told with its remedy:", () => {
  test("one with a class of another name", async () => {
    expect(await problems({ "Ping.ts": "export class Pong {}\nexport const x = 1;" })).toEqual([
      "jobs/Ping.ts exports Pong, x but no class Ping. Name the class like its file.",
    ]);
    expect(await problems({ "Ping.ts": "export default class Ping {}" })).toEqual([
      "jobs/Ping.ts exports default but no class Ping. Name the class like its file.",
    ]);
    expect(await problems({ "Ping.ts": "export class ping {}" })).toEqual([
      "jobs/Ping.ts exports ping but no class Ping. Name the class like its file.",
    ]);
  });

  test("one without a job", async () => {
    const expected = [
      "jobs/helper.ts exports no job. Export a class helper that extends JobBase or JobSpawner, or move a helper into a folder inside jobs/.",
    ];
    expect(await problems({ "helper.ts": "const x = 1;\nconsole.log(x);" })).toEqual(expected);
    expect(await problems({ "helper.ts": "" })).toEqual(expected);
    expect(await problems({ "helper.ts": "export interface helper {}" })).toEqual(expected);
  });

  test("one that does not compile, with its place", async () => {
    expect(await problems({ "Ping.ts": "export class Ping {}\nconst x = = 1;" })).toEqual([
      'jobs/Ping.ts does not compile: line 2, column 11: Unexpected "="',
    ]);
  });

  test("one whose name no class can have", async () => {
    expect(await problems({ "my-job.ts": "export class MyJob {}", "1st.ts": "" })).toEqual([
      "jobs/1st.ts: 1st cannot be the name of a class; rename the file like the class in it.",
      "jobs/my-job.ts: my-job cannot be the name of a class; rename the file like the class in it.",
    ]);
  });

  test("two files of one name", async () => {
    expect(await problems({ "Ping.js": "export class Ping {}", "Ping.ts": "export class Ping {}" })).toEqual([
      "jobs/Ping.ts: there is another file named Ping; rename one and its class.",
    ]);
  });

  const importing = (line: string): string => `${line}\nexport class Ping { used = used; }\n`;

  test.each([
    [
      `import { used } from "./lib/nope.ts";`,
      `line 1, column 22: Could not resolve "./lib/nope.ts"; there is no such file`,
    ],
    [
      `import used from "left-pad";`,
      `line 1, column 18: Could not resolve "left-pad"; is that package installed? npm install left-pad`,
    ],
    [
      `import { used } from "#checker";`,
      `line 1, column 10: No matching export in "checker.ts" for import "used"`,
    ],
    [
      `import { used } from "node:fs";`,
      `line 1, column 10: No matching export in "node:fs" for import "used"`,
    ],
    [`import used from "node:nope";`, `line 1, column 18: There is no module node:nope`],
    [`import { used } from "./lib/torn.ts";`, `jobs/lib/torn.ts, line 2, column 15: Unexpected ";"`],
  ])("one that imports what is not there: %s", async (line, text) => {
    expect(
      await problems({ "Ping.ts": importing(line), "lib/torn.ts": "\nexport let a =;", "Good.ts": GOOD }),
    ).toEqual([`jobs/Ping.ts does not compile: ${text}`]);
  });

  test("all of them at once", async () => {
    const told = await problems({ "A.ts": "", "B.ts": "export class C {}", "Good.ts": GOOD, "d-e.ts": "" });
    expect(told.map((problem) => problem.slice(0, 10))).toEqual(["jobs/A.ts ", "jobs/B.ts ", "jobs/d-e.t"]);
  });

  test("beside the files that are right, with its name", async () => {
    const root = await jobs({
      "Good.ts": GOOD,
      "Torn.ts": "export class Torn {",
      "Lost.ts": `import "./nowhere.ts"; export class Lost {}`,
      "Also.ts": "export class Also {}",
      "Also.js": "export class Also {}",
    });
    const { files, broken, problems } = await scanJobs(root);
    expect(files.map(({ file }) => file)).toEqual(["Also.js", "Good.ts"]);
    expect(broken).toEqual([
      {
        name: "Also",
        file: "Also.ts",
        path: `${root}/jobs/Also.ts`,
        problem: "jobs/Also.ts: there is another file named Also; rename one and its class.",
      },
      {
        name: "Lost",
        file: "Lost.ts",
        path: `${root}/jobs/Lost.ts`,
        problem: `jobs/Lost.ts does not compile: line 1, column 8: Could not resolve "./nowhere.ts"; there is no such file`,
      },
      {
        name: "Torn",
        file: "Torn.ts",
        path: `${root}/jobs/Torn.ts`,
        problem:
          "jobs/Torn.ts does not compile: line 1, column 20: Expected identifier but found end of file",
      },
    ]);
    expect(problems).toEqual(broken.map(({ problem }) => problem));
  });
});
