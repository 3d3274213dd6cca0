/** Which jobs a deployed Worker has, or the one of npm start, as its database knows them. */
import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { parseSeries } from "../../src/storage/d1/history/rows.ts";
import { ParseProblem } from "../../src/storage/d1/rows.ts";
import { ExportFailure, NoDatabase, type Database } from "../export/database.ts";
import { openLocalDatabase } from "../export/local-database.ts";
import { remoteDatabase } from "../export/remote-database.ts";
import { databaseState, type Wrangler } from "../lib/deploy.ts";
import type { Config } from "../lib/read-config.ts";
import type { DeployedJob } from "./job-changes.ts";
import type { DiffOption } from "./options.ts";

export type DeployedJobs =
  | {
      readonly state: "read";
      readonly jobs: readonly DeployedJob[];
      /** Rows that are none of Checker's. */
      readonly damaged: number;
    }
  /** Nothing was deployed or started yet. */
  | { readonly state: "noDatabase" }
  /** The Worker that is deployed is older than the table, or its tables were not made. */
  | { readonly state: "noTable" }
  | { readonly state: "unreadable"; readonly why: string };

/** How long it may take to list the databases, ms: a network that swallows everything must not hold it up. */
const LIST_LIMIT_MS = 60_000;
/** Rows of one answer. A row has up to a thousand characters. */
const PAGE_ROWS = 2_000;

const TABLE = `SELECT count(*) AS there FROM sqlite_schema WHERE type = 'table' AND name = 'series'`;

/** A job is there as long as its row of `series` has no end. */
function page(afterId: number): string {
  return `SELECT * FROM series WHERE id > ${afterId} AND id <= ${Number.MAX_SAFE_INTEGER} AND to_at IS NULL
    ORDER BY id LIMIT ${PAGE_ROWS}`;
}

/** @param config null where wrangler.toml cannot be read */
export async function readDeployedJobs(
  root: string,
  config: Config | null,
  option: DiffOption,
): Promise<DeployedJobs> {
  try {
    if (option.from === "local") {
      return await readAll(openLocalDatabase(resolve(root, option.state), option.state));
    }
    if (config === null) return unreadable("wrangler.toml says which database is meant");
    // A failed query would not tell a database that is not there from one that cannot be reached.
    const found = databaseState({ read: (...args) => runWrangler(root, args) }, config);
    if (found.kind === "missing") return { state: "noDatabase" };
    if (found.kind === "unclear") return unreadable(found.why);
    return await readAll(remoteDatabase(root));
  } catch (error) {
    if (error instanceof NoDatabase) return { state: "noDatabase" };
    if (error instanceof ExportFailure) return unreadable(error.message);
    throw error;
  }
}

/** As part of a sentence. */
function unreadable(why: string): DeployedJobs {
  return { state: "unreadable", why: why.replace(/\.$/, "") };
}

/** @throws ExportFailure */
export async function readAll(database: Database): Promise<DeployedJobs> {
  try {
    const [table] = await database.query(TABLE);
    if (table?.["there"] !== 1) return { state: "noTable" };
    // One job has one such row, unless rows were damaged: then the newest counts, as it does for the Worker.
    const jobs = new Map<string, DeployedJob>();
    let damaged = 0;
    let afterId = -1;
    for (;;) {
      const rows = await database.query(page(afterId));
      for (const row of rows) {
        const series = parseSeries(row);
        if (series instanceof ParseProblem) damaged++;
        else
          jobs.set(series.jobKey, { jobKey: series.jobKey, name: series.name, frequency: series.frequency });
      }
      afterId = Number(rows.at(-1)?.["id"]);
      if (rows.length < PAGE_ROWS) return { state: "read", jobs: [...jobs.values()], damaged };
    }
  } finally {
    database.close();
  }
}

function runWrangler(root: string, args: readonly string[]): ReturnType<Wrangler["read"]> {
  const { status, stdout, stderr, error } = spawnSync("wrangler", args, {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
    encoding: "utf8",
    timeout: LIST_LIMIT_MS,
  });
  const why = error === undefined ? "" : `[ERROR] wrangler could not be run: ${error.message}`;
  return { code: status ?? 1, out: stdout ?? "", err: error === undefined ? stderr : why };
}
