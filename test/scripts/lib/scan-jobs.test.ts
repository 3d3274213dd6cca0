import { describe, expect, test } from "vitest";
import { scanJobs } from "../../../scripts/lib/scan-jobs.ts";
import { projectWith } from "../../support/fakes-project.ts";

function jobs(files: Readonly<Record<string, string>>): Promise<string> {
  return projectWith(Object.fromEntries(Object.entries(files).map(([name, text]) => [`jobs/${name}`, text])));
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
      problems: [],
    });
  });

  test("may be empty", async () => {
    expect(await scanJobs(await jobs({}))).toEqual({ files: [], problems: [] });
  });

  test("may hold folders, texts and declarations, which are no jobs", async () => {
    const root = await jobs({
      "lib/helper.ts": "x y z",
      "README.md": "x",
      "types.d.ts": "x",
      "Good.ts": GOOD,
    });
    expect((await scanJobs(root)).files.map((found) => found.file)).toEqual(["Good.ts"]);
  });

  test("takes a job in whatever way it is exported under its name", async () => {
    expect(
      await problems({
        "A.ts": "class A {}\nexport { A };",
        "B.ts": "class Other {}\nexport { Other as B };",
        "C.ts": "export const C = class {};",
        "D.ts": "export class D {}\nexport const more = 1;\nexport default D;",
        "E.ts": `export { E } from "./lib/e.ts";`,
        "$F_1.ts": "export class $F_1 {}",
      }),
    ).toEqual([]);
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

  test("all of them at once", async () => {
    const told = await problems({ "A.ts": "", "B.ts": "export class C {}", "Good.ts": GOOD, "d-e.ts": "" });
    expect(told.map((problem) => problem.slice(0, 10))).toEqual(["jobs/A.ts ", "jobs/B.ts ", "jobs/d-e.t"]);
  });
});
