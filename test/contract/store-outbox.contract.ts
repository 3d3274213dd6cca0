import { expect, test } from "vitest";
import type { Message, DigestItem } from "../../src/mail/message.ts";
import {
  accepted,
  commit,
  held,
  mailed,
  messageOf,
  NOW_MS,
  partOf,
  probeOf,
  refusing,
  retry,
  failed,
} from "../support/fakes/commit.ts";
import { lease, LEASE_MS, outbox } from "../support/mail/store-messages.ts";
import type { CreateStore } from "./create-store.ts";
import type { Store } from "../../src/storage/store.ts";

const ANN = "ann@example.com";
const BOB = "bob@example.com";

export function outboxContract(createStore: CreateStore): void {
  async function storeWith(...messages: readonly Message[]): Promise<Store> {
    const store = await createStore();
    await commit(store, { messages });
    return store;
  }

  test("what another has taken does not come with it, until that one's lease is over", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }));
    expect(await lease(store, 5_000)).toEqual(["a1"]);
    await commit(store, { messages: [messageOf("a2", { to: ANN })] });
    expect(await lease(store, 6_000)).toEqual(["a2"]);
    await commit(store, { messages: [messageOf("a3", { to: ANN })] });
    expect(await lease(store, 5_000 + LEASE_MS)).toEqual(["a1", "a3"]);
  });

  test("what is held does not come with it, and comes at its own time", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }));
    await lease(store, 5_000);
    await store.recordDeliveries([held("a1", 900_000)]);
    await commit(store, { messages: [messageOf("a2", { to: ANN })] });
    expect(await lease(store, 6_000)).toEqual(["a2"]);
    await store.recordDeliveries([held("a2", 950_000)]);
    expect(await lease(store, 899_999)).toEqual([]);
    expect(await lease(store, 900_000)).toEqual(["a1"]);
    expect(await lease(store, 950_000)).toEqual(["a2"]);
  });

  test("a probe neither comes with other messages to its address nor brings them", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }));
    const { loopbacks, messages } = probeOf("token", 2_000);
    const toAnn = messages.map((message) => ({ ...message, to: ANN }));
    await commit(store, { loopbacks, messages: toAnn });
    await lease(store, 5_000);
    await store.recordDeliveries(
      [retry("message of token", 900_000, "E: later"), retry("a1", 50_000, "E: later")],
      refusing(ANN, 50_000),
    );
    expect(await lease(store, 50_000)).toEqual(["a1"]);
    await store.recordDeliveries([retry("a1", 1_900_000, "E: later")], refusing(ANN, 1_900_000));
    expect(await lease(store, 900_000)).toEqual(["message of token"]);
  });

  test("of more than are asked for the probes are taken first, then the newest", async () => {
    const store = await storeWith(
      messageOf("old", { decidedAtMs: 1_000 }),
      messageOf("newer", { decidedAtMs: 2_000 }),
      messageOf("newest", { decidedAtMs: 3_000 }),
    );
    await commit(store, probeOf("token", 4_000));
    expect(await lease(store, 5_000, 2)).toEqual(["message of token", "newest"]);
    expect(await lease(store, 5_000, 1)).toEqual(["newer"]);
    expect(await lease(store, 5_000, 9)).toEqual(["old"]);
  });

  test("when mails were accepted is kept for each person, and given with what is for them", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }), messageOf("b1", { to: BOB }));
    expect((await store.leaseMessages(5_000, LEASE_MS, 10)).recipients).toEqual(new Map());
    await store.recordDeliveries(
      [accepted("a1", 6_000), retry("b1", 50_000, "E: later")],
      mailed({ [ANN]: [6_000] }),
    );
    await commit(store, { messages: [messageOf("a2", { to: ANN })] });
    expect((await store.leaseMessages(7_000, LEASE_MS, 10)).recipients).toEqual(mailed({ [ANN]: [6_000] }));
    await store.recordDeliveries([accepted("a2", 8_000)], mailed({ [ANN]: [6_000, 8_000] }));
    expect((await store.leaseMessages(50_000, LEASE_MS, 10)).recipients).toEqual(new Map());
    await store.recordDeliveries([accepted("b1", 51_000)], mailed({ [BOB]: [51_000] }));
    await commit(store, { messages: [messageOf("a3", { to: ANN }), messageOf("b2", { to: BOB })] });
    expect((await store.leaseMessages(60_000, LEASE_MS, 10)).recipients).toEqual(
      mailed({ [ANN]: [6_000, 8_000], [BOB]: [51_000] }),
    );
  });

  test("when mails were accepted is kept also where nothing is settled", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }));
    await store.recordDeliveries([], mailed({ [ANN]: [1, 2] }));
    expect((await store.leaseMessages(5_000, LEASE_MS, 10)).recipients).toEqual(mailed({ [ANN]: [1, 2] }));
  });

  test("what is held keeps the last error and the attempts, and is given as held", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }));
    await lease(store, 5_000);
    await store.recordDeliveries([retry("a1", 50_000, "E_X: try later", 3)]);
    await lease(store, 50_000);
    await store.recordDeliveries([held("a1", 900_000, 3)]);
    const lastError = { code: "E_X", reason: "try later" };
    expect(await store.readOutbox(1)).toMatchObject([{ state: "throttled", attempts: 3, lastError }]);
    const { messages } = await store.leaseMessages(900_000, LEASE_MS, 1);
    expect(messages).toMatchObject([{ throttled: true, attempts: 4, lastError }]);
    await store.recordDeliveries([retry("a1", 950_000, "E_Y: no", 4)]);
    expect((await store.leaseMessages(950_000, LEASE_MS, 1)).messages).toMatchObject([
      { throttled: false, attempts: 5, lastError: { code: "E_Y", reason: "no" } },
    ]);
  });

  test("what is held is no trouble with mail: the status does not count it", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }));
    await store.recordDeliveries([retry("a1", 50_000, "E_X: try later")]);
    expect(await store.readStatus()).toMatchObject({ oldestWaitingAtMs: 1_000, oldestRefusedAtMs: 1_000 });
    await store.recordDeliveries([held("a1", 900_000, 1)]);
    expect(await store.readStatus()).toMatchObject({ oldestWaitingAtMs: null, oldestRefusedAtMs: null });
    await store.recordDeliveries([retry("a1", 950_000, "E_X: again", 2)]);
    expect(await store.readStatus()).toMatchObject({ oldestWaitingAtMs: 1_000, oldestRefusedAtMs: 1_000 });
  });

  test("settling once more with the same changes nothing", async () => {
    const ids = ["accepted", "refused", "throttled", "aside"];
    const store = await storeWith(...ids.map((id) => messageOf(id, { to: ANN })));
    await lease(store, 5_000);
    const settlements = [
      accepted("accepted", 6_000),
      retry("refused", 50_000, "E: later", 4),
      held("throttled", 60_000, 2),
      failed("aside", 6_000, "E: no"),
    ];
    const times = mailed({ [ANN]: [6_000] });
    await store.recordDeliveries(settlements, times);
    const seen = [await store.readOutbox(9), await store.readStatus()];
    await store.recordDeliveries(settlements, times);
    expect([await store.readOutbox(9), await store.readStatus()]).toEqual(seen);
    expect(await lease(store, 60_000)).toEqual(["refused", "throttled"]);
  });

  test("parts come back as they were written", async () => {
    const odd = `"quotes" \\ 東京 🚒 \u2028 [1] {"a":null}\r\n`;
    const kinds = ["failure", "recovery", "inconclusive", "flapping", "other"] as const;
    const items: DigestItem[] = kinds.map((kind, index) =>
      partOf(`${kind} ${odd}`, {
        kind,
        jobKey: index === 0 ? null : `Job["${odd}"]`,
        title: odd,
        detail: index === 1 ? "" : odd,
        atMs: index,
        body: index === 2 ? null : `${odd}${"x".repeat(5_000)}`,
      }),
    );
    const store = await storeWith(messageOf("a", { items }), messageOf("b", { items: [] }));
    const { messages } = await store.leaseMessages(5_000, LEASE_MS, 10);
    expect(new Map(messages.map((message) => [message.id, message.items]))).toEqual(
      new Map([
        ["a", items],
        ["b", []],
      ]),
    );
  });

  test("several megabytes of messages are one commit, and are given as they were", async () => {
    // Two bytes a character in UTF-8: 6 MB.
    const messages = Array.from({ length: 30 }, (_, index) =>
      messageOf(`message ${index}`, { to: ANN, body: `${index} ${"é".repeat(100_000)}`, decidedAtMs: index }),
    );
    const store = await storeWith(...messages);
    const lease = await store.leaseMessages(5_000, LEASE_MS, 100);
    expect(lease.messages.map(({ id, body }) => [id, body])).toEqual(
      messages.map(({ id, body }) => [id, body]),
    );
  });

  test("the outbox shows what waits, is held or was set aside, newest first, and nothing else", async () => {
    const ids = ["waiting", "throttled", "refused", "aside", "accepted"];
    const store = await storeWith(
      ...ids.map((id, index) => messageOf(id, { to: ANN, decidedAtMs: 1_000 * (index + 1) })),
    );
    await commit(store, probeOf("token", 9_000));
    await store.recordDeliveries([
      held("throttled", 900_000, 1),
      retry("refused", 50_000, "E_X: try later", 2),
      failed("aside", 8_000, "E_Y: no such person"),
      accepted("accepted", 8_000),
    ]);
    expect(await outbox(store)).toEqual([
      "aside: failed",
      "refused: waiting",
      "throttled: throttled",
      "waiting: waiting",
    ]);
    expect(await outbox(store, 2)).toEqual(["aside: failed", "refused: waiting"]);
    expect(await store.readOutbox(2)).toEqual([
      {
        id: "aside",
        state: "failed",
        to: ANN,
        subject: "subject of aside",
        body: "body\n",
        jobs: [],
        decidedAtMs: 4_000,
        attempts: 1,
        nextAttemptAtMs: null,
        failedAtMs: 8_000,
        lastError: { code: "E_Y", reason: "no such person" },
      },
      {
        id: "refused",
        state: "waiting",
        to: ANN,
        subject: "subject of refused",
        body: "body\n",
        jobs: [],
        decidedAtMs: 3_000,
        attempts: 2,
        nextAttemptAtMs: 50_000,
        failedAtMs: null,
        lastError: { code: "E_X", reason: "try later" },
      },
    ]);
    expect(await outbox(await createStore())).toEqual([]);
  });

  test("the outbox goes on after any of its messages, also among those of one moment", async () => {
    const ids = ["e", "d", "c", "b", "a"];
    const store = await storeWith(
      ...ids.map((id, index) => messageOf(id, { to: ANN, decidedAtMs: index < 2 ? 1_000 : 2_000 })),
    );
    const all = await store.readOutbox(9);
    expect(all.map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
    for (const [index, entry] of all.entries())
      expect(await store.readOutbox(2, entry)).toEqual(all.slice(index + 1, index + 3));
  });

  test("the outbox names the jobs of all parts, each once", async () => {
    const store = await storeWith(
      messageOf("a", {
        job: null,
        items: [
          partOf("x", { jobKey: "A" }),
          partOf("y", { jobKey: null }),
          partOf("z", { jobKey: "B" }),
          partOf("w", { jobKey: "A" }),
        ],
      }),
    );
    expect((await store.readOutbox(1))[0]?.jobs).toEqual(["A", "B"]);
  });

  test("what waits is pruned never, what was set aside once it is old", async () => {
    const store = await storeWith(messageOf("waiting"), messageOf("throttled"));
    await store.recordDeliveries([held("throttled", NOW_MS)]);
    await store.prune(NOW_MS);
    expect((await outbox(store)).toSorted()).toEqual(["throttled: throttled", "waiting: waiting"]);
  });
}
