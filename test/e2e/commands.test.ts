import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { command, commandIn, project, servers } from "./command.ts";

describe("npm run check", () => {
  test("lists every job with its frequency, its rule and its identity", async () => {
    const ended = await command(
      await project({ "jobs/Web.ts": servers("Web", "https://a.example/") }),
      "check",
    );
    expect(ended).toEqual({
      code: 0,
      err: "",
      out: [
        "MINUTE    EmailChecker",
        "          tells EVERYHOUR from the first failure; identity EmailChecker",
        "MINUTE    Web https://a.example/",
        `          tells once, and the recovery from 2 failures in a row; identity Web["https://a.example/"]`,
        "",
        "Of the Free plan a quiet day needs, with answers after 300 ms:",
        "  Durable Object requests     1,440 of 100,000 a day    2 %",
        "  Durable Object time       148 of 13,000 GB-s a day    2 %",
        "  D1 rows written            10,130 of 100,000 a day   11 %",
        "  D1 rows read             61,920 of 5,000,000 a day    2 %",
        "  D1 storage                  1 of 500 MB in the end    1 %",
        "  requests to the outside      2 of 50 an invocation    4 %",
        "  D1 queries                  25 of 50 an invocation   50 %",
        "Jobs that hang until a time-out of 10 s take more Durable Object time, GB-s a day: 1 job 1,844, 2 jobs 1,844.",
        "",
        "note: ALERT_CONTACT is still the example admin@example.com: good for npm start, but reaches nobody.",
        "note: MAIL_FROM is still the example checker@example.com: good for npm start, but reaches nobody.",
        "2 jobs, 0 problems",
        "",
      ].join("\n"),
    });
  });

  test("tells what is wrong with settings and jobs at once, and ends with 1", async () => {
    const copy = await project({
      "jobs/Web.ts": servers("Web", "ftp://a.example/"),
      ".dev.vars": 'ALERT_CONTACT = "nobody"\nNO_MAIL = "perhaps"\n',
    });
    const { code, err, out } = await command(copy, "check");
    expect(code).toBe(1);
    expect(err.split("\n")).toEqual([
      `problem: .dev.vars: ALERT_CONTACT[0] = "nobody" is not an email address. Hint: an address, or a list: ["ops@example.com", "me@example.com"]`,
      `problem: .dev.vars: NO_MAIL = "perhaps" is neither true nor false. Hint: true or false`,
      `problem: jobs/Web: entry 1: "ftp://a.example/" does not begin with https:// or http://; write it like https://example.com/`,
      "",
    ]);
    expect(out).toContain("1 job, 3 problems\n");
  });

  test("lists what is right beside what does not compile, is not there or throws", async () => {
    const copy = await project({
      "jobs/Lost.ts": `import { lost } from "./lib/lost.ts";\nexport class Lost { lost = lost; }\n`,
      "jobs/Thrown.ts": `export class Thrown {}\nthrow new Error("API_KEY is missing");\n`,
      "jobs/Torn.ts": "export class Torn {",
      "jobs/Web.ts": servers("Web", "https://a.example/"),
    });
    const { code, err, out } = await command(copy, "check");
    expect(err.split("\n")).toEqual([
      `problem: jobs/Lost.ts does not compile: line 1, column 22: Could not resolve "./lib/lost.ts"; there is no such file`,
      "problem: jobs/Torn.ts does not compile: line 1, column 20: Expected identifier but found end of file",
      "problem: jobs/Thrown: API_KEY is missing",
      "",
    ]);
    expect(out).toMatch(/^MINUTE {4}EmailChecker\n.*\nMINUTE {4}Web [^]*\n2 jobs, 3 problems\n$/);
    expect(code).toBe(1);
  });

  test("tells what is wrong with wrangler.toml, and what of it works all the same", async () => {
    const wrangler = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
    const crons = `crons = ["* * * * *", "0 * * * *"]`;
    const copy = await project({
      "wrangler.toml": wrangler.replace(/^crons = .*$/m, crons).replace(`binding = "DB"`, `binding = "D1"`),
    });
    const { code, err, out } = await command(copy, "check");
    expect(code).toBe(1);
    expect(err).toBe(
      `problem: wrangler.toml [[d1_databases]]: no binding is "DB" (there is ["D1"]), so the Worker has no database and every tick fails. Hint: [[d1_databases]] with binding = "DB", database_name = "checker", migrations_dir = "migrations"\n`,
    );
    const note = `note: wrangler.toml [triggers]: "* * * * *" and "0 * * * *" fire at the same minute.`;
    expect(out).toContain(note);
    const strict = await command(copy, "check", "--deploy");
    expect(strict.out).toContain(note);
    expect(strict.err).not.toContain(note);
  });

  test("ends although a job has left a timer behind", async () => {
    const timer = "setInterval(() => undefined, 1_000);\n";
    const copy = await project({ "jobs/Web.ts": `${servers("Web", "https://a.example/")}${timer}` });
    const { code, out } = await command(copy, "check");
    expect(out).toContain("2 jobs, 0 problems\n");
    expect(code).toBe(0);
  });

  test("ends with the place in the job's own file when a job fails outside of its run", async () => {
    const copy = await project({
      "jobs/Web.ts": `${servers("Web")}void Promise.reject(new Error("nobody waits for me"));\n`,
    });
    const { code, err } = await command(copy, "check");
    expect(err).toMatch(/Error: nobody waits for me\n.* \(.*\/jobs\/Web\.ts:5:21\)\n/);
    expect(err).toContain(join(copy, "jobs/Web.ts:5"));
    expect(code).toBe(1);
  });

  test("refuses the example addresses before a deploy, whatever .dev.vars says", async () => {
    const copy = await project({ ".dev.vars": "ALERT_CONTACT=me@mine.net\nMAIL_FROM=checker@mine.net\n" });
    const { code, err } = await command(copy, "check", "--deploy");
    expect(code).toBe(1);
    expect(err).toBe(
      [
        "problem: ALERT_CONTACT is still the example admin@example.com: good for npm start, but reaches nobody.",
        "problem: MAIL_FROM is still the example checker@example.com: good for npm start, but reaches nobody.",
        "",
      ].join("\n"),
    );
    expect((await command(copy, "check")).code).toBe(0);
  });

  test("notes before a deploy what a deployed Worker cannot reach, and fails for none of it", async () => {
    const wrangler = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
    const copy = await project({
      "wrangler.toml": wrangler.replaceAll(/(admin|checker)@example\.com/g, "$1@mine.net"),
      "jobs/Web.ts": servers("Web", "https://a.example/", "http://127.0.0.1:8000/"),
    });
    const note =
      "note: Web http://127.0.0.1:8000/: a deployed Worker cannot reach this: 127.0.0.1 means the machine on which it runs. Hint: watch it by a host name that the public can look up and reach\n";
    const strict = await command(copy, "check", "--deploy");
    expect(strict).toMatchObject({ code: 0, err: "" });
    expect(strict.out).toContain(`\n\n${note}3 jobs, 0 problems\n`);
    expect((await command(copy, "check")).out).not.toContain("note:");
  });

  test("does not check less because npm kept its option", async () => {
    expect(await commandIn({ env: { npm_config_deploy: "true" } }, await project(), "check")).toEqual({
      code: 2,
      out: "",
      err: "npm kept --deploy for itself; put -- before it: npm run check -- --deploy\nTry: npm run check -- --help\n",
    });
  });
});

test("an option that npm knows as well may be given rightly", async () => {
  const ended = await commandIn({ env: { npm_config_json: "true" } }, await project(), "check", "--json");
  expect(ended).toMatchObject({ code: 0, err: "" });
});

describe("every command", () => {
  test.each([
    ["check", [], "0 jobs, 1 problem\n"],
    ["job", ["Web"], ""],
  ] as const)("%s tells that wrangler.toml is missing, and how to get it back", async (script, args, out) => {
    const copy = await project();
    await rm(join(copy, "wrangler.toml"));
    await rm(join(copy, "jobs/EmailChecker.ts"));
    const ended = await command(copy, script, ...args);
    expect(ended).toMatchObject({
      code: 1,
      err: "problem: wrangler.toml is missing: it holds the settings and says how the Worker is built. Hint: get it back with git checkout wrangler.toml\n",
    });
    expect(ended.out).toContain(out);
  });

  test.each(["setup", "check", "job", "deploy", "conformance"])(
    "%s explains itself with --help",
    async (script) => {
      const { code, out } = await command(await project(), script, "--help");
      expect(out).toContain(`npm run ${script}`);
      expect(out).toContain("Exit status: 0");
      expect(code).toBe(0);
    },
  );

  test.each(["setup", "check", "job", "deploy", "conformance"])(
    "%s ends with 2 for an option it does not know",
    async (script) => {
      const { code, err } = await command(await project(), script, "--fast");
      expect(err).toContain("Unknown option '--fast'");
      expect(err).toContain(`Try: npm run ${script} -- --help`);
      expect(code).toBe(2);
    },
  );
});
