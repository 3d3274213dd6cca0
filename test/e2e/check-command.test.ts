/** The options of `npm run check` whose work needs a process: standard output, and wrangler. */
import { chmod, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { laneWith } from "../support/fakes/history.ts";
import { HistoryFile } from "../scripts/export/history-file.ts";
import { command, commandIn, project, servers, type Ended } from "./command.ts";

const T0 = Date.parse("2026-11-23T10:00:00Z");
const PEERS = `PEERS='[{"url": "https://peer.net/status", "admin": "admin@peer.net"}]'\n`;
const LIST = "d1 list --json";
const EXISTING = `echo '[{"uuid":"1","name":"checker"}]'`;

/** Two jobs as a tick has recorded them. */
function recorded(): HistoryFile {
  const file = new HistoryFile();
  file.write(laneWith(1, ["EmailChecker", 'Web["https://a.net/"]'], T0));
  file.run(`UPDATE series SET name = 'EmailChecker' WHERE job = 'EmailChecker'`);
  file.run(`UPDATE series SET name = 'Web https://a.net/' WHERE job <> 'EmailChecker'`);
  return file;
}

/** `npm run check` with a wrangler that lists databases as `list` says, and reads those of `file`. */
async function withWrangler(list: string, file: HistoryFile, ...args: readonly string[]) {
  // What .dev.vars says is not deployed.
  const copy = await project({ ".dev.vars": PEERS, "jobs/Web.ts": servers("Web", "https://b.net/") });
  const [bin, log, script] = ["fake-bin", "calls.txt", "answer.mjs"].map((name) => join(copy, name)) as [
    string,
    string,
    string,
  ];
  await mkdir(bin);
  await writeFile(
    script,
    `import { DatabaseSync } from "node:sqlite";
     const results = new DatabaseSync(${JSON.stringify(file.path)}).prepare(process.argv.at(-1)).all();
     console.log(JSON.stringify([{ results, success: true }]));`,
  );
  await writeFile(
    join(bin, "wrangler"),
    `#!/bin/sh\necho "$*" >> ${log}\ncase "$*" in "${LIST}") ${list} ;; *) exec node ${script} "$@" ;; esac\n`,
  );
  await chmod(join(bin, "wrangler"), 0o755);
  const ended = await commandIn({ bin }, copy, "check", ...args);
  return { ...ended, calls: (await readFile(log, "utf8")).split("\n").slice(0, -1) };
}

const parsed = ({ out }: Pick<Ended, "out">): unknown => JSON.parse(out);

describe("npm run check -- --json", () => {
  test("is one document, whatever the jobs print", async () => {
    const noise = `console.log("from a job");\nprocess.stdout.write("and more");\nsetTimeout(() => console.log("late"), 50);\n`;
    const windows = `  override maintenance() { return [
    { from: "2100-01-01T22:00", until: "2100-01-02T01:00", timeZone: "Europe/Zurich" },
    { from: "2000-01-01T22:00", until: "2000-01-02T01:00" },
  ]; }
}`;
    const web = servers("Web", "https://a.net/").replace(/\}\n$/, windows);
    const copy = await project({ "jobs/Web.ts": `${noise}${web}` });
    const ended = await command(copy, "check", "--json");
    expect(ended).toMatchObject({ code: 0, err: expect.stringContaining("from a job\nand more") as string });
    expect(parsed(ended)).toEqual({
      ok: true,
      deploy: false,
      settingsProblems: [],
      workerProblems: [],
      jobErrors: [],
      warnings: [
        "ALERT_CONTACT is still the example admin@example.com: good for npm start, but reaches nobody.",
        "MAIL_FROM is still the example checker@example.com: good for npm start, but reaches nobody.",
      ],
      notes: [],
      jobs: [
        {
          jobKey: "EmailChecker",
          name: "EmailChecker",
          file: "jobs/EmailChecker.ts",
          frequency: "MINUTE",
          policy: { notifyOnFailureEvery: "EVERYHOUR", numberFailuresBeforeNotification: 1 },
          maintenance: [],
        },
        {
          jobKey: 'Web["https://a.net/"]',
          name: "Web https://a.net/",
          file: "jobs/Web.ts",
          frequency: "MINUTE",
          policy: { notifyOnFailureEvery: "ONSTATECHANGE", numberFailuresBeforeNotification: 2 },
          maintenance: [{ from: "2100-01-01T21:00:00.000Z", until: "2100-01-02T00:00:00.000Z" }, null],
        },
      ],
      crons: ["1-59 * * * *", "0 1-11,13-23 * * *", "0 0 * * *", "0 12 * * *"],
      projection: {
        plan: "free",
        assumedAnswerMs: 300,
        limits: expect.arrayContaining([
          {
            name: "D1 rows written",
            per: "day",
            unit: "",
            used: 10_130,
            most: 100_000,
            share: 0.1013,
          },
        ]) as unknown,
      },
      diff: null,
    });
  });

  test("tells apart what is wrong with settings, Worker and jobs, and ends with 1", async () => {
    const copy = await project({
      ".dev.vars": "PLAN=cheap\n",
      "jobs/Torn.ts": "export class Torn {",
      "jobs/Web.ts": servers("Web", "ftp://a.net/", "nowhere"),
    });
    const wrangler = await readFile(join(copy, "wrangler.toml"), "utf8");
    await writeFile(join(copy, "wrangler.toml"), wrangler.replace(/^crons = .*$/m, "crons = []"));
    const ended = await command(copy, "check", "--json");
    expect(ended).toMatchObject({ code: 1, err: "" });
    expect(parsed(ended)).toMatchObject({
      ok: false,
      settingsProblems: [
        `.dev.vars: PLAN = "cheap" is not a plan. Hint: "free" or "paid", as your account's Workers plan`,
      ],
      workerProblems: [
        `wrangler.toml [triggers]: crons = [] fires nothing: no job runs, and /status says JobProblem. Hint: crons = ["1-59 * * * *", "0 1-11,13-23 * * *", "0 0 * * *", "0 12 * * *"], or crons = ["* * * * *"], which does the same`,
      ],
      jobErrors: [
        {
          file: "jobs/Torn.ts",
          problems: [
            "jobs/Torn.ts does not compile: line 1, column 20: Expected identifier but found end of file",
          ],
        },
        {
          file: "jobs/Web.ts",
          problems: [
            `jobs/Web: entry 1: "ftp://a.net/" does not begin with https:// or http://; write it like https://example.com/; entry 2: "nowhere" does not begin with https:// or http://; write it like https://example.com/`,
          ],
        },
      ],
      projection: null,
    });
  });

  test("is not ok before a deploy that warnings keep back", async () => {
    const ended = await command(await project(), "check", "--json", "--deploy");
    expect(ended.code).toBe(1);
    expect(parsed(ended)).toMatchObject({ ok: false, deploy: true, settingsProblems: [] });
  });
});

describe("npm run check -- --diff", () => {
  test("compares with the deployed Worker's database, and ends with 0", async () => {
    const { calls, code, out, err } = await withWrangler(EXISTING, recorded(), "--diff");
    expect([code, err]).toEqual([0, ""]);
    expect(calls).toEqual([
      LIST,
      expect.stringMatching(/^d1 execute DB --remote --json --command SELECT count/),
      expect.stringMatching(/^d1 execute DB --remote --json --command SELECT \* FROM series /),
    ]);
    expect(out).toContain(`
The next deploy changes these jobs (deployed: 2):
  added    MINUTE    Web https://b.net/
  removed  MINUTE    Web https://a.net/

`);
    expect(out).toContain("note: Web https://a.net/ seems to become Web https://b.net/, ");
  });

  test("goes together with --json", async () => {
    const ended = await withWrangler(EXISTING, recorded(), "--diff", "--json");
    const added = { jobKey: 'Web["https://b.net/"]', name: "Web https://b.net/", frequency: "MINUTE" };
    const removed = { jobKey: 'Web["https://a.net/"]', name: "Web https://a.net/", frequency: "MINUTE" };
    expect(ended.code).toBe(0);
    expect(parsed(ended)).toMatchObject({
      ok: true,
      diff: {
        from: "cloudflare",
        state: "read",
        problem: null,
        changes: {
          added: [added],
          removed: [removed],
          renamed: [],
          moved: [],
          likelyRenames: [{ removed, added }],
          unclear: [],
        },
      },
    });
  });

  test("answers plainly before the first deploy", async () => {
    const { code, out, calls } = await withWrangler("echo '[]'", recorded(), "--diff");
    expect([code, calls]).toEqual([0, [LIST]]);
    expect(out).toContain(
      "\nNothing is deployed yet, as there is no database: the first deploy begins with all jobs that are listed.\n",
    );
  });

  test("fails with the remedy where wrangler does not answer", async () => {
    const list = "echo '✘ [ERROR] Not logged in.' >&2; exit 1";
    const { code, err } = await withWrangler(list, recorded(), "--diff");
    expect([code, err]).toEqual([
      1,
      "problem: --diff: what is deployed cannot be read: wrangler d1 list: Not logged in. Hint: npx wrangler login, and a network; npm run check -- --diff --local compares with npm start instead\n",
    ]);
    const ended = await withWrangler(list, recorded(), "--diff", "--json");
    expect(ended.code).toBe(1);
    expect(parsed(ended)).toMatchObject({ ok: false, diff: { state: "unreadable", changes: null } });
  });

  test("compares with npm start, by the settings of which .dev.vars is a part", async () => {
    const copy = await project({ ".dev.vars": PEERS });
    const { code, out } = await command(copy, "check", "--diff", "--local", "--state", recorded().state);
    expect(code).toBe(0);
    expect(out).toMatch(
      /\nThe next npm start changes these jobs \(in \S+: 2\):\n {2}added {4}HOUR {6}PeerChecker https:\/\/peer\.net\/status\n {2}removed {2}MINUTE {4}Web https:\/\/a\.net\/\n\n/,
    );
  });

  test("knows of no job what becomes of it while the settings are not valid", async () => {
    const copy = await project({ ".dev.vars": "PLAN=cheap\n" });
    const file = new HistoryFile();
    file.write(laneWith(1, ['PeerChecker["https://peer.net/status"]'], T0));
    const { code, out } = await command(copy, "check", "--diff", "--local", "--state", file.state);
    expect(code).toBe(1);
    expect(out).toContain(
      'note: what becomes of name of PeerChecker["https://peer.net/status"] is not known, as their files make no jobs, or not all. Hint: mend what is named as a problem first\n',
    );
    expect(out).not.toContain("removed");
  });
});
