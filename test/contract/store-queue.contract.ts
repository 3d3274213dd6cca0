/** Whose turn it is: what waits for one recipient delays nobody else. */
import { expect, test } from "vitest";
import { returnUnsent, type LeasedMessage, type Message } from "../../src/mail/message.ts";
import { accepted, commit, mailed, messageOf, partOf, refusing, retry } from "../support/fakes/commit.ts";
import { lease, LEASE_MS, outbox } from "../support/mail/store-messages.ts";
import type { CreateStore } from "./create-store.ts";
import type { Store } from "../../src/storage/store.ts";

const ANN = "ann@example.com";
const BOB = "bob@example.com";

export function queueContract(createStore: CreateStore): void {
  async function storeWith(...messages: readonly Message[]): Promise<Store> {
    const store = await createStore();
    await commit(store, { messages });
    return store;
  }

  test("every recipient has a share of what is taken, whatever waits for another", async () => {
    const many = Array.from({ length: 30 }, (_, index) =>
      messageOf(`ann ${index}`, { to: ANN, decidedAtMs: index }),
    );
    const store = await storeWith(...many, messageOf("bob", { to: BOB, decidedAtMs: 4_000 }));
    expect(await lease(store, 5_000, 2)).toEqual(["ann 29", "bob"]);
    expect(await lease(store, 5_000, 3)).toEqual(["ann 26", "ann 27", "ann 28"]);
  });

  test("a recipient who refuses mail comes after those who take it, and has a share all the same", async () => {
    const eve = "eve@example.com";
    const store = await storeWith(
      ...[ANN, BOB, eve].flatMap((to) => [1, 2].map((n) => messageOf(`${to} ${n}`, { to, decidedAtMs: n }))),
    );
    await store.recordDeliveries([], refusing(ANN, 5_000));
    expect(await lease(store, 5_000, 2)).toEqual([`${BOB} 2`, `${eve} 2`]);
    expect(await lease(store, 5_000, 2)).toEqual([`${BOB} 1`, `${eve} 1`]);
    expect(await lease(store, 5_000, 1)).toEqual([`${ANN} 2`]);
  });

  test("alerts are taken before other mail, and the newest of them first", async () => {
    const other = partOf("report", { kind: "other", jobKey: "Report" });
    const store = await storeWith(
      messageOf("report", { to: ANN, decidedAtMs: 4_000, items: [other] }),
      messageOf("old", { to: ANN, decidedAtMs: 1_000 }),
      messageOf("news of Checker", { to: ANN, decidedAtMs: 2_000, items: [{ ...other, jobKey: null }] }),
      messageOf("new", { to: ANN, decidedAtMs: 3_000 }),
    );
    const order: string[] = [];
    for (let n = 0; n < 4; n++) order.push(...(await lease(store, 5_000, 1)));
    expect(order).toEqual(["new", "news of Checker", "old", "report"]);
  });

  test("a recipient for whom a hundred mails of jobs wait is crowded, whatever the number of alerts", async () => {
    const other = partOf("report", { kind: "other", jobKey: "Report" });
    const many = (to: string, count: number, message: Partial<Message>): readonly Message[] =>
      Array.from({ length: count }, (_, index) => messageOf(`${to} ${index}`, { to, ...message }));
    const store = await storeWith(
      ...many(ANN, 100, { items: [other] }),
      ...many(BOB, 99, { items: [other] }),
      ...many("eve@example.com", 120, {}),
      messageOf("alert", { to: BOB }),
    );
    expect((await store.readTick(5_000)).crowded).toEqual([ANN]);
    await store.recordDeliveries([accepted(`${ANN} 7`, 6_000)]);
    expect((await store.readTick(6_000)).crowded).toEqual([]);
  });

  test("a lease counts as an attempt until its result is known", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }), messageOf("a2", { to: ANN }));
    const first = await store.leaseMessages(5_000, LEASE_MS, 10);
    expect(first.messages).toMatchObject([
      { attempts: 1, unfinished: 1 },
      { attempts: 1, unfinished: 1 },
    ]);
    await store.recordDeliveries([returnUnsent(first.messages[1] as LeasedMessage)]);
    expect(await store.leaseMessages(6_000, LEASE_MS, 10)).toMatchObject({
      messages: [{ id: "a2", attempts: 1, unfinished: 1 }],
    });
    const second = await store.leaseMessages(5_000 + LEASE_MS, LEASE_MS, 1);
    expect(second.messages).toMatchObject([{ id: "a1", attempts: 2, unfinished: 2 }]);
    await store.recordDeliveries([retry("a1", 500_000, "E: later", 2)]);
    const third = await store.leaseMessages(500_000, LEASE_MS, 1);
    expect(third.messages).toMatchObject([{ id: "a1", attempts: 3, unfinished: 1 }]);
  });

  test("a message whose attempts ended twice without a result is given alone, at growing delays", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }), messageOf("a2", { to: ANN }));
    expect(await lease(store, 0)).toEqual(["a1", "a2"]);
    expect((await store.leaseSuspect(LEASE_MS, LEASE_MS)).messages).toEqual([]);
    expect(await lease(store, LEASE_MS)).toEqual(["a1", "a2"]);
    let nowMs = 2 * LEASE_MS;
    expect(await lease(store, nowMs)).toEqual([]);
    const suspects = async (): Promise<readonly string[]> =>
      (await store.leaseSuspect(nowMs, LEASE_MS)).messages.map(({ id, unfinished }) => `${id} ${unfinished}`);
    expect(await suspects()).toEqual(["a1 3"]);
    expect(await suspects()).toEqual(["a2 3"]);
    expect(await suspects()).toEqual([]);
    await store.recordDeliveries([accepted("a1", nowMs)]);
    nowMs += LEASE_MS;
    expect(await suspects()).toEqual(["a2 4"]);
    nowMs += 2 * LEASE_MS - 1;
    expect(await suspects()).toEqual([]);
    nowMs += 1;
    expect(await suspects()).toEqual(["a2 5"]);
    await store.recordDeliveries([retry("a2", nowMs, "E: later", 5)]);
    expect(await suspects()).toEqual([]);
    expect(await lease(store, nowMs)).toEqual(["a2"]);
  });

  test("what a recipient refused for three days is given up, also what waited behind it", async () => {
    const days = 86_400_000;
    const store = await storeWith(
      messageOf("old", { to: ANN, decidedAtMs: 1 }),
      messageOf("young", { to: ANN, decidedAtMs: 2 * days }),
      messageOf("of another", { to: BOB, decidedAtMs: 1 }),
    );
    const nowMs = 3 * days + 2;
    await store.recordDeliveries([], refusing(ANN, nowMs, 9));
    await store.prune(nowMs);
    expect(await outbox(store)).toEqual(["young: waiting", "of another: waiting", "old: waiting"]);
    await store.recordDeliveries([], refusing(ANN, nowMs, 10));
    await store.prune(nowMs);
    expect((await outbox(store)).toSorted()).toEqual([
      "of another: waiting",
      "old: failed",
      "young: waiting",
    ]);
    const lastError = { code: "E_GIVEN_UP", reason: "its recipient took no mail for three days" };
    expect((await store.readOutbox(9)).find(({ id }) => id === "old")).toMatchObject({ lastError });
  });

  test("what waits for a recipient who refuses mail waits for the next attempt, with what comes meanwhile", async () => {
    const store = await storeWith(messageOf("a1", { to: ANN }), messageOf("b1", { to: BOB }));
    expect(await lease(store, 5_000)).toEqual(["a1", "b1"]);
    await store.recordDeliveries(
      [retry("a1", 900_000, "E: later"), accepted("b1", 6_000)],
      new Map([...refusing(ANN, 900_000), ...mailed({ [BOB]: [6_000] })]),
    );
    await commit(store, { messages: [messageOf("a2", { to: ANN }), messageOf("b2", { to: BOB })] });
    expect(await lease(store, 10_000)).toEqual(["b2"]);
    await store.recordDeliveries([accepted("b2", 11_000)]);
    expect(await lease(store, 899_999)).toEqual([]);
    expect(await lease(store, 900_000)).toEqual(["a1", "a2"]);
    // Both are taken for the same time now.
    expect(await lease(store, 900_000 + LEASE_MS - 1)).toEqual([]);
    expect(await lease(store, 900_000 + LEASE_MS)).toEqual(["a1", "a2"]);
  });
}
