import { chmod, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { commandIn, project, type Ended } from "./command.ts";

const WRANGLER_TOML = await readFile(join(import.meta.dirname, "../../wrangler.toml"), "utf8");
/** What ships, with addresses that a deploy does not refuse. */
const OWN = WRANGLER_TOML.replace("admin@example.com", "admin@mine.net").replace(
  "checker@example.com",
  "checker@mine.net",
);

interface Faked extends Ended {
  /** wrangler's command lines, in order. */
  readonly calls: readonly string[];
}

/**
 * Runs `npm run deploy` with a wrangler that only writes down how it was called.
 *
 * @param answers what it does for a command line, as shell; nothing by default
 */
async function deploy(
  args: readonly string[] = [],
  answers: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<Faked> {
  const copy = await project({ "wrangler.toml": OWN, ...files });
  const bin = join(copy, "fake-bin");
  const log = join(copy, "calls.txt");
  const cases = Object.entries(answers).map(([line, shell]) => `"${line}") ${shell} ;;\n`);
  await mkdir(bin);
  await writeFile(log, "");
  await writeFile(
    join(bin, "wrangler"),
    `#!/bin/sh\necho "$*" >> ${log}\ncase "$*" in\n${cases.join("")}esac\n`,
  );
  await chmod(join(bin, "wrangler"), 0o755);
  const ended = await commandIn({ bin, env, input: "no\n" }, copy, "deploy", ...args);
  return { ...ended, calls: (await readFile(log, "utf8")).split("\n").slice(0, -1) };
}

const LIST = "d1 list --json";
const MIGRATE = "d1 migrations apply DB --remote";
const EXISTING = { [LIST]: `echo '[{"uuid":"1","name":"checker"}]'` };

describe("npm run deploy", () => {
  test("brings the tables of a database that exists up to date, and deploys", async () => {
    expect(await deploy([], EXISTING)).toEqual({
      code: 0,
      calls: [LIST, MIGRATE, "deploy"],
      out: "The database exists: its tables are brought up to date, then the Worker is deployed.\n",
      err: "",
    });
  });

  test("deploys first where that creates the database", async () => {
    expect(await deploy([], { [LIST]: "echo '[]'" })).toMatchObject({
      code: 0,
      calls: [LIST, "deploy", MIGRATE],
      out: "There is no database yet: the deploy creates it, then its tables are made.\n",
    });
  });

  test("deploys nothing where wrangler cannot list the databases, twice", async () => {
    const answers = { [LIST]: "echo '[ERROR] Not logged in.' >&2; exit 1" };
    expect(await deploy([], answers)).toMatchObject({
      code: 1,
      calls: [LIST, LIST],
      out: "Whether there is a database is not known (wrangler d1 list: Not logged in.), so nothing was deployed: new code may not meet old tables. See what wrangler d1 list --json says, such as after npx wrangler login, and try again.\n",
      err: "",
    });
  });

  test("applies migrations without asking: a no would pass for a success", async () => {
    const answers = {
      ...EXISTING,
      [MIGRATE]: "if read answer; then exit 9; fi",
      deploy: `read answer; echo "$answer"`,
    };
    const { code, out } = await deploy([], answers);
    expect(code).toBe(0);
    expect(out).toMatch(/\nno\n$/);
  });

  test("deploys nothing and ends with wrangler's code when migrations fail", async () => {
    expect(await deploy([], { ...EXISTING, [MIGRATE]: "exit 4" })).toMatchObject({
      code: 4,
      calls: [LIST, MIGRATE],
    });
  });

  test("deploys nothing when the check finds something", async () => {
    const notDeployed = { ".dev.vars": "ALERT_CONTACT=me@mine.net\nMAIL_FROM=me@mine.net\n" };
    expect(await deploy([], {}, { ...notDeployed, "wrangler.toml": WRANGLER_TOML })).toEqual({
      code: 1,
      calls: [],
      out: "",
      err: [
        "problem: ALERT_CONTACT is still the example admin@example.com: good for npm start, but reaches nobody.",
        "problem: MAIL_FROM is still the example checker@example.com: good for npm start, but reaches nobody.",
        "Nothing was deployed. Mend what is named above, and try again.",
        "",
      ].join("\n"),
    });
  });

  test("tells what is worth knowing and deploys all the same", async () => {
    const toml = OWN.replace(/^crons = .*$/m, `crons = ["* * * * *", "0 * * * *"]`);
    const { code, out } = await deploy([], EXISTING, { "wrangler.toml": toml });
    expect(out).toMatch(/^note: wrangler\.toml \[triggers\]: "\* \* \* \* \*" and "0 \* \* \* \*" fire/);
    expect(code).toBe(0);
  });

  test("only bundles and validates with --dry-run", async () => {
    expect(await deploy(["--dry-run"], { "deploy --dry-run": "echo bundled" })).toEqual({
      code: 0,
      calls: ["deploy --dry-run"],
      out: "bundled\nNothing was deployed: this was a dry run.\n",
      err: "",
    });
    expect(await deploy(["--dry-run"], { "deploy --dry-run": "exit 1" })).toMatchObject({
      code: 1,
      out: "Nothing was deployed.\n",
    });
  });

  test("does not take an option that npm kept for itself for a real deploy", async () => {
    const copy = await project({ "wrangler.toml": OWN });
    expect(await commandIn({ env: { npm_config_dry_run: "true" } }, copy, "deploy")).toEqual({
      code: 2,
      out: "",
      err: "npm kept --dry-run for itself; put -- before it: npm run deploy -- --dry-run\nTry: npm run deploy -- --help\n",
    });
  });

  test("refuses arguments that it does not know", async () => {
    expect(await deploy(["production"])).toEqual({
      code: 2,
      calls: [],
      out: "",
      err: "Unexpected argument 'production'. This command does not take positional arguments\nTry: npm run deploy -- --help\n",
    });
  });
});

/** The part of Cloudflare's API that knows one database, and the statements that reached it. */
async function fakeApi(databases: readonly { readonly uuid: string; readonly name: string }[]) {
  const statements: string[] = [];
  const answer = (path: string, body: string): unknown => {
    if (path.endsWith("/d1/database")) return databases;
    if (path.endsWith("/query")) {
      statements.push((JSON.parse(body) as { readonly sql: string }).sql);
      return [{ results: [], success: true, meta: { duration: 1 } }];
    }
    return databases.find(({ name }) => path.endsWith(`/d1/database/${name}`)) ?? null;
  };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => (body += part));
    request.on("end", () => {
      const result = answer((request.url ?? "").replace(/\?.*/, ""), body);
      const errors = result === null ? [{ code: 7404, message: "not found" }] : [];
      response.statusCode = result === null ? 404 : 200;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ success: result !== null, errors, messages: [], result }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const env = {
    CLOUDFLARE_API_BASE_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    CLOUDFLARE_API_TOKEN: "a-token-of-the-test",
    CLOUDFLARE_ACCOUNT_ID: "0123456789abcdef0123456789abcdef",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
    WRANGLER_HIDE_BANNER: "true",
  };
  return { env, statements };
}

// wrangler itself against an API of ours: what it prints and how it looks for a database is its own choice.
describe("npm run deploy with wrangler's own d1 commands", { timeout: 120_000 }, () => {
  const REAL = `exec node ${join(import.meta.dirname, "../../node_modules/wrangler/bin/wrangler.js")} "$@"`;
  const answers = { [LIST]: REAL, [MIGRATE]: REAL };

  test("applies every migration to the database that is there, and then deploys", async () => {
    const { env, statements } = await fakeApi([
      { uuid: "id-1", name: "other" },
      { uuid: "id-2", name: "checker" },
    ]);
    const { code, calls, err } = await deploy([], answers, {}, env);
    expect(err).toBe("");
    expect(calls).toEqual([LIST, MIGRATE, "deploy"]);
    expect(code).toBe(0);
    const files = await readdir(join(import.meta.dirname, "../../migrations"));
    const migrations = files.filter((name) => name.endsWith(".sql"));
    const applied = migrations.filter((name) => statements.some((sql) => sql.includes(`'${name}'`)));
    expect(applied).toEqual(migrations);
  });

  test("deploys first where wrangler's list does not hold it", async () => {
    const { env, statements } = await fakeApi([{ uuid: "id-1", name: "other" }]);
    const { code, calls, out } = await deploy([], answers, {}, env);
    expect(calls).toEqual([LIST, "deploy", MIGRATE]);
    // As nothing was deployed in truth, there is none to be migrated then.
    expect(statements).toEqual([]);
    expect(out).toContain(
      "The Worker is deployed, but its tables are not up to date: ticks may fail until they are. Mend what wrangler says above, and try again.",
    );
    expect(code).toBe(1);
  });
});
