import { expect, test } from "vitest";
import type { Message } from "../../src/mail/message.ts";
import {
  actionOf,
  decisionOf,
  accepted,
  commit,
  commitOf,
  held,
  messageOf,
  NOW_MS,
  partOf,
  probeOf,
  refusing,
  retry,
  failed,
} from "../support/fakes/commit.ts";
import type { CreateStore } from "./create-store.ts";
import type { Store } from "../../src/storage/store.ts";
import type { StateChange } from "../../src/admin/ports.ts";

const ODD = `"quotes" 'single' \\ back; DROP TABLE audit_log; -- 東京 🚒 [1] {"a":1}`;

async function word(store: Store) {
  const { suppressions: ofTick } = await store.readTick(NOW_MS);
  expect((await store.readInstance()).suppressions).toEqual(ofTick);
  return ofTick;
}

export function ownerContract(createStore: CreateStore): void {
  test("what the owner says is in the next view, and what he takes back is not", async () => {
    const store = await createStore();
    const act = (effect: StateChange): Promise<boolean> => store.act(actionOf(), effect);
    expect(await act({ kind: "silence", job: ODD, untilMs: 9_000 })).toBe(true);
    expect(await act({ kind: "silence", job: null, untilMs: 8_000 })).toBe(true);
    expect(await act({ kind: "acknowledge", job: "A", firstFailureAtMs: 7_000 })).toBe(true);
    const said = await word(store);
    expect(said.silences).toHaveLength(2);
    expect(said.silences).toContainEqual({ jobKey: ODD, untilMs: 9_000 });
    expect(said.silences).toContainEqual({ jobKey: null, untilMs: 8_000 });
    expect(said.acknowledgements).toEqual([{ jobKey: "A", firstFailureAtMs: 7_000 }]);

    expect(await act({ kind: "silence", job: ODD, untilMs: 9_500 })).toBe(true);
    expect(await act({ kind: "end silence", job: null })).toBe(true);
    expect(await act({ kind: "acknowledge", job: "A", firstFailureAtMs: 7_500 })).toBe(true);
    expect(await word(store)).toEqual({
      silences: [{ jobKey: ODD, untilMs: 9_500 }],
      acknowledgements: [{ jobKey: "A", firstFailureAtMs: 7_500 }],
    });
  });

  test("runs that the owner asked for are in the next view, while they are among the newest things that he did", async () => {
    const store = await createStore();
    expect((await store.readTick(NOW_MS)).manualRuns).toEqual([]);
    const run = (jobKey: string, atMs: number): Promise<void> =>
      commit(store, { tick: null, usage: null, action: actionOf({ kind: "run", jobKey, atMs }) });
    await run("A", 1_000);
    await store.act(actionOf({ kind: "silence", jobKey: "C" }), {
      kind: "silence",
      job: "C",
      untilMs: 9_000,
    });
    await run(ODD, 2_000);
    expect(new Set((await store.readTick(NOW_MS)).manualRuns)).toEqual(
      new Set([
        { jobKey: "A", atMs: 1_000 },
        { jobKey: ODD, atMs: 2_000 },
      ]),
    );
    for (let atMs = 3_001; atMs <= 3_018; atMs++) await run("B", atMs);
    const { manualRuns } = await store.readTick(NOW_MS);
    expect(manualRuns).toHaveLength(19);
    expect(manualRuns.filter(({ jobKey }) => jobKey !== "B")).toEqual([{ jobKey: ODD, atMs: 2_000 }]);
  });

  test("an acknowledgement is forgotten with its failure, and not one of a newer failure", async () => {
    const store = await createStore();
    const acknowledge = (job: string, firstFailureAtMs: number) =>
      store.act(actionOf(), { kind: "acknowledge", job, firstFailureAtMs });
    for (const job of ["A", ODD, "B"]) await acknowledge(job, 7_000);
    await acknowledge("A", 8_000);
    await commit(store, {
      resolvedAcknowledgements: ["A", ODD, "C"].map((jobKey) => ({ jobKey, firstFailureAtMs: 7_000 })),
    });
    const { acknowledgements } = await word(store);
    expect(acknowledgements.toSorted((a, b) => (a.jobKey < b.jobKey ? -1 : 1))).toEqual([
      { jobKey: "A", firstFailureAtMs: 8_000 },
      { jobKey: "B", firstFailureAtMs: 7_000 },
    ]);
  });

  test("what has nothing to do leaves no record", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("waits")] });
    await store.act(actionOf(), { kind: "acknowledge", job: "A", firstFailureAtMs: 7_000 });
    const before = await store.readAuditLog("A", 99);
    const nothing: readonly StateChange[] = [
      { kind: "end silence", job: "A" },
      { kind: "acknowledge", job: "A", firstFailureAtMs: 7_000 },
      { kind: "retry message", id: "waits" },
      { kind: "drop message", id: "unknown" },
      { kind: "drop messages", to: "nobody@example.com" },
    ];
    for (const effect of nothing)
      expect([effect, await store.act(actionOf(), effect)]).toEqual([effect, false]);
    expect(await store.readAuditLog("A", 99)).toEqual(before);
    expect(await store.readOutbox(9)).toMatchObject([{ id: "waits", state: "waiting" }]);
  });

  test("actions are given newest first, of a job or of none", async () => {
    const store = await createStore();
    const run = actionOf({ kind: "run", atMs: 6_000, name: ODD, detail: ODD, by: ODD });
    await commit(store, { tick: null, usage: null, action: run });
    await store.act(actionOf({ kind: "test mail", jobKey: null, atMs: 7_000 }), {
      kind: "mail",
      messages: [messageOf("test")],
    });
    await store.act(actionOf({ atMs: 8_000 }), { kind: "silence", job: "A", untilMs: 9_000 });
    expect(await store.readAuditLog("A", 99)).toEqual([actionOf({ atMs: 8_000 }), run]);
    expect(await store.readAuditLog("A", 1)).toEqual([actionOf({ atMs: 8_000 })]);
    expect(await store.readAuditLog(null, 99)).toMatchObject([{ kind: "test mail" }]);
    expect((await store.leaseMessages(9_000, 60_000, 9)).messages).toMatchObject([
      { id: "test", attempts: 1 },
    ]);
  });

  test("a message that was set aside waits again as if it were new", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("m"), messageOf("n")] });
    await store.leaseMessages(5_000, 60_000, 9);
    await store.recordDeliveries([failed("m", 6_000, "E: no"), failed("n", 6_000, "E: no")]);
    expect(await store.act(actionOf(), { kind: "retry message", id: "m" })).toBe(true);
    expect(await store.act(actionOf(), { kind: "retry message", id: "m" })).toBe(false);
    const states = (await store.readOutbox(9)).map(({ id, state }) => `${id} ${state}`);
    expect(states.toSorted()).toEqual(["m waiting", "n failed"]);
    const { messages } = await store.leaseMessages(7_000, 60_000, 9);
    expect(messages).toMatchObject([{ id: "m", attempts: 1 }]);
    await store.recordDeliveries([accepted("m", 7_500)]);
    expect(await store.readOutbox(9)).toMatchObject([{ id: "n", state: "failed" }]);
  });

  test("a message that waits or is held can be sent at once, and one that is being sent cannot", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("m"), messageOf("h")] });
    await store.leaseMessages(5_000, 60_000, 9);
    expect(await store.act(actionOf({ atMs: 6_000 }), { kind: "retry message", id: "m" })).toBe(false);
    await store.recordDeliveries(
      [retry("m", 900_000, "E: later"), held("h", 900_000)],
      refusing(messageOf("m").to, 900_000),
    );
    expect(await store.act(actionOf({ atMs: 6_000 }), { kind: "retry message", id: "m" })).toBe(true);
    expect((await store.leaseMessages(7_000, 60_000, 9)).messages).toMatchObject([{ id: "m", attempts: 1 }]);
    expect(await store.act(actionOf({ atMs: 8_000 }), { kind: "retry message", id: "h" })).toBe(true);
    expect((await store.leaseMessages(9_000, 60_000, 9)).messages).toMatchObject([
      { id: "h", throttled: false },
    ]);
  });

  test("messages are dropped one by one or by recipient, also those that wait, and no message to itself", async () => {
    const store = await createStore();
    const [ann, bob] = ["ann@example.com", "bob@example.com"];
    const { loopbacks, messages } = probeOf("token", 1_000);
    await commit(store, {
      loopbacks,
      messages: [
        ...messages.map((one) => ({ ...one, to: ann })),
        ...["a1", "a2", "a3"].map((id) => messageOf(id, { to: ann })),
        messageOf("b1", { to: bob }),
      ],
    });
    await store.recordDeliveries([failed("a3", 6_000, "E: no")]);
    expect(await store.readMessage("a3")).toMatchObject({ id: "a3", state: "failed" });
    expect(await store.readMessage("message of token")).toBeNull();
    expect(await store.act(actionOf(), { kind: "drop message", id: "message of token" })).toBe(false);
    expect(await store.act(actionOf(), { kind: "drop message", id: "a1" })).toBe(true);
    expect(await store.readMessage("a1")).toBeNull();
    await store.recordDeliveries([], refusing(ann, 900_000, 3));
    expect(await store.readWaitingRecipients(9)).toEqual([
      { to: ann, refusals: 3, nextAttemptAtMs: 900_000 },
      { to: bob, refusals: 0, nextAttemptAtMs: 0 },
    ]);
    expect(await store.readWaitingRecipients(1)).toHaveLength(1);
    expect(await store.act(actionOf(), { kind: "drop messages", to: ann.toUpperCase() })).toBe(true);
    expect(await store.act(actionOf(), { kind: "drop messages", to: ann })).toBe(false);
    expect((await store.readOutbox(9)).map(({ id }) => id)).toEqual(["b1"]);
    expect((await store.leaseMessages(7_000, 60_000, 9)).messages.map(({ id }) => id).toSorted()).toEqual([
      "b1",
      "message of token",
    ]);
  });

  test("a job of whose last notification every message was given up reached nobody", async () => {
    const store = await createStore();
    const about = (id: string, to: string): Message =>
      messageOf(id, { to, job: "A", items: [partOf(id, { kind: "failure", jobKey: "A" })] });
    const unreached = async (): Promise<unknown> => (await store.readTick(NOW_MS)).undelivered;
    await commit(store, {
      messages: [about("a", "ann@example.com"), about("b", "bob@example.com")],
      decisions: [
        decisionOf("A", 5_000, { notification: "failure", messages: ["a", "b"] }),
        decisionOf("B", 5_000, { notification: "failure", messages: ["gone"] }),
      ],
    });
    await store.recordDeliveries([failed("a", 6_000, "E: no")]);
    expect(await unreached()).toEqual([]);
    await store.recordDeliveries([failed("b", 6_000, "E: no")]);
    const recipients = ["ann@example.com", "bob@example.com"];
    expect(await unreached()).toEqual([{ jobKey: "A", atMs: 5_000, recipients }]);
    // A status change that nobody is notified of is none of its notifications.
    await commit(store, { decisions: [decisionOf("A", 6_000, { notification: null })] });
    expect(await unreached()).toEqual([{ jobKey: "A", atMs: 5_000, recipients }]);
    await store.act(actionOf(), { kind: "drop message", id: "b" });
    expect(await unreached()).toEqual([]);
    await commit(store, {
      messages: [about("c", "ann@example.com")],
      decisions: [decisionOf("A", 7_000, { notification: "recovery", messages: ["c"] })],
    });
    await store.recordDeliveries([failed("c", 8_000, "E: no")]);
    expect(await unreached()).toEqual([]);
  });

  test("a message that was dropped is gone", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("m")] });
    await store.recordDeliveries([failed("m", 6_000, "E: no")]);
    expect(await store.act(actionOf(), { kind: "drop message", id: "m" })).toBe(true);
    expect(await store.readOutbox(9)).toEqual([]);
    expect((await store.readStatus()).lastFailedAtMs).toBeNull();
    await store.prune(NOW_MS);
    expect((await store.leaseMessages(NOW_MS, 60_000, 9)).messages).toEqual([]);
  });

  test("a run that the owner asked for is committed with its record, and is no tick", async () => {
    const store = await createStore();
    await commit(store, {});
    const before = await store.readStatus();
    const action = actionOf({ kind: "run", detail: "up: fine" });
    const run = commitOf(1, { tick: null, usage: null, action, decisions: [decisionOf("A", 6_000)] });
    expect(await store.commit(run)).toBe("committed");
    expect(await store.readStatus()).toEqual(before);
    expect(await store.readAuditLog("A", 9)).toEqual([action]);
    expect(await store.readDecisionLog("A", 9)).toMatchObject([{ atMs: 6_000 }]);
    const view = await store.readTick(NOW_MS);
    expect([view.version, view.corruptRows]).toEqual([2, []]);
    expect(await store.commit(commitOf(1, { tick: null, usage: null, action }))).toBe("conflict");
    await commit(store, {});
    expect((await store.readReport({ tick: 0, change: 0, gap: 0 })).ticks.map(({ id }) => id)).toEqual([
      1, 3,
    ]);
  });

  test("the trace of a job is given newest first, with what became of its mails", async () => {
    const store = await createStore();
    const told = decisionOf("A", 1_000, { reason: ODD, messages: ["m", "n", "pruned"] });
    const kept = decisionOf("A", 2_000, {
      notification: null,
      suppressedBy: "silence",
      from: null,
      failures: 0,
    });
    await commit(store, {
      messages: [messageOf("m", { to: "ann@example.com" }), messageOf("n", { to: "bob@example.com" })],
      decisions: [told, decisionOf("B", 1_000), kept],
    });
    await store.recordDeliveries([accepted("m", 1_500), held("n", 9_000)]);
    const { messages: _, ...rest } = told;
    const entries = await store.readDecisionLog("A", 9);
    const mails = entries.map((entry) => entry.mails.toSorted((a, b) => (a.to < b.to ? -1 : 1)));
    expect(entries.map(({ mails: _mails, ...entry }) => entry)).toEqual([
      {
        ...rest,
        atMs: 2_000,
        reason: "it is gone",
        notification: null,
        suppressedBy: "silence",
        from: null,
        failures: 0,
      },
      rest,
    ]);
    expect(mails).toEqual([
      [],
      [
        { to: "ann@example.com", acceptedAtMs: 1_500, failedAtMs: null, isThrottled: false },
        { to: "bob@example.com", acceptedAtMs: null, failedAtMs: null, isThrottled: true },
      ],
    ]);
    expect(await store.readDecisionLog("A", 1)).toMatchObject([{ atMs: 2_000 }]);
    expect(await store.readDecisionLog("C", 9)).toEqual([]);
  });

  test("jobs under maintenance are those of the newest commit", async () => {
    const store = await createStore();
    const open = [{ fromMs: 1_000, untilMs: 9_000, jobs: ["A", ODD] }];
    await commit(store, { maintenance: open });
    expect((await store.readInstance()).maintenance).toEqual(open);
    await commit(store, {});
    expect((await store.readInstance()).maintenance).toEqual([]);
  });
}
