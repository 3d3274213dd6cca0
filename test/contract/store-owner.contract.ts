import { expect, test } from "vitest";
import type { Message } from "../../src/domain/message.ts";
import type { Effect } from "../../src/domain/owner.ts";
import type { Store } from "../../src/domain/ports.ts";
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
  setAside,
} from "../support/fakes-commit.ts";
import type { CreateStore } from "./store.contract.ts";

const ODD = `"quotes" 'single' \\ back; DROP TABLE action; -- 東京 🚒 [1] {"a":1}`;

async function word(store: Store) {
  const { word: ofTick } = await store.readTick(NOW_MS);
  expect((await store.readInstance()).word).toEqual(ofTick);
  return ofTick;
}

export function ownerContract(createStore: CreateStore): void {
  test("what the owner says is in the next view, and what he takes back is not", async () => {
    const store = await createStore();
    const act = (effect: Effect): Promise<boolean> => store.act(actionOf(), effect);
    expect(await act({ kind: "silence", job: ODD, untilMs: 9_000 })).toBe(true);
    expect(await act({ kind: "silence", job: null, untilMs: 8_000 })).toBe(true);
    expect(await act({ kind: "acknowledge", job: "A", firstFailureAtMs: 7_000 })).toBe(true);
    const said = await word(store);
    expect(said.silences).toHaveLength(2);
    expect(said.silences).toContainEqual({ job: ODD, untilMs: 9_000 });
    expect(said.silences).toContainEqual({ job: null, untilMs: 8_000 });
    expect(said.acknowledgements).toEqual([{ job: "A", firstFailureAtMs: 7_000 }]);

    expect(await act({ kind: "silence", job: ODD, untilMs: 9_500 })).toBe(true);
    expect(await act({ kind: "end silence", job: null })).toBe(true);
    expect(await act({ kind: "acknowledge", job: "A", firstFailureAtMs: 7_500 })).toBe(true);
    expect(await word(store)).toEqual({
      silences: [{ job: ODD, untilMs: 9_500 }],
      acknowledgements: [{ job: "A", firstFailureAtMs: 7_500 }],
    });
  });

  test("runs that the owner asked for are in the next view, while they are among the newest things that he did", async () => {
    const store = await createStore();
    expect((await store.readTick(NOW_MS)).asked).toEqual([]);
    const run = (job: string, atMs: number): Promise<void> =>
      commit(store, { tick: null, usage: null, action: actionOf({ kind: "run", job, atMs }) });
    await run("A", 1_000);
    await store.act(actionOf({ kind: "silence", job: "C" }), { kind: "silence", job: "C", untilMs: 9_000 });
    await run(ODD, 2_000);
    expect(new Set((await store.readTick(NOW_MS)).asked)).toEqual(
      new Set([
        { job: "A", atMs: 1_000 },
        { job: ODD, atMs: 2_000 },
      ]),
    );
    for (let atMs = 3_001; atMs <= 3_018; atMs++) await run("B", atMs);
    const { asked } = await store.readTick(NOW_MS);
    expect(asked).toHaveLength(19);
    expect(asked.filter(({ job }) => job !== "B")).toEqual([{ job: ODD, atMs: 2_000 }]);
  });

  test("an acknowledgement is forgotten with its failure, and not one of a newer failure", async () => {
    const store = await createStore();
    const acknowledge = (job: string, firstFailureAtMs: number) =>
      store.act(actionOf(), { kind: "acknowledge", job, firstFailureAtMs });
    for (const job of ["A", ODD, "B"]) await acknowledge(job, 7_000);
    await acknowledge("A", 8_000);
    await commit(store, {
      outlived: ["A", ODD, "C"].map((job) => ({ job, firstFailureAtMs: 7_000 })),
    });
    const { acknowledgements } = await word(store);
    expect(acknowledgements.toSorted((a, b) => (a.job < b.job ? -1 : 1))).toEqual([
      { job: "A", firstFailureAtMs: 8_000 },
      { job: "B", firstFailureAtMs: 7_000 },
    ]);
  });

  test("what has nothing to do leaves no record", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("waits")] });
    await store.act(actionOf(), { kind: "acknowledge", job: "A", firstFailureAtMs: 7_000 });
    const before = await store.readActions("A", 99);
    const nothing: readonly Effect[] = [
      { kind: "end silence", job: "A" },
      { kind: "acknowledge", job: "A", firstFailureAtMs: 7_000 },
      { kind: "retry message", id: "waits" },
      { kind: "drop message", id: "unknown" },
      { kind: "drop messages", to: "nobody@example.com" },
    ];
    for (const effect of nothing)
      expect([effect, await store.act(actionOf(), effect)]).toEqual([effect, false]);
    expect(await store.readActions("A", 99)).toEqual(before);
    expect(await store.readOutbox(9)).toMatchObject([{ id: "waits", state: "waiting" }]);
  });

  test("actions are given newest first, of a job or of none", async () => {
    const store = await createStore();
    const run = actionOf({ kind: "run", atMs: 6_000, name: ODD, detail: ODD, by: ODD });
    await store.act(run, { kind: "none" });
    await store.act(actionOf({ kind: "test mail", job: null, atMs: 7_000 }), {
      kind: "mail",
      messages: [messageOf("test")],
    });
    await store.act(actionOf({ atMs: 8_000 }), { kind: "silence", job: "A", untilMs: 9_000 });
    expect(await store.readActions("A", 99)).toEqual([actionOf({ atMs: 8_000 }), run]);
    expect(await store.readActions("A", 1)).toEqual([actionOf({ atMs: 8_000 })]);
    expect(await store.readActions(null, 99)).toMatchObject([{ kind: "test mail" }]);
    expect((await store.leaseMessages(9_000, 60_000, 9)).messages).toMatchObject([
      { id: "test", attempts: 1 },
    ]);
  });

  test("a message that was set aside waits again as if it were new", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("m"), messageOf("n")] });
    await store.leaseMessages(5_000, 60_000, 9);
    await store.settleMessages([setAside("m", 6_000, "E: no"), setAside("n", 6_000, "E: no")]);
    expect(await store.act(actionOf(), { kind: "retry message", id: "m" })).toBe(true);
    expect(await store.act(actionOf(), { kind: "retry message", id: "m" })).toBe(false);
    const states = (await store.readOutbox(9)).map(({ id, state }) => `${id} ${state}`);
    expect(states.toSorted()).toEqual(["m waiting", "n set aside"]);
    const { messages } = await store.leaseMessages(7_000, 60_000, 9);
    expect(messages).toMatchObject([{ id: "m", attempts: 1 }]);
    await store.settleMessages([accepted("m", 7_500)]);
    expect(await store.readOutbox(9)).toMatchObject([{ id: "n", state: "set aside" }]);
  });

  test("a message that waits or is held can be sent at once, and one that is being sent cannot", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("m"), messageOf("h")] });
    await store.leaseMessages(5_000, 60_000, 9);
    expect(await store.act(actionOf({ atMs: 6_000 }), { kind: "retry message", id: "m" })).toBe(false);
    await store.settleMessages(
      [retry("m", 900_000, "E: later"), held("h", 900_000)],
      refusing(messageOf("m").to, 900_000),
    );
    expect(await store.act(actionOf({ atMs: 6_000 }), { kind: "retry message", id: "m" })).toBe(true);
    expect((await store.leaseMessages(7_000, 60_000, 9)).messages).toMatchObject([{ id: "m", attempts: 1 }]);
    expect(await store.act(actionOf({ atMs: 8_000 }), { kind: "retry message", id: "h" })).toBe(true);
    expect((await store.leaseMessages(9_000, 60_000, 9)).messages).toMatchObject([{ id: "h", held: false }]);
  });

  test("messages are dropped one by one or by recipient, also those that wait, and no message to itself", async () => {
    const store = await createStore();
    const [ann, bob] = ["ann@example.com", "bob@example.com"];
    const { probes, messages } = probeOf("token", 1_000);
    await commit(store, {
      probes,
      messages: [
        ...messages.map((one) => ({ ...one, to: ann })),
        ...["a1", "a2", "a3"].map((id) => messageOf(id, { to: ann })),
        messageOf("b1", { to: bob }),
      ],
    });
    await store.settleMessages([setAside("a3", 6_000, "E: no")]);
    expect(await store.readMessage("a3")).toMatchObject({ id: "a3", state: "set aside" });
    expect(await store.readMessage("message of token")).toBeNull();
    expect(await store.act(actionOf(), { kind: "drop message", id: "message of token" })).toBe(false);
    expect(await store.act(actionOf(), { kind: "drop message", id: "a1" })).toBe(true);
    expect(await store.readMessage("a1")).toBeNull();
    await store.settleMessages([], refusing(ann, 900_000, 3));
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
      messageOf(id, { to, job: "A", parts: [partOf(id, { kind: "failure", job: "A" })] });
    const unreached = async (): Promise<unknown> => (await store.readTick(NOW_MS)).unreached;
    await commit(store, {
      messages: [about("a", "ann@example.com"), about("b", "bob@example.com")],
      decisions: [
        decisionOf("A", 5_000, { notice: "failure", messages: ["a", "b"] }),
        decisionOf("B", 5_000, { notice: "failure", messages: ["gone"] }),
      ],
    });
    await store.settleMessages([setAside("a", 6_000, "E: no")]);
    expect(await unreached()).toEqual([]);
    await store.settleMessages([setAside("b", 6_000, "E: no")]);
    const recipients = ["ann@example.com", "bob@example.com"];
    expect(await unreached()).toEqual([{ job: "A", atMs: 5_000, recipients }]);
    // A status change that nobody is notified of is none of its notifications.
    await commit(store, { decisions: [decisionOf("A", 6_000, { notice: null })] });
    expect(await unreached()).toEqual([{ job: "A", atMs: 5_000, recipients }]);
    await store.act(actionOf(), { kind: "drop message", id: "b" });
    expect(await unreached()).toEqual([]);
    await commit(store, {
      messages: [about("c", "ann@example.com")],
      decisions: [decisionOf("A", 7_000, { notice: "recovery", messages: ["c"] })],
    });
    await store.settleMessages([setAside("c", 8_000, "E: no")]);
    expect(await unreached()).toEqual([]);
  });

  test("a message that was dropped is gone", async () => {
    const store = await createStore();
    await commit(store, { messages: [messageOf("m")] });
    await store.settleMessages([setAside("m", 6_000, "E: no")]);
    expect(await store.act(actionOf(), { kind: "drop message", id: "m" })).toBe(true);
    expect(await store.readOutbox(9)).toEqual([]);
    expect((await store.readStatus()).lastSetAsideAtMs).toBeNull();
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
    expect(await store.readActions("A", 9)).toEqual([action]);
    expect(await store.readTrace("A", 9)).toMatchObject([{ atMs: 6_000 }]);
    const view = await store.readTick(NOW_MS);
    expect([view.version, view.damage]).toEqual([2, []]);
    expect(await store.commit(commitOf(1, { tick: null, usage: null, action }))).toBe("conflict");
    await commit(store, {});
    expect((await store.readReport({ tick: 0, change: 0, gap: 0 })).ticks.map(({ id }) => id)).toEqual([
      1, 3,
    ]);
  });

  test("the trace of a job is given newest first, with what became of its mails", async () => {
    const store = await createStore();
    const told = decisionOf("A", 1_000, { reason: ODD, messages: ["m", "n", "pruned"] });
    const kept = decisionOf("A", 2_000, { notice: null, heldBy: "silence", from: null, failures: 0 });
    await commit(store, {
      messages: [messageOf("m", { to: "ann@example.com" }), messageOf("n", { to: "bob@example.com" })],
      decisions: [told, decisionOf("B", 1_000), kept],
    });
    await store.settleMessages([accepted("m", 1_500), held("n", 9_000)]);
    const { messages: _, ...rest } = told;
    const entries = await store.readTrace("A", 9);
    const mails = entries.map((entry) => entry.mails.toSorted((a, b) => (a.to < b.to ? -1 : 1)));
    expect(entries.map(({ mails: _mails, ...entry }) => entry)).toEqual([
      {
        ...rest,
        atMs: 2_000,
        reason: "it is gone",
        notice: null,
        heldBy: "silence",
        from: null,
        failures: 0,
      },
      rest,
    ]);
    expect(mails).toEqual([
      [],
      [
        { to: "ann@example.com", acceptedAtMs: 1_500, setAsideAtMs: null, isHeld: false },
        { to: "bob@example.com", acceptedAtMs: null, setAsideAtMs: null, isHeld: true },
      ],
    ]);
    expect(await store.readTrace("A", 1)).toMatchObject([{ atMs: 2_000 }]);
    expect(await store.readTrace("C", 9)).toEqual([]);
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
