import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createTestHarness } from "wrangler";
import { D1Store } from "../../src/adapters/d1/d1-store.ts";
import { NEW_JOB } from "../../src/domain/job-state.ts";
import {
  accepted,
  changeOf,
  commit,
  commitOf,
  messageOf,
  NOW_MS,
  probeOf,
  TICK,
} from "../support/fakes-commit.ts";
import { FakeRandom } from "../support/fakes.ts";
import { storeContract } from "./store.contract.ts";

const harness = createTestHarness({
  root: join(import.meta.dirname, "../.."),
  workers: [
    {
      config: {
        name: "store",
        main: "test/support/fakes-worker.ts",
        compatibility_date: "2026-11-17",
        d1_databases: [
          { binding: "DB", database_name: "store", database_id: "store", migrations_dir: "migrations" },
        ],
      },
    },
  ],
});
let db: D1Database;
const random = new FakeRandom();

beforeAll(async () => {
  await harness.listen();
  const worker = harness.getWorker<{ DB: D1Database }>();
  await worker.applyD1Migrations("DB");
  ({ DB: db } = await worker.getEnv());
});

afterAll(() => harness.close());

/** As the migrations leave it. */
async function emptyStore(): Promise<D1Store> {
  const tables = ["job_state", "status_change", "tick", "message", "probe", "job_fault", "gap", "recipient"];
  await db.batch([
    ...tables.map((table) => db.prepare(`DELETE FROM ${table}`)),
    db.prepare("UPDATE frequency SET claimed_slot = -1, claimed_at = -1, done_slot = -1, claimed_by = NULL"),
    db.prepare("UPDATE shard SET version = 0"),
  ]);
  return new D1Store(db, random);
}

storeContract(emptyStore);

describe("the store on D1 alone", () => {
  const NOW = Date.parse("2026-11-23T10:00:00Z");
  const DAY_MS = 86_400_000;

  test("throws away what is old: ticks after a week, mails after a month, probes after three, changes after a year", async () => {
    const store = await emptyStore();
    await commit(store, { tick: { ...TICK, startedAtMs: NOW - 7 * DAY_MS - 1 } });
    await commit(store, { tick: { ...TICK, startedAtMs: NOW - 7 * DAY_MS } });
    await commit(store, {
      changes: [
        changeOf("old", { atMs: NOW - 365 * DAY_MS - 1 }),
        changeOf("kept", { atMs: NOW - 365 * DAY_MS }),
      ],
      messages: [
        messageOf("old", { decidedAtMs: NOW - 30 * DAY_MS - 1 }),
        messageOf("kept", { decidedAtMs: NOW - 30 * DAY_MS }),
        messageOf("waiting", { decidedAtMs: NOW - 31 * DAY_MS }),
      ],
      probes: [...probeOf("old", NOW - 90 * DAY_MS - 1).probes, ...probeOf("kept", NOW - 90 * DAY_MS).probes],
      tick: { ...TICK, startedAtMs: NOW },
    });
    await store.settleMessages(["old", "kept"].map((id) => accepted(id, NOW)));
    await store.prune(NOW);
    expect(
      (await store.readReport({ tick: 0, change: 0, gap: 0 })).ticks.map((tick) => tick.startedAtMs),
    ).toEqual([NOW - 7 * DAY_MS, NOW]);
    expect(
      (await store.readReport({ tick: 0, change: 0, gap: 0 })).changes.map((change) => change.job),
    ).toEqual(["kept"]);
    const messages = await db.prepare("SELECT id FROM message ORDER BY id").all();
    expect(messages.results).toEqual([{ id: "kept" }, { id: "waiting" }]);
    expect((await store.recentProbes(5)).map((probe) => probe.token)).toEqual(["kept"]);
  });

  test("keeps the newest change however old it is, so that its id is not given out anew", async () => {
    const store = await emptyStore();
    await commit(store, { changes: [changeOf("A", { atMs: 1 })], tick: { ...TICK, startedAtMs: NOW } });
    await commit(store, { changes: [changeOf("B", { atMs: 2 })], tick: { ...TICK, startedAtMs: NOW } });
    const before = (await store.readReport({ tick: 0, change: 0, gap: 0 })).changes;
    await store.prune(NOW);
    await commit(store, { changes: [changeOf("C", { atMs: NOW })], tick: { ...TICK, startedAtMs: NOW } });
    const after = await store.readReport({ tick: 0, change: before[1]?.id ?? 0, gap: 0 });
    expect(after.changes.map((change) => change.job)).toEqual(["C"]);
  });

  test("writes a handful of rows for a quiet tick, however many jobs there are", async () => {
    const store = await emptyStore();
    await commit(store, { states: new Map(Array.from({ length: 1000 }, (_, i) => [`Job ${i}`, NEW_JOB])) });
    const { version } = await store.readTick(NOW_MS);
    const slot = { frequency: "MINUTE", atMs: NOW } as const;
    const written = await rowsWritten(async (watched) => {
      await watched.claim([slot], NOW, 300_000);
      await watched.commit({
        ...commitOf(version),
        slotsDone: [slot],
      });
    });
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(6);
  });

  test("says what is wrong when its tables are not there", async () => {
    const store = await emptyStore();
    await db.prepare("ALTER TABLE tick RENAME TO tock").run();
    try {
      await expect(store.readStatus()).rejects.toThrow(/no such table: tick/);
      await expect(commit(store, {})).rejects.toThrow(/no such table: tick/);
    } finally {
      await db.prepare("ALTER TABLE tock RENAME TO tick").run();
    }
    // The version is undone with the rest.
    expect((await store.readTick(NOW_MS)).version).toBe(0);
  });
});

/** Rows that D1 says were written meanwhile: what the Free plan counts. */
async function rowsWritten(work: (store: D1Store) => Promise<void>): Promise<number> {
  let written = 0;
  const add = <T extends { readonly meta: { rows_written?: number } }>(result: T): T => {
    written += result.meta.rows_written ?? 0;
    return result;
  };
  const watch = (statement: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => watch(target.bind(...values));
        if (name === "all") return async () => add(await target.all());
        return Reflect.get(target, name) as unknown;
      },
    });
  const watched = {
    prepare: (sql: string) => watch(db.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => (await db.batch(statements)).map(add),
  };
  await work(new D1Store(watched as unknown as D1Database, random));
  return written;
}
