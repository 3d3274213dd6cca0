import { describe, expect, test } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { RecordReader } from "../../src/history/reader.ts";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import { jobId } from "../../src/core/job-id.ts";
import type { Settings } from "../../src/core/settings.ts";
import { runAdminCommand, type AdminResult, type AdminCommand } from "../../src/admin/commands.ts";
import { ACCEPTED, refused } from "../support/fakes/ports.ts";
import { commit, messageOf } from "../support/fakes/commit.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";

class Life {
  readonly store = new MemoryStore();
  readonly history = new RecordReader(this.store.history);
  readonly instance: Instance;
  outcome: Outcome = up("fine", 20);
  runs = 0;

  constructor(settings: Partial<Settings> = {}) {
    const line = jobFile("Line", {
      execute: () => {
        this.runs += 1;
        return this.outcome;
      },
      executeEvery: () => "DAY",
      numberFailuresBeforeNotification: () => 2,
    });
    const other = jobFile("Other", {
      execute: () => down("gone"),
      numberFailuresBeforeNotification: () => 10,
    });
    this.instance = new Instance([line, other], settings, this.store);
  }

  act(time: string, request: AdminCommand): Promise<AdminResult> {
    this.instance.clock.ms = timeOf(time);
    const dependencies = Object.assign(this.instance, { history: this.history });
    return runAdminCommand(dependencies, request, "ann@example.com");
  }

  mailed(): readonly string[] {
    return this.instance.mailer.accepted.map(({ subject }) => subject.replace("[checker-eu] ", ""));
  }
}

const LINE = jobId("Line");

describe("a run that the owner asks for", () => {
  test("counts like any other: it decides, and what it tells is mailed at once", async () => {
    const life = new Life();
    await life.instance.tick("00:00");
    life.outcome = down("no signal");
    expect(await life.act("10:00", { kind: "run", job: LINE })).toEqual({
      kind: "done",
      text: "It is down: no signal",
    });
    expect(life.mailed()).toEqual([]);
    await life.act("10:01", { kind: "run", job: LINE });
    expect(life.mailed()).toEqual(["Line failed"]);
    life.outcome = up("fine");
    await life.act("10:02", { kind: "run", job: LINE });
    expect(life.mailed()).toEqual(["Line failed", "Line is well again"]);
    expect(await life.store.readAuditLog("Line", 9)).toMatchObject([
      { kind: "run", detail: "up: fine", by: "ann@example.com", atMs: timeOf("10:02") },
      { kind: "run", detail: "down: no signal" },
      { kind: "run", detail: "down: no signal" },
    ]);
    expect(life.runs).toBe(4);
  });

  test("is no tick, and runs nothing else", async () => {
    const life = new Life();
    await life.instance.tick("00:00");
    const before = await life.store.readStatus();
    const others = (await life.store.readTick(0)).states.get("Other");
    await life.act("10:00", { kind: "run", job: LINE });
    expect(await life.store.readStatus()).toEqual(before);
    expect((await life.store.readTick(0)).states.get("Other")).toEqual(others);
    const { points } = await life.history.readSeries("Line", "24 h", timeOf("10:01"));
    expect(points).toHaveLength(1);
    // The day's slot is not touched: the next tick of the minute runs the others, and no gap is made up.
    await life.instance.tick("10:01");
    expect(life.runs).toBe(2);
  });

  test("is decided once more where a tick came between", async () => {
    const life = new Life();
    await life.instance.tick("00:00");
    life.outcome = down("no signal");
    const commit = life.store.commit.bind(life.store);
    let conflicts = 2;
    life.store.commit = async (one) => {
      if (conflicts-- > 0) return "conflict";
      return commit(one);
    };
    await life.act("10:00", { kind: "run", job: LINE });
    expect((await life.store.readTick(0)).states.get("Line")?.failures).toBe(1);
  });

  test("of a job that is there no more is said so", async () => {
    const life = new Life();
    await life.instance.tick("00:00");
    expect(await life.act("10:00", { kind: "run", job: jobId("None") })).toEqual({
      kind: "not found",
      text: "There is no such job.",
    });
    life.instance.files = [];
    expect(await life.act("10:00", { kind: "run", job: LINE })).toEqual({
      kind: "not found",
      text: "This job is not in jobs/ any more.",
    });
    expect(await life.store.readAuditLog("Line", 9)).toEqual([]);
  });
});

describe("what the owner says of notices", () => {
  test("is done, recorded, and answered", async () => {
    const life = new Life();
    await life.instance.tick("00:00");
    const said: readonly (readonly [AdminCommand, AdminResult])[] = [
      [
        { kind: "acknowledge", job: LINE },
        { kind: "nothing to do", text: "It does not fail, so there is nothing to acknowledge." },
      ],
      [
        { kind: "acknowledge", job: jobId("Other") },
        { kind: "done", text: "You are not reminded of this failure any more. Its end is told." },
      ],
      [
        { kind: "acknowledge", job: jobId("Other") },
        { kind: "nothing to do", text: "It is acknowledged already." },
      ],
      [
        { kind: "silence", job: LINE, untilMs: timeOf("12:00") },
        {
          kind: "done",
          text: "Nothing is told until 2026-11-23 12:00 UTC. What then still fails is told then.",
        },
      ],
      [
        { kind: "silence", job: null, untilMs: timeOf("10:00") },
        { kind: "refused", text: "2026-11-23 10:00 UTC is over; give a later time." },
      ],
      [
        { kind: "silence", job: null, untilMs: timeOf("10:00") + 32 * 86_400_000 },
        { kind: "refused", text: "2026-12-25 10:00 UTC is more than 31 days away; give an earlier time." },
      ],
      [
        { kind: "end silence", job: LINE },
        { kind: "done", text: "It is told of again." },
      ],
      [
        { kind: "end silence", job: LINE },
        { kind: "nothing to do", text: "Nothing was silenced." },
      ],
    ];
    for (const [request, answer] of said) {
      expect([request, await life.act("10:00", request)]).toEqual([request, answer]);
    }
    expect(await life.store.readAuditLog("Line", 9)).toMatchObject([
      { kind: "end silence", name: "Line" },
      { kind: "silence", detail: "until 2026-11-23 12:00 UTC" },
    ]);
    expect(await life.store.readAuditLog("Other", 9)).toMatchObject([
      { kind: "acknowledge", detail: "the failure since 2026-11-23 00:00 UTC" },
    ]);
    expect(await life.store.readAuditLog(null, 9)).toEqual([]);
  });
});

describe("a test mail", () => {
  test("goes to every alert contact, and says what became of it", async () => {
    const life = new Life({ alertContacts: ["ann@example.com", "bob@example.com"] });
    life.instance.mailer.answer = ({ to }) =>
      to === "ann@example.com" ? refused("E_RATE_LIMIT_EXCEEDED", "too many") : ACCEPTED;
    const answer = await life.act("10:00", { kind: "test mail" });
    expect(answer.kind).toBe("done");
    expect(answer.text.split("\n").toSorted()).toEqual([
      "ann@example.com: not accepted (E_RATE_LIMIT_EXCEEDED: too many).",
      "bob@example.com: accepted by the mail service. Look whether it arrives.",
    ]);
    expect(life.instance.mailer.accepted[0]?.body).toBe(
      `This is a test mail of Checker at checker-eu, asked for on its page at 2026-11-23 10:00 UTC.

Alerts come from the same address, the same way. If this went to spam, they do.

What to do: nothing.
`,
    );
    expect(await life.store.readAuditLog(null, 9)).toMatchObject([
      { kind: "test mail", detail: "to ann@example.com, bob@example.com" },
    ]);
  });

  test("is refused where nothing is mailed", async () => {
    const life = new Life({ noMail: true });
    expect(await life.act("10:00", { kind: "test mail" })).toEqual({
      kind: "refused",
      text: "NO_MAIL is set, so nothing is mailed. Take it out and deploy again.",
    });
    expect(await life.store.readAuditLog(null, 9)).toEqual([]);
  });
});

describe("a message that was set aside", () => {
  async function failed(): Promise<{ life: Life; id: string }> {
    const life = new Life();
    life.instance.mailer.answer = () => refused("E_BAD", "no", true);
    await life.act("10:00", { kind: "test mail" });
    life.instance.mailer.answer = () => ACCEPTED;
    const [entry] = await life.store.readOutbox(9);
    expect(entry?.state).toBe("failed");
    return { life, id: entry?.id ?? "" };
  }

  test("is sent again at once", async () => {
    const { life, id } = await failed();
    expect(await life.act("10:01", { kind: "retry message", id })).toEqual({
      kind: "done",
      text: "It is tried again.",
    });
    expect(life.mailed()).toEqual(["Test mail"]);
    expect(await life.store.readOutbox(9)).toEqual([]);
    expect((await life.store.readAuditLog(null, 1))[0]).toMatchObject({
      kind: "retry message",
      name: "[checker-eu] Test mail",
    });
  });

  test("is dropped", async () => {
    const { life, id } = await failed();
    expect(await life.act("10:01", { kind: "drop message", id })).toEqual({
      kind: "done",
      text: "It is dropped, and was not told.",
    });
    expect([life.mailed(), await life.store.readOutbox(9)]).toEqual([[], []]);
    expect(await life.act("10:01", { kind: "drop message", id })).toEqual({
      kind: "nothing to do",
      text: "There is no such message in the outbox: it was sent or dropped meanwhile.",
    });
  });

  test("is found however many messages are newer", async () => {
    const { life, id } = await failed();
    const newer = Array.from({ length: 1_200 }, (_, index) =>
      messageOf(`new ${index}`, { decidedAtMs: 9e12 }),
    );
    await commit(life.store, { messages: newer });
    expect(await life.act("10:01", { kind: "drop message", id })).toMatchObject({ kind: "done" });
  });
});

describe("a message that waits", () => {
  async function refusing(): Promise<{ life: Life; id: string }> {
    const life = new Life();
    life.instance.mailer.answer = () => refused();
    await life.act("10:00", { kind: "test mail" });
    const [entry] = await life.store.readOutbox(9);
    expect(entry?.state).toBe("waiting");
    return { life, id: entry?.id ?? "" };
  }

  test("can be sent before its time", async () => {
    const { life, id } = await refusing();
    life.instance.mailer.answer = () => ACCEPTED;
    expect(await life.act("10:00", { kind: "retry message", id })).toMatchObject({ kind: "done" });
    expect(life.mailed()).toEqual(["Test mail"]);
  });

  test("can be dropped", async () => {
    const { life, id } = await refusing();
    expect(await life.act("10:01", { kind: "drop message", id })).toMatchObject({ kind: "done" });
    expect(await life.store.readOutbox(9)).toEqual([]);
  });

  test("can be dropped with everything to its recipient, and nothing to others", async () => {
    const { life } = await refusing();
    const [entry] = await life.store.readOutbox(9);
    const to = entry?.to ?? "";
    await commit(life.store, {
      messages: [messageOf("a", { to }), messageOf("b", { to: "other@example.com" })],
    });
    expect(await life.act("10:01", { kind: "drop messages", to })).toEqual({
      kind: "done",
      text: `Everything to ${to} is dropped, and was not told.`,
    });
    expect((await life.store.readOutbox(9)).map(({ id }) => id)).toEqual(["b"]);
    expect((await life.store.readAuditLog(null, 1))[0]).toMatchObject({
      kind: "drop messages",
      name: `everything to ${to}`,
    });
    expect(await life.act("10:01", { kind: "drop messages", to })).toEqual({
      kind: "nothing to do",
      text: `Nothing waits for ${to}.`,
    });
  });
});
