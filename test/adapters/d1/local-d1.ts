/** A real D1 in workerd on this machine, for tests of what is written for it. */
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { createTestHarness } from "wrangler";
import { projectRoot } from "../../../scripts/lib/project.ts";
import { FakeRandom } from "../../support/fakes/ports.ts";
import { remoteD1 } from "../../support/d1/remote.ts";

export type Row = Readonly<Record<string, unknown>>;

export interface LocalD1 {
  readonly db: D1Database;
  /** Makes all tables as the migrations leave them. */
  empty(): Promise<void>;
  sql(query: string, ...values: readonly unknown[]): Promise<readonly Row[]>;
  /** Every row of every table. */
  dump(): Promise<Readonly<Record<string, readonly Row[]>>>;
  /** Applies what is new in the folder of migrations, as wrangler does. */
  migrate(): Promise<void>;
  /** Hands something to the Worker that is bound to it. */
  post(body: unknown): Promise<unknown>;
}

export interface LocalD1Options {
  /** Folder; the project's unless said otherwise. Its tables are there from the start. */
  readonly migrations?: () => string;
  /** Worker that is bound to it and answers with `answerSql`; one that does nothing else unless said otherwise. */
  readonly main?: string;
}

const TABLES = [
  "daily",
  "frequency",
  "gap",
  "heartbeat",
  "hourly",
  "incident",
  "decision",
  "suppression",
  "audit_log",
  "load_error",
  "job_state",
  "retention",
  "block",
  "notified_load_error",
  "message",
  "loopback",
  "recipient",
  "sample",
  "series",
  "instance",
  "status_change",
  "tick",
];

export function useLocalD1({
  migrations = () => join(projectRoot, "migrations"),
  main = "test/support/d1/idle-worker.ts",
}: LocalD1Options = {}): LocalD1 {
  let harness: ReturnType<typeof createTestHarness>;
  const post = async (path: string, body: string): Promise<string> => {
    const response = await harness.getWorker().fetch(path, { method: "POST", body });
    if (response.status !== 200) throw new Error(await response.text());
    return response.text();
  };
  const db = remoteD1(post);

  beforeAll(async () => {
    harness = createTestHarness({
      root: projectRoot,
      workers: [
        {
          config: {
            name: "store",
            main,
            compatibility_date: "2026-11-17",
            d1_databases: [
              {
                binding: "DB",
                database_name: "store",
                database_id: "store",
                migrations_dir: migrations(),
              },
            ],
          },
        },
      ],
    });
    await harness.listen();
    await local.migrate();
  });

  afterAll(() => harness.close());

  const local: LocalD1 = {
    db,
    async empty() {
      const clear = (): Promise<unknown> =>
        db.batch([
          ...TABLES.map((table) => db.prepare(`DELETE FROM ${table}`)),
          db.prepare(
            `INSERT INTO frequency (name, claimed_slot, claimed_at, completed_slot) VALUES
             ('MINUTE', -1, -1, -1), ('HOUR', -1, -1, -1), ('DAY', -1, -1, -1), ('DAY_NOON', -1, -1, -1)`,
          ),
          db.prepare(`INSERT INTO instance (id, version) VALUES ('main', 0)`),
        ]);
      // The connection to the runtime may have been closed on the other side, when nothing was asked for seconds.
      await clear().catch((error: unknown) => {
        if (!String(error).includes("fetch failed")) throw error;
        return clear();
      });
    },
    async sql(query, ...values) {
      return (
        await db
          .prepare(query)
          .bind(...values)
          .all<Row>()
      ).results;
    },
    async dump() {
      const results = await db.batch<Row>(TABLES.map((table) => db.prepare(`SELECT * FROM ${table}`)));
      return Object.fromEntries(TABLES.map((table, index) => [table, results[index]?.results ?? []]));
    },
    async post(body) {
      return JSON.parse(await post("/", JSON.stringify(body))) as unknown;
    },
    async migrate() {
      await harness.getWorker<{ DB: D1Database }>().applyD1Migrations("DB");
    },
  };
  return local;
}

/** Random of another invocation: none of its marks is one of FakeRandom's. */
export function otherRandom(): FakeRandom {
  const random = new FakeRandom();
  for (let taken = 0; taken < 1_000; taken++) random.token();
  return random;
}
