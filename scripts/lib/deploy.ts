import { stripVTControlCharacters } from "node:util";
import { oneLine } from "../../src/core/text.ts";
import { asRecord, databaseOf, type Config } from "./read-config.ts";

/** wrangler as a command. */
export interface Wrangler {
  /** Runs it in front of the person, who may be asked something. Gives its exit code. */
  show(...args: readonly string[]): number;
  /** Runs it in front of the person and lets it ask nothing: it takes every question for a yes. */
  showUnasked(...args: readonly string[]): number;
  /** Runs it unseen. */
  read(...args: readonly string[]): { readonly code: number; readonly out: string; readonly err: string };
}

/** Whether the account has the database that DB is bound to, and why that is not known. */
export type DatabaseState =
  | { readonly kind: "exists" }
  | { readonly kind: "missing" }
  | { readonly kind: "unclear"; readonly why: string; readonly fix: string };

/**
 * Deploys the Worker and brings its tables up to date, in the order in which code and tables always fit:
 * old code bears new tables, as migrations only add, but new code needs them. Only where there is no
 * database yet the deploy comes first, as it is what creates the database. Where that is not known nothing is deployed.
 *
 * @param print shows a line to the person
 * @returns the exit code: 0, that of the wrangler command that failed, or 1 where nothing was tried
 */
export function deploy(wrangler: Wrangler, config: Config, print: (text: string) => void): number {
  const deployWorker = (): number => wrangler.show("deploy");
  // A person who says no would end it with 0, like a success, and new code would meet old tables.
  const migrate = (): number => wrangler.showUnasked("d1", "migrations", "apply", "DB", "--remote");
  const state = databaseState(wrangler, config);
  print(plan(state));
  if (state.kind === "unclear") return 1;
  if (state.kind === "exists") {
    const migrated = migrate();
    if (migrated !== 0) {
      print(`The tables are not up to date, so nothing was deployed: the Worker runs as before. ${AGAIN}`);
      return migrated;
    }
    const deployed = deployWorker();
    if (deployed !== 0) {
      print(`The tables are up to date, but the Worker was not deployed: it runs as before. ${AGAIN}`);
    }
    return deployed;
  }
  const deployed = deployWorker();
  if (deployed !== 0) {
    print(`The Worker was not deployed. ${AGAIN}`);
    return deployed;
  }
  const migrated = migrate();
  if (migrated !== 0) {
    print(
      `The Worker is deployed, but its tables are not up to date: ticks may fail until they are. ${AGAIN}`,
    );
  }
  return migrated;
}

const AGAIN = "Mend what wrangler says above, and try again.";

function plan(state: DatabaseState): string {
  switch (state.kind) {
    case "exists":
      return "The database exists: its tables are brought up to date, then the Worker is deployed.";
    case "missing":
      return "There is no database yet: the deploy creates it, then its tables are made.";
    case "unclear":
      return `Whether there is a database is not known (${state.why}), so nothing was deployed: new code may not meet old tables. ${state.fix}`;
  }
}

/**
 * Looks for the database in the list of all: it is told as JSON, and says no as clearly as yes. `d1 info`
 * fails alike for a database that is not there and for a token that may not read its statistics.
 */
export function databaseState(wrangler: Pick<Wrangler, "read">, config: Config): DatabaseState {
  const { database_id: id, database_name: name } = databaseOf(config) ?? {};
  if (typeof id !== "string" && typeof name !== "string") {
    const why = "wrangler.toml gives it neither database_name nor database_id";
    return { kind: "unclear", why, fix: 'Give the database of DB a database_name, such as "checker".' };
  }
  let databases = listDatabases(wrangler);
  // A network fails for a moment now and then.
  if (typeof databases === "string") databases = listDatabases(wrangler);
  if (typeof databases === "string") {
    const fix = "See what wrangler d1 list --json says, such as after npx wrangler login, and try again.";
    return { kind: "unclear", why: databases, fix };
  }
  if (typeof id === "string") {
    if (databases.some((database) => database["uuid"] === id)) return { kind: "exists" };
    const why = `the account has none with database_id = "${id}" of wrangler.toml`;
    return { kind: "unclear", why, fix: "Correct database_id, or leave it out to have a database made." };
  }
  return { kind: databases.some((database) => database["name"] === name) ? "exists" : "missing" };
}

/** All of the account, or why they cannot be had. */
function listDatabases(wrangler: Pick<Wrangler, "read">): readonly Config[] | string {
  const { code, out, err } = wrangler.read("d1", "list", "--json");
  if (code !== 0) return `wrangler d1 list: ${errorLine(err, code)}`;
  return parseList(out) ?? "wrangler d1 list gave no list";
}

/** Null for anything that is not a list of databases. */
function parseList(text: string): readonly Config[] | null {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return null;
    const databases = list.map(asRecord);
    const whole = databases.every(({ uuid, name }) => typeof uuid === "string" && typeof name === "string");
    return whole ? databases : null;
  } catch {
    return null;
  }
}

/** `✘ [ERROR] Not logged in.` without what is around it. */
export function errorLine(err: string, code: number): string {
  const [, text] = /\[ERROR\]\s*(.*)/.exec(stripVTControlCharacters(err)) ?? [];
  return text === undefined || text.trim() === "" ? `exit code ${code}` : oneLine(text, 200);
}
