import { expect, test } from "vitest";
import { accepted, commit, messageOf, probeOf, retry } from "../support/fakes/commit.ts";
import type { CreateStore } from "./create-store.ts";
import type { Store } from "../../src/storage/store.ts";

const BOUNCED = { code: "E_BOUNCED", reason: "550 5.1.1 unknown" };

export function undeliveredContract(createStore: CreateStore): void {
  /** `a` and `b` went out as one mail, `c` as another, and `d` was not accepted yet. */
  async function storeWithMail(): Promise<Store> {
    const store = await createStore();
    await commit(store, { messages: ["a", "b", "c", "d"].map((id) => messageOf(id)) });
    await store.leaseMessages(5_000, 360_000, 10);
    await store.recordDeliveries([
      { ...accepted("a", 6_000), mailId: "digest" } as never,
      { ...accepted("b", 6_000), mailId: "digest" } as never,
      accepted("c", 6_000),
      retry("d", 90_000, "E: later"),
    ]);
    return store;
  }

  async function found(
    store: Store,
    sinceMs: number,
    ...mailIds: readonly string[]
  ): Promise<readonly string[]> {
    return (await store.findAccepted(mailIds, sinceMs))
      .map(({ id }) => id)
      .toSorted((a, b) => (a < b ? -1 : 1));
  }

  test("messages are found by the mail that they went out with, while that is recent", async () => {
    const store = await storeWithMail();
    expect(await store.findAccepted(["mail of c"], 0)).toEqual([
      { id: "c", to: "reader-of-c@example.com", subject: "subject of c", acceptedAtMs: 6_000 },
    ]);
    expect(await found(store, 5_999, "digest", "unknown")).toEqual(["a", "b"]);
    expect(await found(store, 6_000, "digest")).toEqual([]);
    // Their own ids are no mail's, and what was not accepted has none.
    expect(await found(store, 0, "a", "d", "mail of d", "", "' OR 1")).toEqual([]);
    expect(await found(store, 0)).toEqual([]);
  });

  test("a probe is never found", async () => {
    const store = await createStore();
    await commit(store, probeOf("token", 1_000));
    await store.leaseMessages(5_000, 360_000, 10);
    await store.recordDeliveries([accepted("message of token", 6_000)]);
    expect(await found(store, 0, "mail of message of token")).toEqual([]);
  });

  test("what did not arrive is a failed delivery, and its notification is in the outbox", async () => {
    const store = await storeWithMail();
    const notification = messageOf("n", { decidedAtMs: 9_000 });
    await store.failAccepted(["a", "b"], BOUNCED, 8_000, [notification]);
    expect((await store.readOutbox(10)).map(({ id, state }) => `${id}: ${state}`)).toEqual([
      "n: waiting",
      "a: failed",
      "b: failed",
      "d: waiting",
    ]);
    const entry = (await store.readOutbox(10)).find(({ id }) => id === "a");
    expect(entry).toMatchObject({
      failedAtMs: 8_000,
      attempts: 1,
      nextAttemptAtMs: null,
      lastError: BOUNCED,
    });
    expect((await store.readStatus()).lastFailedAtMs).toBe(8_000);
    expect(await found(store, 0, "digest", "mail of c")).toEqual(["c"]);
  });

  test("it fails once, and then nobody is notified again", async () => {
    const store = await storeWithMail();
    await store.failAccepted(["a"], BOUNCED, 8_000, []);
    for (const ids of [["a"], ["d"], ["unknown"], []]) {
      await store.failAccepted(ids, { ...BOUNCED, reason: "x" }, 9_000, [messageOf("n")]);
    }
    expect((await store.readOutbox(10)).map(({ id, lastError }) => [id, lastError?.reason])).toEqual([
      ["a", "550 5.1.1 unknown"],
      ["d", "later"],
    ]);
  });

  test("it can be sent again, and then fail again", async () => {
    const store = await storeWithMail();
    await store.failAccepted(["c"], BOUNCED, 8_000, []);
    const action = {
      atMs: 9_000,
      kind: "retry message",
      jobKey: null,
      name: "",
      detail: "",
      by: "",
    } as const;
    expect(await store.act(action, { kind: "retry message", id: "c" })).toBe(true);
    expect((await store.leaseMessages(10_000, 360_000, 10)).messages.map(({ id }) => id)).toContain("c");
    await store.recordDeliveries([accepted("c", 11_000)]);
    expect(await found(store, 0, "mail of c")).toEqual(["c"]);
    await store.failAccepted(["c"], BOUNCED, 12_000, []);
    expect((await store.readStatus()).lastFailedAtMs).toBe(12_000);
  });
}
