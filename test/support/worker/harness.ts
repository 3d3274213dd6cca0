/** Real Workers in real workerd with D1, mail and cron events, for a test to drive. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createTestHarness, type TestHarness, type TestHarnessOptions } from "wrangler";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { EMPTY, remake, templateOf, type DatabaseTemplate } from "../d1/template.ts";
import { createMailbox, type Mailbox } from "../mail/mailbox.ts";
import { remoteD1 } from "../d1/remote.ts";
import { COMPATIBILITY } from "./prober.ts";

export interface WorkerSpec {
  /** Also its SERVER_NAME, and the name of its address. */
  readonly name: string;
  /** Added to the settings that every Worker here has. */
  readonly vars: Readonly<Record<string, unknown>>;
  /** Default true: its database has its tables. */
  readonly migrated?: boolean;
  /** Default false: every tick is one invocation. Only for the Worker that a test steers. */
  readonly runners?: boolean;
  /** Default false: the pages' style, script and icons are not there. */
  readonly assets?: boolean;
  /** Default false: nobody but the Worker itself counts who tries to sign in. */
  readonly signIns?: boolean;
  /** Default: the Worker that a test steers. Relative to the project. */
  readonly main?: string;
}

export interface Reception {
  readonly outcome: string;
  readonly rejectReason?: string;
  readonly forwards: readonly unknown[];
  readonly replies: readonly unknown[];
}

type Row = Readonly<Record<string, string | number | null>>;

/** One Worker. */
export interface Checker {
  readonly name: string;
  readonly address: string;
  readonly db: D1Database;
  /** One cron event; rejects when the Worker's handler does. */
  tick(scheduledAtMs: number): Promise<void>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** The word at /status. */
  status(): Promise<string>;
  /** Mail that comes in. */
  receive(raw: string, from?: string): Promise<Reception>;
  sql(query: string, ...values: readonly (string | number | null)[]): Promise<readonly Row[]>;
  /** Unix ms, as this Worker's clock has it: the newest event's time and what has passed since. */
  now(): number;
  /** Makes the database new, the clock, and what the Worker remembers. */
  reset(): Promise<void>;
}

export interface Harness {
  /** Where the first Worker is reached over real HTTP. */
  readonly url: string;
  readonly checkers: readonly Checker[];
  readonly mailbox: Mailbox;
  /** What the Workers wrote to their logs. */
  logs(): string;
  close(): Promise<void>;
}

export async function startHarness(...specs: readonly WorkerSpec[]): Promise<Harness> {
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  // Otherwise it prints a line for every mail.
  process.env["WRANGLER_LOG"] ??= "none";
  // A folder of its own: no .dev.vars of the developer, and nothing left behind in the project.
  const root = await mkdtemp(join(tmpdir(), "checker-worker-"));
  const server = createTestHarness({ root, workers: specs.map(configOf) });
  const { url } = await server.listen();
  const checkers = specs.map((spec) => checkerOf(server, spec));
  for (const checker of checkers) await checker.reset();
  return {
    url: url.href,
    checkers,
    mailbox: createMailbox(async (path) => (await server.fetch(path)).text()),
    logs: () => (server.getLogs() as Log[]).map(({ message }) => message).join("\n"),
    async close() {
      await server.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

/** wrangler's own type comes from a package of which not all is published. */
type Log = { readonly message: string };
type WorkerInput = TestHarnessOptions["workers"][number];

function configOf({
  name,
  vars,
  runners = false,
  assets = false,
  signIns = false,
  main = "test/support/worker/main.ts",
}: WorkerSpec): WorkerInput {
  const config = {
    name,
    main: join(projectRoot, main),
    compatibility_date: COMPATIBILITY.date,
    compatibility_flags: [...COMPATIBILITY.flags],
    vars: {
      SERVER_NAME: name,
      // Tests leap from one time to the next, and fail many things at once. Those that are about this say so.
      GAP_ALERT_AFTER_SECONDS: 86_400,
      MAX_MAILS_PER_HOUR: 1_000,
      PLAN: "paid",
      FLAPPING_CHANGES: 0,
      REFERENCE_TARGETS: [],
      ALERT_CONTACT: "admin@example.org",
      MAIL_FROM: addressOf(name),
      ...vars,
    },
    d1_databases: [
      {
        binding: "DB",
        database_name: name,
        database_id: name,
        migrations_dir: join(projectRoot, "migrations"),
      },
    ],
    send_email: [{ name: "EMAIL" }],
    ...(runners && {
      durable_objects: { bindings: [{ name: "RUNNERS", class_name: "Runner" }] },
      migrations: [{ tag: "v1", new_sqlite_classes: ["Runner"] }],
    }),
    ...(assets && { assets: { directory: join(projectRoot, "public") } }),
    ...(signIns && {
      ratelimits: [{ name: "SIGN_INS", namespace_id: "1001", simple: { limit: 10, period: 60 } }],
    }),
  };
  return { config };
}

function addressOf(name: string): string {
  return `${name}@checker.example`;
}

function checkerOf(server: TestHarness, { name, migrated = true }: WorkerSpec): Checker {
  const worker = server.getWorker(name);
  const db = remoteD1(async (path, body) => (await worker.fetch(path, { method: "POST", body })).text());
  let template: DatabaseTemplate | null = migrated ? null : EMPTY;
  let offsetMs: number | null = null;
  const checker: Checker = {
    now: () => Date.now() + (offsetMs ?? 0),
    name,
    db,
    address: addressOf(name),
    async tick(scheduledAtMs) {
      offsetMs = Math.max(offsetMs ?? -Infinity, scheduledAtMs - Date.now());
      const { outcome } = await worker.scheduled({ cron: "", scheduledTime: new Date(scheduledAtMs) });
      if (outcome !== "ok") throw new Error(`the tick ended with ${outcome}`);
    },
    fetch: async (path, init) => (await worker.fetch(path, init as object)) as unknown as Response,
    async status() {
      const response = await worker.fetch("/status");
      return response.status === 200 ? response.text() : `error ${response.status}`;
    },
    receive: (raw, from = "someone@example.net") => worker.email({ from, to: addressOf(name), raw }),
    async sql(query, ...values) {
      const { results } = await db
        .prepare(query)
        .bind(...values)
        .all<Row>();
      return results;
    },
    async reset() {
      offsetMs = null;
      await worker.fetch("/test/new");
      await remake(db, template ?? EMPTY);
      if (template !== null) return;
      await worker.applyD1Migrations("DB");
      template = await templateOf(db);
    },
  };
  return checker;
}
