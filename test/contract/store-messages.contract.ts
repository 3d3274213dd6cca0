import { expect, test } from "vitest";
import { accepted, commit, dropped, messageOf, probeOf, retry, failed } from "../support/fakes/commit.ts";
import type { CreateStore } from "./create-store.ts";
import type { Store } from "../../src/storage/store.ts";

const LEASE_MS = 360_000;

async function lease(store: Store, nowMs: number, limit = 100): Promise<readonly string[]> {
  return (await store.leaseMessages(nowMs, LEASE_MS, limit)).messages.map((message) => message.id);
}

export function messageContract(createStore: CreateStore): void {
  async function storeWith(...ids: readonly string[]): Promise<Store> {
    const store = await createStore();
    await commit(store, { messages: ids.map((id) => messageOf(id)) });
    return store;
  }

  test("a message is given as it was committed, for its first attempt", async () => {
    const store = await createStore();
    const alert = messageOf("a", {
      job: `Job["x"]`,
      subject: "für 東京 🚒 'x'",
      body: `one\r\ntwo\n\u0000 "three" \\`,
    });
    const probe = messageOf("p", { token: "f".repeat(32), decidedAtMs: 1_001, expiresAtMs: 601_001 });
    await commit(store, { messages: [alert, probe] });
    expect((await store.leaseMessages(5_000, LEASE_MS, 10)).messages).toEqual([
      { ...alert, attempts: 1, unfinished: 1, lastError: null, throttled: false },
      { ...probe, attempts: 1, unfinished: 1, lastError: null, throttled: false },
    ]);
  });

  test("nobody else is given it during its lease, and everybody after", async () => {
    const store = await storeWith("a");
    expect(await lease(store, 5_000)).toEqual(["a"]);
    expect(await lease(store, 5_000)).toEqual([]);
    expect(await lease(store, 5_000 + LEASE_MS - 1)).toEqual([]);
    expect(await lease(store, 5_000 + LEASE_MS)).toEqual(["a"]);
  });

  test("of several who ask at once each is given others", async () => {
    const store = await storeWith("a", "b", "c", "d");
    const given = await Promise.all([lease(store, 5_000, 2), lease(store, 5_000, 2), lease(store, 5_000, 2)]);
    expect(given.flat().toSorted((a, b) => (a < b ? -1 : 1))).toEqual(["a", "b", "c", "d"]);
  });

  test("at most as many are given as asked for, the newest ones, oldest first", async () => {
    const store = await createStore();
    const decided = { c: 4_000, f: 1_000, a: 6_000, e: 2_000, b: 5_000, d: 3_000 };
    for (const [id, decidedAtMs] of Object.entries(decided)) {
      await commit(store, { messages: [messageOf(id, { decidedAtMs })] });
    }
    expect(await lease(store, 10_000, 2)).toEqual(["b", "a"]);
    expect(await lease(store, 10_000, 3)).toEqual(["e", "d", "c"]);
    expect(await lease(store, 10_000, 3)).toEqual(["f"]);
  });

  test("a new message is given before an old one that was refused", async () => {
    const store = await storeWith("old");
    await lease(store, 5_000);
    await store.recordDeliveries([retry("old", 50_000, "x")]);
    await commit(store, { messages: [messageOf("new", { decidedAtMs: 40_000 })] });
    expect(await lease(store, 60_000, 1)).toEqual(["new"]);
    expect(await lease(store, 60_000, 1)).toEqual(["old"]);
  });

  test("one that is to be tried again waits for its time and counts its attempts", async () => {
    const store = await storeWith("a");
    for (const attempts of [1, 2, 3]) {
      const nowMs = 100_000 * attempts;
      expect((await store.leaseMessages(nowMs, LEASE_MS, 10)).messages).toMatchObject([
        { id: "a", attempts },
      ]);
      await store.recordDeliveries([retry("a", nowMs + 45_000, "E: later", attempts)]);
      expect(await lease(store, nowMs + 44_999)).toEqual([]);
    }
    expect((await store.leaseMessages(345_000, LEASE_MS, 10)).messages).toMatchObject([{ attempts: 4 }]);
  });

  test.each([accepted("a", 6_000), failed("a", 6_000, "E: no"), dropped("a", 6_000, "E: too late")] as const)(
    "one that is $kind is never given again",
    async (settlement) => {
      const store = await storeWith("a", "b");
      await lease(store, 5_000);
      await store.recordDeliveries([settlement]);
      expect(await lease(store, 1e12)).toEqual(["b"]);
      expect((await store.readStatus()).lastFailedAtMs).toBe(settlement.kind === "failed" ? 6_000 : null);
    },
  );

  test("what became of it stays, whatever a late sender says", async () => {
    const store = await storeWith("a");
    await lease(store, 5_000);
    await store.recordDeliveries([accepted("a", 6_000)]);
    await store.recordDeliveries([retry("a", 7_000, "E")]);
    await store.recordDeliveries([failed("a", 8_000, "E")]);
    expect(await lease(store, 1e12)).toEqual([]);
    expect((await store.readStatus()).lastFailedAtMs).toBeNull();
  });

  test("many are settled at once, each as said, and unknown ones are passed over", async () => {
    const store = await storeWith("a", "b", "c", "d");
    await lease(store, 5_000);
    await store.recordDeliveries([
      accepted("a", 6_000),
      accepted("nobody", 6_000),
      retry("b", 9_000, "E: later"),
      failed("c", 6_000, "E: no"),
    ]);
    expect(await lease(store, 9_000)).toEqual(["b"]);
    expect(await lease(store, 5_000 + LEASE_MS)).toEqual(["d"]);
  });

  test("nothing to settle changes nothing", async () => {
    const store = await storeWith("a");
    await store.recordDeliveries([]);
    expect(await lease(store, 5_000)).toEqual(["a"]);
  });

  test("a probe's message is a message like others", async () => {
    const store = await createStore();
    await commit(store, probeOf("token", 1_000));
    expect(await lease(store, 5_000)).toEqual(["message of token"]);
  });
}
