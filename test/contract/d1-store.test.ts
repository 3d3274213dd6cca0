import { describe, expect, test } from "vitest";
import { D1Store } from "../../src/storage/d1/d1-store.ts";
import { meteredDatabase } from "../../src/storage/d1/metered.ts";
import { FIND_ACCEPTED } from "../../src/storage/d1/mail/bounces.ts";
import { D1HistoryCompactor } from "../../src/storage/d1/history/compactor.ts";
import { d1HistoryReader } from "../../src/storage/d1/history/reader.ts";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import {
  accepted,
  changeOf,
  commit,
  commitOf,
  mailed,
  messageOf,
  NOW_MS,
  partOf,
  probeOf,
  refusing,
  TICK,
} from "../support/fakes/commit.ts";
import { useLocalD1 } from "../adapters/d1/local-d1.ts";
import { FakeRandom } from "../support/fakes/ports.ts";
import type { Message } from "../../src/mail/message.ts";
import { storeContract } from "./store.contract.ts";

const local = useLocalD1();
const random = new FakeRandom();

/** As the migrations leave it. */
async function emptyStore(): Promise<D1Store> {
  await local.empty();
  return new D1Store(local.db, random);
}

storeContract(emptyStore, async () => ({
  store: await emptyStore(),
  keeper: new D1HistoryCompactor(local.db, random),
  reader: d1HistoryReader(local.db, random),
}));

describe("the store on D1 alone", () => {
  test("finds accepted mail by an index, and probes are not in it", async () => {
    await emptyStore();
    const plan = await local.sql(
      `EXPLAIN QUERY PLAN ${FIND_ACCEPTED.replace("?1", "'[]'").replace("?2", "0")}`,
    );
    expect(plan.map(({ detail }) => detail)).toContain("SEARCH message USING INDEX message_mail (mail_id=?)");
  });

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
      loopbacks: [
        ...probeOf("old", NOW - 90 * DAY_MS - 1).loopbacks,
        ...probeOf("kept", NOW - 90 * DAY_MS).loopbacks,
      ],
      tick: { ...TICK, startedAtMs: NOW },
    });
    await store.recordDeliveries(["old", "kept"].map((id) => accepted(id, NOW)));
    await store.prune(NOW);
    expect(
      (await store.readReport({ tick: 0, change: 0, gap: 0 })).ticks.map((tick) => tick.startedAtMs),
    ).toEqual([NOW - 7 * DAY_MS, NOW]);
    expect(
      (await store.readReport({ tick: 0, change: 0, gap: 0 })).changes.map((change) => change.jobKey),
    ).toEqual(["kept"]);
    const messages = await local.db.prepare("SELECT id FROM message ORDER BY id").all();
    expect(messages.results).toEqual([{ id: "kept" }, { id: "waiting" }]);
    expect((await store.recentLoopbacks(5)).map((probe) => probe.token)).toEqual(["kept"]);
  });

  test("forgets who was mailed long ago, and rows that say nonsense", async () => {
    const store = await emptyStore();
    await store.recordDeliveries(
      [],
      mailed({
        "long.ago@example.org": [1, NOW - DAY_MS - 1],
        "lately@example.org": [1, NOW - DAY_MS],
      }),
    );
    await store.recordDeliveries([], refusing("refuses@example.org", NOW + 1));
    await local.sql(
      "INSERT INTO recipient (address, accepted) VALUES ('x@example.org', 'x'), ('y@example.org', x'00')",
    );
    await store.prune(NOW);
    const { results } = await local.db.prepare("SELECT address FROM recipient").all();
    expect(results).toEqual([{ address: "lately@example.org" }, { address: "refuses@example.org" }]);
  });

  test("keeps the newest change however old it is, so that its id is not given out anew", async () => {
    const store = await emptyStore();
    await commit(store, { changes: [changeOf("A", { atMs: 1 })], tick: { ...TICK, startedAtMs: NOW } });
    await commit(store, { changes: [changeOf("B", { atMs: 2 })], tick: { ...TICK, startedAtMs: NOW } });
    const before = (await store.readReport({ tick: 0, change: 0, gap: 0 })).changes;
    await store.prune(NOW);
    await commit(store, { changes: [changeOf("C", { atMs: NOW })], tick: { ...TICK, startedAtMs: NOW } });
    const after = await store.readReport({ tick: 0, change: before[1]?.id ?? 0, gap: 0 });
    expect(after.changes.map((change) => change.jobKey)).toEqual(["C"]);
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
        completedSlots: [slot],
      });
    });
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThanOrEqual(6);
  });

  test("gives about eight megabytes at once, and what is over to the next", async () => {
    const store = await emptyStore();
    const big = (id: string, length: number, decidedAtMs: number): Message =>
      messageOf(id, { body: "x".repeat(length), decidedAtMs });
    await commit(store, {
      messages: Array.from({ length: 11 }, (_, index) => big(`message ${index}`, 799_950, index)),
    });
    const ids = async (): Promise<readonly string[]> =>
      (await store.leaseMessages(5_000, 1_000, 100)).messages.map(({ id }) => id);
    // Parts count as well.
    expect(await ids()).toEqual(Array.from({ length: 9 }, (_, index) => `message ${index + 2}`));
    expect(await ids()).toEqual(["message 0", "message 1"]);
    expect(await ids()).toEqual([]);
  });

  test("finds a fresh alert among 50,000 messages that wait for others, and reads few of them", async () => {
    const store = await emptyStore();
    await local.sql(
      `WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 49999)
       INSERT INTO message (id, recipient, subject, body, decided_at, attempts, next_attempt_at, closed)
       SELECT printf('old%06d', x), 'old' || (x % 20) || '@example.org', 's', 'b', ?1 + x, 0, 0, 0 FROM n`,
      NOW - 7_200_000,
    );
    await commit(store, { messages: [messageOf("fresh", { to: "fresh@example.org", decidedAtMs: NOW })] });
    const read: number[] = [];
    const db = meteredDatabase(local.db, (_queries, rows) => read.push(rows));
    const metered = new D1Store(db, new FakeRandom());
    const lease = await metered.leaseMessages(NOW, 360_000, 200);
    expect(lease.messages).toHaveLength(200);
    expect(lease.messages.map(({ id }) => id)).toContain("fresh");
    expect(new Set(lease.messages.map(({ to }) => to)).size).toBe(21);
    // Four shares of each recipient are looked at: in the index, in the row, and while turns are given.
    expect(read[0]).toBeLessThan(15_000);
    // While they refuse mail next to nothing is read.
    const refusals = Array.from({ length: 20 }, (_, index) =>
      refusing(`old${index}@example.org`, NOW + 60_000),
    );
    await store.recordDeliveries([], new Map(refusals.flatMap((one) => [...one])));
    expect((await metered.leaseMessages(NOW + 1, 360_000, 200)).messages).toEqual([]);
    expect(read[1]).toBeLessThan(500);
    console.log("rows read by a lease beside 50,000 waiting:", read.join(", "));
  });

  test("takes the longest message that a tick can make, and gives it as it was", async () => {
    const store = await emptyStore();
    // A control character takes six bytes on its way, these others three.
    const items = [1, 2, 3, 4].map((number) => partOf(`part ${number}`, { body: "東".repeat(99_800) }));
    const longest = messageOf("longest", { body: "\u0001".repeat(100_000), items });
    await commit(store, { messages: [longest, longest].map((one, index) => ({ ...one, id: `${index}` })) });
    const { messages } = await store.leaseMessages(5_000, 1_000, 100);
    expect(messages.map(({ body }) => body)).toEqual([longest.body, longest.body]);
    expect(messages.map((message) => message.items)).toEqual([items, items]);
  });

  test("throws away times to come of messages to itself, and keeps those that a clock may be ahead", async () => {
    const store = await emptyStore();
    await commit(store, {
      loopbacks: [
        ...probeOf("ahead", NOW + 60_000).loopbacks,
        ...probeOf("future", NOW + 3_600_000).loopbacks,
        ...probeOf("none", NOW).loopbacks,
      ],
    });
    await local.sql("UPDATE loopback SET sent_at = 'x' WHERE token = 'none'");
    await store.prune(NOW);
    expect(await local.sql("SELECT token FROM loopback")).toEqual([{ token: "ahead" }]);
  });

  test("leaves what waits to an index: a lease reads no message that is closed", async () => {
    const store = await emptyStore();
    const messages = Array.from({ length: 500 }, (_, index) => messageOf(`closed ${index}`));
    await commit(store, { messages: [...messages, messageOf("waiting")] });
    await store.recordDeliveries(messages.map(({ id }) => accepted(id, 2_000)));
    const read: number[] = [];
    const watched = {
      prepare: (sql: string) => local.db.prepare(sql),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await local.db.batch(statements);
        read.push(...results.map(({ meta }) => meta.rows_read));
        return results;
      },
    };
    const lease = await new D1Store(watched as unknown as D1Database, random).leaseMessages(5_000, 1_000, 9);
    expect(lease.messages.map(({ id }) => id)).toEqual(["waiting"]);
    expect(Math.max(...read)).toBeLessThan(40);
  });

  test("says what is wrong when its tables are not there", async () => {
    const store = await emptyStore();
    await local.db.prepare("ALTER TABLE tick RENAME TO tock").run();
    try {
      await expect(store.readStatus()).rejects.toThrow(/no such table: tick/);
      await expect(commit(store, {})).rejects.toThrow(/no such table: tick/);
    } finally {
      await local.db.prepare("ALTER TABLE tock RENAME TO tick").run();
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
    prepare: (sql: string) => watch(local.db.prepare(sql)),
    batch: async (statements: D1PreparedStatement[]) => (await local.db.batch(statements)).map(add),
  };
  await work(new D1Store(watched as unknown as D1Database, random));
  return written;
}
