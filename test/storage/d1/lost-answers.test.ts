import { describe, expect, test } from "vitest";
import { D1Store } from "../../../src/storage/d1/d1-store.ts";
import { NEW_JOB } from "../../../src/alerting/job-state.ts";
import { FakeRandom } from "../../support/fakes/ports.ts";
import {
  accepted,
  changeOf,
  commit,
  commitOf,
  gapOf,
  held,
  mailed,
  messageOf,
  NOW_MS,
  partOf,
  probeOf,
  retry,
  failed,
} from "../../support/fakes/commit.ts";
import { failing, historyOf, laneWith, sampleOf, UP } from "../../support/fakes/history.ts";
import { faultyD1 } from "../../adapters/d1/faulty-d1.ts";
import { otherRandom, useLocalD1 } from "../../adapters/d1/local-d1.ts";
import { expectRepeatable, type Call } from "./repeated-calls.ts";
import type { Store } from "../../../src/storage/store.ts";

const NOON = Date.parse("2026-11-23T12:00:00Z");
const LEASE_MS = 300_000;
const local = useLocalD1();

const MINUTE = { frequency: "MINUTE", atMs: NOON } as const;
const HOUR = { frequency: "HOUR", atMs: NOON } as const;

const COMMIT = {
  states: new Map([["A", { ...NEW_JOB, status: "up" as const, reason: "fine", sinceMs: NOON }]]),
  changes: [changeOf("A")],
  messages: [messageOf("alert", { items: [partOf("alert")] }), ...probeOf("token", NOON).messages],
  probes: probeOf("token", NOON).loopbacks,
  newLoadErrors: [{ name: "Broken", message: "it is broken" }],
  resolvedLoadErrors: ["Mended"],
  completedSlots: [MINUTE],
  gaps: [gapOf()],
  ...historyOf({
    ...laneWith(1, ["A"], NOON),
    samples: [sampleOf(1, NOON, UP)],
    incidents: [failing("A", NOON, { notifiedAtMs: NOON })],
  }),
};

async function threeMessages(store: Store): Promise<void> {
  await commit(store, { messages: ["a", "b", "c"].map((id) => messageOf(id, { to: "ann@example.com" })) });
}

async function threeAccepted(store: Store): Promise<void> {
  await threeMessages(store);
  await store.recordDeliveries([accepted("a", NOON), accepted("b", NOON), accepted("c", NOON)]);
}

/** Every method of the store, and each thing that a method can find. */
const CALLS: Readonly<Record<string, Call>> = {
  "claim, of slots that are free": {
    work: (store) => store.claim([MINUTE, HOUR], NOON, LEASE_MS),
  },
  "claim, where another has taken one": {
    before: (store) => store.claim([MINUTE], NOON, LEASE_MS),
    work: (store) => store.claim([MINUTE, HOUR], NOON, LEASE_MS),
  },
  "claim, of a slot whose taker died": {
    before: (store) => store.claim([MINUTE], NOON, LEASE_MS),
    work: (store) => store.claim([MINUTE], NOON + LEASE_MS, LEASE_MS),
  },
  "claim, of a slot that is done": {
    before: (store) => commit(store, { completedSlots: [MINUTE] }),
    work: (store) => store.claim([MINUTE], NOON + LEASE_MS, LEASE_MS),
  },
  "repairClaims, of claims that are sound": {
    work: (store) => store.repairClaims(NOON),
  },
  "repairClaims, of one that is damaged": {
    before: () => local.sql("UPDATE frequency SET claimed_slot = 'x' WHERE name = 'HOUR'"),
    work: (store) => store.repairClaims(NOON),
  },
  readTick: {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.readTick(NOON),
  },
  "readTick, of damage": {
    before: () => local.sql("UPDATE instance SET version = 'x'"),
    work: (store) => store.readTick(NOON),
  },
  "commit, of much": {
    before: (store) => commit(store, { newLoadErrors: [{ name: "Mended", message: "it was broken" }] }),
    work: (store) => store.commit(commitOf(1, COMMIT)),
  },
  "commit, from an old view": {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.commit(commitOf(0, COMMIT)),
  },
  "commit, that repairs": {
    before: async (store) => {
      await commit(store, { states: COMMIT.states });
      await local.sql("UPDATE instance SET version = -5");
      await local.sql("UPDATE job_state SET failures = 'many'");
    },
    work: async (store) => {
      const { version, corruptRows } = await store.readTick(NOON);
      return store.commit(commitOf(version, { ...COMMIT, repaired: corruptRows }));
    },
  },
  recentLoopbacks: {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.recentLoopbacks(5),
  },
  "receiveProbe, in time": {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.receiveLoopback("token", NOON + 5_000, 600_000),
  },
  "receiveProbe, too late": {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.receiveLoopback("token", NOON + 600_000, 600_000),
  },
  "receiveProbe, once more": {
    before: async (store) => {
      await commit(store, COMMIT);
      await store.receiveLoopback("token", NOON + 4_000, 600_000);
    },
    work: (store) => store.receiveLoopback("token", NOON + 5_000, 600_000),
  },
  "receiveProbe, of a token that is not ours": {
    work: (store) => store.receiveLoopback("token", NOON, 600_000),
  },
  leaseMessages: {
    before: threeMessages,
    work: (store) => store.leaseMessages(NOON, LEASE_MS, 2),
  },
  "leaseMessages, of one that cannot be read": {
    before: async (store) => {
      await threeMessages(store);
      await local.sql("UPDATE message SET subject = x'00' WHERE id = 'b'");
    },
    work: (store) => store.leaseMessages(NOON, LEASE_MS, 9),
  },
  recordDeliveries: {
    before: async (store) => {
      await threeMessages(store);
      await store.leaseMessages(NOON, LEASE_MS, 9);
    },
    work: (store) =>
      store.recordDeliveries(
        [accepted("a", NOON), retry("b", NOON + 45_000, "E_X: later", 2), held("c", NOON + 90_000)],
        mailed({ "ann@example.com": [NOON] }),
      ),
  },
  "settleMessages, to set aside": {
    before: threeMessages,
    work: (store) => store.recordDeliveries([failed("a", NOON, "E_X: no such person")]),
  },
  findAccepted: {
    before: threeAccepted,
    work: (store) => store.findAccepted(["mail of a", "mail of c"], 0),
  },
  failAccepted: {
    before: threeAccepted,
    work: (store) =>
      store.failAccepted(["a"], { code: "E_BOUNCED", reason: "550 gone" }, NOON, [messageOf("notification")]),
  },
  readOutbox: {
    before: threeMessages,
    work: (store) => store.readOutbox(2),
  },
  readStatus: {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.readStatus(),
  },
  recentTicks: {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.recentTicks(5, null),
  },
  recentGaps: {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.recentGaps(5, null),
  },
  readReport: {
    before: (store) => commit(store, COMMIT),
    work: (store) => store.readReport({ tick: 0, change: 0, gap: 0 }),
  },
  prune: {
    before: async (store) => {
      await commit(store, COMMIT);
      await commit(store, COMMIT_LATER);
      await store.recordDeliveries([accepted("alert", NOON)]);
    },
    work: (store) => store.prune(NOW_MS),
  },
};

const COMMIT_LATER = { changes: [changeOf("B")], gaps: [gapOf()] };

describe("a call to the database", () => {
  test.each(Object.entries(CALLS))("gives and does the same when it is repeated: %s", async (_name, call) => {
    expect.hasAssertions();
    await expectRepeatable(local, call);
  });

  test("is repeated twice and no more", async () => {
    const { db, calls } = faultyD1(local.db, () => "before");
    await expect(new D1Store(db, new FakeRandom()).readStatus()).rejects.toMatchObject({
      name: "DatabaseError",
      code: "E_STORE",
      message: "the database does not answer: D1_ERROR: Network connection lost.",
    });
    expect(calls()).toBe(3);
  });
});

describe("what an attempt did whose answer was lost", () => {
  test("is kept from others meanwhile", async () => {
    await local.empty();
    const other = new D1Store(local.db, otherRandom());
    await threeMessages(other);
    const seen: unknown[] = [];
    // Between the two attempts another invocation asks.
    const between = async (ask: () => Promise<unknown>): Promise<void> => void seen.push(await ask());
    const asked = (ask: () => Promise<unknown>): D1Store => {
      const { db } = faultyD1(local.db, (call) => (call === 0 ? "after" : null));
      let first = true;
      const batch = db.batch.bind(db);
      const wait = async <T>(work: () => Promise<T>): Promise<T> => {
        if (!first) await between(ask);
        first = false;
        return work();
      };
      return new D1Store(
        Object.assign(db, { batch: (statements: D1PreparedStatement[]) => wait(() => batch(statements)) }),
        new FakeRandom(),
      );
    };
    const lease = await asked(() => other.leaseMessages(NOON, LEASE_MS, 9)).leaseMessages(NOON, LEASE_MS, 9);
    expect(lease.messages).toHaveLength(3);
    const result = await asked(() => other.commit(commitOf(1))).commit(commitOf(1, COMMIT));
    expect(result).toBe("committed");
    expect(seen).toEqual([{ messages: [], recipients: new Map() }, "conflict"]);
  });

  test("is recognised also when another has committed since", async () => {
    await local.empty();
    const other = new D1Store(local.db, otherRandom());
    const { db } = faultyD1(local.db, (call) => (call === 0 ? "after" : null));
    const committing = new D1Store(db, new FakeRandom()).commit(commitOf(0, COMMIT));
    // The first attempt's pause is 100 ms.
    while ((await other.readTick(NOON)).version === 0);
    expect(await other.commit(commitOf(1))).toBe("committed");
    expect(await committing).toBe("committed");
    expect(await local.sql("SELECT count(*) AS count FROM status_change")).toEqual([{ count: 1 }]);
  });
});
