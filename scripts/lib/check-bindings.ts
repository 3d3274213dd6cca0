import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { Settings } from "../../src/core/settings.ts";
import { findings, mergeFindings, type Findings } from "./findings.ts";
import { asRecords, databaseOf, DEFAULT_MIGRATIONS, errorCode, texts, type Config } from "./read-config.ts";

const DATABASES = "wrangler.toml [[d1_databases]]";
const MAIL = "wrangler.toml [[send_email]]";
/** The name of the database, and of the Worker, as they ship. */
const SHIPPED_NAME = "checker";

/**
 * The bindings by which the Worker finds its database and its mail. wrangler bundles and deploys without
 * them; every tick fails then.
 *
 * @param settings null when they are not valid
 */
export async function checkBindings(
  config: Config,
  root: string,
  settings: Settings | null,
): Promise<Findings> {
  return mergeFindings([
    await checkDatabase(config, root),
    sharedName(config),
    settings?.noMail === true ? findings({}) : checkMail(config["send_email"], settings),
    checkRunners(config),
  ]);
}

async function checkDatabase(config: Config, root: string): Promise<Findings> {
  const problem = (text: string): Findings => findings({ problems: [`${DATABASES}: ${text}`] });
  const hint = `Hint: [[d1_databases]] with binding = "DB", database_name = "checker", migrations_dir = "migrations"`;
  const database = databaseOf(config);
  if (database === undefined) {
    return problem(
      `${missing(config["d1_databases"], "binding", "DB")}, so the Worker has no database and every tick fails. ${hint}`,
    );
  }
  const folder = database["migrations_dir"] ?? DEFAULT_MIGRATIONS;
  const value = `migrations_dir = ${JSON.stringify(folder)}`;
  if (typeof folder !== "string") return problem(`${value} is not a text. ${hint}`);
  try {
    const files = await readdir(join(root, folder));
    if (files.some((name) => name.endsWith(".sql"))) return findings({});
    return problem(
      `${value} holds no .sql file, so the database gets no tables and every tick fails. ${hint}`,
    );
  } catch (error) {
    return problem(
      `${value} is no folder of this project (${errorCode(error)}), so the database gets no tables and every tick fails. ${hint}`,
    );
  }
}

/** wrangler binds what is there under a name: a second Checker of an account would write into the first one's tables. */
function sharedName(config: Config): Findings {
  const { name } = config;
  const { database_name: databaseName, database_id: id } = databaseOf(config) ?? {};
  const isRenamed = typeof name === "string" && name !== SHIPPED_NAME;
  if (!isRenamed || databaseName !== SHIPPED_NAME || id !== undefined) return findings({});
  return findings({
    notes: [
      `${DATABASES}: database_name = "${SHIPPED_NAME}" is what another Checker of the same account has as well, and they would share its tables. Hint: database_name = ${JSON.stringify(name)}; once it is deployed, leave it as it is, as another name is another database`,
    ],
  });
}

/** Without them Checker works on, within the limits of one invocation. */
function checkRunners(config: Config): Findings {
  const objects = asRecords([config["durable_objects"]])[0];
  if (find(objects?.["bindings"], "name", "RUNNERS") !== undefined) return findings({});
  return findings({
    notes: [
      `wrangler.toml [[durable_objects.bindings]]: no name is "RUNNERS", so every tick is one invocation, with six connections and the plan's limits of one. Hint: [[durable_objects.bindings]] with name = "RUNNERS", class_name = "Runner", and [[migrations]] with tag = "v1", new_sqlite_classes = ["Runner"]`,
    ],
  });
}

function checkMail(bindings: unknown, settings: Settings | null): Findings {
  const binding = find(bindings, "name", "EMAIL");
  if (binding === undefined) {
    return findings({
      problems: [
        `${MAIL}: ${missing(bindings, "name", "EMAIL")}, so no mail can be sent. Hint: [[send_email]] with name = "EMAIL"`,
      ],
    });
  }
  return settings === null ? findings({}) : mergeFindings(limits(binding, settings));
}

/** A binding may be limited to some addresses; Checker mails more than the alert contacts. */
function limits(binding: Config, settings: Settings): Findings[] {
  const { alertContacts, mailLoopbackTo, mailFrom, peers } = settings;
  const recipients = [...alertContacts, mailLoopbackTo, ...peers.map(({ admin }) => admin)];
  const limit = (key: string, allowed: readonly string[], wanted: readonly string[]): Findings => {
    const left = [...new Set(wanted)].filter((address) => !allowed.includes(address));
    if (left.length === 0) return findings({});
    return findings({
      problems: [
        `${MAIL}: ${key} = ${JSON.stringify(binding[key])} of EMAIL leaves out ${left.join(", ")}, which the settings name. Hint: add what is left out, or remove ${key}`,
      ],
    });
  };
  const one = binding["destination_address"];
  const many = binding["allowed_destination_addresses"];
  const senders = binding["allowed_sender_addresses"];
  return [
    ...(typeof one === "string" ? [limit("destination_address", [one], recipients)] : []),
    ...(Array.isArray(many) ? [limit("allowed_destination_addresses", texts(many), recipients)] : []),
    ...(Array.isArray(senders) ? [limit("allowed_sender_addresses", texts(senders), [mailFrom])] : []),
  ];
}

function find(tables: unknown, key: string, wanted: string): Config | undefined {
  return asRecords(tables).find((table) => table[key] === wanted);
}

/** What is there instead, for somebody who has renamed it. */
function missing(tables: unknown, key: string, wanted: string): string {
  const names = texts(asRecords(tables).map((table) => table[key]));
  return `no ${key} is "${wanted}"${names.length === 0 ? "" : ` (there is ${JSON.stringify(names)})`}`;
}
