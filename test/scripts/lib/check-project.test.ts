import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { checkProject } from "../../../scripts/lib/check-project.ts";
import { describeJob } from "../../../scripts/lib/describe-job.ts";
import { projectWith } from "../../support/fakes/project.ts";

const CHECKER = JSON.stringify(join(import.meta.dirname, "../../../src/checker.ts"));

const WRANGLER = `main = "src/index.ts"
build = { command = "node scripts/generate-jobs.ts", watch_dir = "jobs" }
compatibility_date = "2026-11-17"
compatibility_flags = ["global_fetch_strictly_public"]
d1_databases = [{ binding = "DB", database_name = "checker", migrations_dir = "migrations" }]
send_email = [{ name = "EMAIL" }]
durable_objects = { bindings = [{ name = "RUNNERS", class_name = "Runner" }] }
migrations = [{ tag = "v1", new_sqlite_classes = ["Runner"] }]
triggers = { crons = ["* * * * *"] }
[vars]
SERVER_NAME = "checker"
ALERT_CONTACT = "ops@mine.net"
MAIL_FROM = "checker@mine.net"
PEERS = [{ url = "https://peer.net/status", admin = "admin@peer.net" }]
`;
const BASE = { "wrangler.toml": WRANGLER, "src/index.ts": "", "migrations/0001_first.sql": "" };
const EMAIL = `import { LoopbackJob } from ${CHECKER};\nexport class EmailChecker extends LoopbackJob {}\n`;
const PEER = `import { PeerSpawner } from ${CHECKER};\nexport class PeerChecker extends PeerSpawner {}\n`;
const HTTP = (servers: string): string =>
  `import { HTTPServerSpawner } from ${CHECKER};\nexport class Web extends HTTPServerSpawner { servers = ${servers}; }\n`;

test("a project that is right lists its jobs with frequency, rule and identity", async () => {
  const root = await projectWith({
    ...BASE,
    "jobs/EmailChecker.ts": EMAIL,
    "jobs/PeerChecker.ts": PEER,
    "jobs/Web.ts": HTTP(`["https://a.net/"]`),
    "jobs/old.py": "",
  });
  const { jobs, problems, warnings, notes, settings } = await checkProject(root);
  expect(problems).toEqual([]);
  expect(warnings).toEqual([]);
  expect(notes).toEqual([expect.stringMatching(/^jobs\/old\.py is not run:/)]);
  expect(settings?.serverName).toBe("checker");
  expect(jobs.map((job) => describeJob(job, 0))).toEqual([
    "MINUTE    EmailChecker\n          tells EVERYHOUR from the first failure; identity EmailChecker",
    `HOUR      PeerChecker https://peer.net/status\n          tells once, and the recovery from the first failure; identity PeerChecker["https://peer.net/status"]`,
    `MINUTE    Web https://a.net/\n          tells once, and the recovery from 2 failures in a row; identity Web["https://a.net/"]`,
  ]);
});

test("a job is listed with its times of maintenance: what goes on or comes next of each window", async () => {
  const windows = `[
    { cron: "0 22 * * SAT", until: "06:00", timeZone: "Europe/Zurich" },
    { cron: "30 3 * * *", minutes: 20 },
    { from: "2026-12-01T22:00", until: "2026-12-02T02:00" },
  ]`;
  const root = await projectWith({
    ...BASE,
    "jobs/Web.ts": HTTP(`[{ url: "https://a.net/", maintenance: ${windows} }]`),
  });
  const [job] = (await checkProject(root)).jobs;
  const listed = (time: string): readonly string[] =>
    job === undefined ? [] : describeJob(job, Date.parse(time)).split("\n").slice(2);
  expect(listed("2026-11-28T22:00Z")).toEqual([
    "          maintenance: now until 2026-11-29 05:00 UTC",
    "          maintenance: next from 2026-11-29 03:30 UTC until 2026-11-29 03:50 UTC",
    "          maintenance: next from 2026-12-01 22:00 UTC until 2026-12-02 02:00 UTC",
  ]);
  expect(listed("2026-12-02T02:00Z")).toEqual([
    "          maintenance: next from 2026-12-05 21:00 UTC until 2026-12-06 05:00 UTC",
    "          maintenance: next from 2026-12-02 03:30 UTC until 2026-12-02 03:50 UTC",
    "          maintenance: over, and none to come of this window",
  ]);
});

test("all problems of settings and jobs are told at once, and what can be listed is", async () => {
  const root = await projectWith({
    ...BASE,
    "wrangler.toml": WRANGLER.replace(`SERVER_NAME = "checker"`, `SERVER_NAME = ""`).replace(`"DB"`, `"D1"`),
    "jobs/EmailChecker.ts": EMAIL,
    "jobs/Broken.ts": `export class Broken { }\nthrow new Error("API_KEY is missing");\n`,
    "jobs/Web.ts": HTTP(`["a.net", "https://a.net/", "https://a.net/"]`),
  });
  const { jobs, problems } = await checkProject(root);
  expect(problems).toEqual([
    `wrangler.toml [vars]: SERVER_NAME = "" is empty. Hint: a short name for this instance, such as "checker-eu"`,
    `wrangler.toml [[d1_databases]]: no binding is "DB" (there is ["D1"]), so the Worker has no database and every tick fails. Hint: [[d1_databases]] with binding = "DB", database_name = "checker", migrations_dir = "migrations"`,
    "jobs/Broken: API_KEY is missing",
    `jobs/Web: entry 1: "a.net" does not begin with https:// or http://; write it like https://example.com/`,
    `jobs/Web: two jobs have the identity Web["https://a.net/"], twice in Web; only the first runs. Remove one of them, or give it a name of its own: { url, name }.`,
  ]);
  expect(jobs.map((job) => job.jobKey)).toEqual(["EmailChecker", `Web["https://a.net/"]`]);
});

test("files that are wrong by themselves hide no other, and are not evaluated", async () => {
  const root = await projectWith({
    ...BASE,
    "jobs/EmailChecker.ts": EMAIL,
    "jobs/Web.ts": `throw new Error("never evaluated");\nexport class Other {}\n`,
  });
  const { problems, warnings, jobs, files, broken, faults } = await checkProject(root);
  expect(problems).toEqual(["jobs/Web.ts exports Other but no class Web. Name the class like its file."]);
  expect(warnings).toEqual([]);
  expect(jobs.map((job) => job.jobKey)).toEqual(["EmailChecker"]);
  expect(files.map(({ file }) => file)).toEqual(["EmailChecker.ts"]);
  expect(broken.map(({ file }) => file)).toEqual(["Web.ts"]);
  expect(faults).toEqual([]);
});

test("an EmailChecker that is there and broken is not called missing", async () => {
  const broken = async (text: string) => {
    const { problems, warnings } = await checkProject(
      await projectWith({ ...BASE, "jobs/EmailChecker.ts": text }),
    );
    return { problems, warnings };
  };
  expect(await broken(`${EMAIL}throw new Error("not today");\n`)).toEqual({
    problems: ["jobs/EmailChecker: not today"],
    warnings: [],
  });
  expect(await broken("export class Email {}")).toEqual({
    problems: ["jobs/EmailChecker.ts exports Email but no class EmailChecker. Name the class like its file."],
    warnings: [],
  });
});

test("what only the bundler understands is evaluated as the Worker evaluates it", async () => {
  const root = await projectWith({
    ...BASE,
    "jobs/EmailChecker.ts": EMAIL,
    "jobs/lib/names.ts": `import { connect } from "cloudflare:sockets";
      import { basename } from "node:path";
      export enum Name { first = "a", second = "b" }
      export const check = () => [connect, basename("/x")];`,
    "jobs/Named.ts": `import { JobBase, JobConfig, JobSpawner } from ${CHECKER};
      import { Name, check } from "./lib/names";
      class One extends JobBase { constructor(config: JobConfig, private name: Name) { super(config, name); } execute() { return check().includes(this.name); } }
      export class Named extends JobSpawner { getSubJobs(config: JobConfig) { return Object.values(Name).map((name) => new One(config, name)); } }`,
  });
  const { problems, jobs } = await checkProject(root);
  expect(problems).toEqual([]);
  expect(jobs.map((job) => job.jobKey)).toEqual(["EmailChecker", `Named["a"]`, `Named["b"]`]);
});

test("a job that needs the Worker to be made is told, and harms no other", async () => {
  const root = await projectWith({
    ...BASE,
    "jobs/EmailChecker.ts": EMAIL,
    "jobs/Web.ts": `import { connect } from "cloudflare:sockets";\nconnect("a.net:1");\nexport class Web {}\n`,
  });
  const { problems, jobs } = await checkProject(root);
  expect(problems).toEqual(["jobs/Web: this part of Workers is not there while jobs are listed"]);
  expect(jobs.map((job) => job.jobKey)).toEqual(["EmailChecker"]);
});

test("two jobs with one identity in two files are told, and the first is listed", async () => {
  const same = (name: string): string =>
    `import { JobBase } from ${CHECKER};\nexport class ${name} extends JobBase { execute() { return true; } getStateName() { return "same"; } }\n`;
  const root = await projectWith({
    ...BASE,
    "jobs/EmailChecker.ts": EMAIL,
    "jobs/A.ts": same("A"),
    "jobs/B.ts": same("B"),
  });
  const { problems, jobs } = await checkProject(root);
  expect(problems).toEqual([
    "jobs/B: two jobs have the identity same, in A and in B; only the first runs. Pass something that distinguishes them to super(config, …), such as a name.",
  ]);
  expect(jobs.map(({ name }) => name)).toEqual(["A", "EmailChecker"]);
});

test("a project that does not prove its mail is warned", async () => {
  const root = await projectWith({ ...BASE, "jobs/PeerChecker.ts": PEER });
  expect((await checkProject(root)).warnings).toEqual([
    "jobs/EmailChecker is missing: nothing proves that mail arrives, so /status stays at MailProblem.",
  ]);
});

test("what wrangler.toml says of the Worker is told, and a limit of the settings is minded", async () => {
  const root = await projectWith({
    ...BASE,
    "wrangler.toml": WRANGLER.replace("* * * * *", "*/10 * * * *")
      .replace(`"2026-11-17"`, `"2026-11-18"`)
      .replace("global_fetch_strictly_public", "nodejs_compat"),
    "jobs/EmailChecker.ts": EMAIL,
  });
  const check = () => checkProject(root, { nowMs: Date.parse("2026-11-17T23:59:59Z") });
  expect(await check()).toMatchObject({
    problems: [
      expect.stringMatching(/^wrangler\.toml \[triggers\]: crons = \["\*\/10 \* \* \* \*"\] does not fire/),
    ],
    warnings: [
      expect.stringMatching(/^wrangler\.toml: compatibility_date = "2026-11-18" is still to come;/),
      expect.stringMatching(/^wrangler\.toml: compatibility_flags = \["nodejs_compat"\] lacks/),
    ],
    notes: [],
  });
  await writeFile(join(root, ".dev.vars"), "STALE_AFTER_SECONDS=900\n");
  expect(await check()).toMatchObject({
    problems: [],
    notes: [expect.stringMatching(/^wrangler\.toml \[triggers\]: crons/)],
  });
});

test("a peer's address without /status is a note, and keeps nothing from running", async () => {
  const root = await projectWith({
    ...BASE,
    "wrangler.toml": WRANGLER.replace("peer.net/status", "peer.net/"),
    "jobs/EmailChecker.ts": EMAIL,
  });
  expect(await checkProject(root)).toMatchObject({
    problems: [],
    warnings: [],
    notes: [
      `PEERS: https://peer.net/ does not end in /status, where a Checker answers its peers. Hint: unless that is meant, url = "https://peer.net/status"`,
    ],
  });
});
