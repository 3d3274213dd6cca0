import { expect, test } from "vitest";
import { createLastingWorker } from "../../../scripts/local/lasting-worker.ts";
import type { LeftMail } from "../../../scripts/local/left-mail.ts";
import type { LocalWorker } from "../../../scripts/local/local-worker.ts";
import { NoAnswer } from "../../../scripts/local/request.ts";
import type { SentMail } from "../../../scripts/local/sent-mail.ts";

type Server = Parameters<typeof createLastingWorker>[0]["current"] extends () => Promise<infer S> ? S : never;

/** A server whose Worker answers each call with its name and the call, or not at all. */
class FakeServer {
  readonly asked: string[] = [];
  readonly sent: SentMail[] = [];
  broken = false;
  unreachable = false;
  /** Calls that begin so fail, for this reason; others do not. */
  fault: { readonly call: string; readonly error: Error } | null = null;
  readonly name: string;
  readonly #death = Promise.withResolvers<string>();
  readonly died = this.#death.promise;

  constructor(name: string) {
    this.name = name;
  }

  die(): void {
    this.unreachable = true;
    this.#death.resolve(`${this.name} died`);
  }
  buildIsBroken(): boolean {
    return this.broken;
  }
  #answer<T>(call: string, answer: T): Promise<T> {
    this.asked.push(call);
    if (this.fault !== null && call.startsWith(this.fault.call)) return Promise.reject(this.fault.error);
    return this.unreachable
      ? Promise.reject(new NoAnswer(`ECONNRESET ${this.name}`))
      : Promise.resolve(answer);
  }
  readonly worker: LocalWorker = {
    status: () => this.#answer("status", this.name),
    report: ({ tick, change }) =>
      this.#answer(`report ${tick} ${change}`, {
        ticks: [],
        changes: [],
        gaps: [],
        status: { status: this.name, reason: "" },
      }),
    runScheduled: (cron, atMs) => this.#answer(`runScheduled ${cron} ${atMs}`, undefined),
    deliver: (from, to, raw) =>
      this.#answer(`deliver ${from} ${to} ${new TextDecoder().decode(raw)}`, this.name),
    sentMails: (cursor) => this.#answer(`sentMails ${cursor}`, { mails: this.sent, cursor: "next" }),
    rawMail: (id) => this.#answer(`rawMail ${id}`, new TextEncoder().encode(this.name)),
  };
}

const mail = (number: number): SentMail => ({
  messageId: `<${number}@x>`,
  from: "checker@example.com",
  to: "admin@example.com",
  subject: `mail ${number}`,
  sentAtMs: number,
});

function begin(deathKnownWithinMs = 20): {
  worker: LocalWorker;
  one: FakeServer;
  two: FakeServer;
  replace: () => void;
  leftMail: LeftMail[];
} {
  const one = new FakeServer("one");
  const two = new FakeServer("two");
  let current: Promise<Server> = Promise.resolve(one);
  const next = Promise.withResolvers<Server>();
  one.died.then(() => (current = next.promise)).catch(() => undefined);
  const leftMail: LeftMail[] = [];
  const worker = createLastingWorker({
    current: () => current,
    leftMail: () => leftMail,
    deathKnownWithinMs,
  });
  return { worker, one, two, replace: () => next.resolve(two), leftMail };
}

test("what a dying server leaves unanswered the next one answers", async () => {
  const { worker, one, two, replace } = begin(200);
  one.unreachable = true;
  const answers = Promise.all([
    worker.status(),
    worker.report({ tick: 1, change: 2, gap: 3 }),
    worker.runScheduled("* * * * *", 60_000),
    worker.deliver("a@x", "b@x", new TextEncoder().encode("raw")),
    worker.rawMail("<1@x>"),
  ]);
  // The death is known only after the requests have failed.
  setTimeout(() => one.die(), 20);
  setTimeout(replace, 40);
  const [status, report, , delivered, raw] = await answers;
  expect([status, report.status.status, delivered, new TextDecoder().decode(raw)]).toEqual(
    Array.from({ length: 4 }, () => "two"),
  );
  const calls = [
    "status",
    "report 1 2",
    "runScheduled * * * * * 60000",
    "deliver a@x b@x raw",
    "rawMail <1@x>",
  ];
  // Before it is known that one has died, it is asked whether it is well.
  expect(one.asked.filter((call) => call !== "status")).toEqual(calls.slice(1));
  expect(two.asked).toEqual(calls);
});

test("a call while no server runs waits for the next, and asks the dead one nothing", async () => {
  const { worker, one, replace } = begin();
  one.die();
  await one.died;
  const answer = worker.status();
  setTimeout(replace, 20);
  expect(await answer).toBe("two");
  expect(one.asked).toEqual([]);
});

test("an answer that is a failure is told, and the question not repeated", async () => {
  const { worker, one } = begin();
  one.fault = { call: "runScheduled", error: new Error("the Worker ended it with: exception") };
  await expect(worker.runScheduled("* * * * *", 0)).rejects.toThrow("the Worker ended it with: exception");
  expect(one.asked).toEqual(["runScheduled * * * * * 0"]);
});

test("a question that a Worker leaves open, while it answers others, is told after three times", async () => {
  const { worker, one } = begin();
  one.fault = { call: "report", error: new NoAnswer("no answer within 5 s") };
  await expect(worker.report({ tick: 0, change: 0, gap: 0 })).rejects.toThrow("no answer within 5 s");
  const round = ["report 0 0", "status"];
  expect(one.asked).toEqual([...round, ...round, ...round]);
});

test("a reload is waited for, however long it takes, and nothing of it is told", async () => {
  const { worker, one } = begin();
  one.unreachable = true;
  const answers = Promise.all([
    worker.report({ tick: 1, change: 2, gap: 3 }),
    worker.runScheduled("* * * * *", 0),
  ]);
  // Time for far more than three questions.
  setTimeout(() => (one.unreachable = false), 300);
  expect((await answers)[0].status.status).toBe("one");
  // Each goes on by a timer of its own: which of them asks first once more is not said.
  expect(one.asked.filter((call) => call !== "status").toSorted()).toEqual([
    "report 1 2",
    "report 1 2",
    "runScheduled * * * * * 0",
    "runScheduled * * * * * 0",
  ]);
  expect(one.asked.filter((call) => call === "status").length).toBeGreaterThan(6);
});

test("while the Worker can not be built, a call waits until it can", async () => {
  const { worker, one } = begin();
  one.unreachable = true;
  one.broken = true;
  setTimeout(() => {
    one.unreachable = false;
  }, 50);
  expect(await worker.status()).toBe("one");
});

test("mail of a dead server stays in the list, behind that of the next, and can be read", async () => {
  const { worker, one, two, replace, leftMail } = begin();
  one.die();
  replace();
  two.sent.push(mail(3));
  leftMail.push(
    { mail: mail(2), raw: new TextEncoder().encode("left 2") },
    { mail: mail(1), raw: new TextEncoder().encode("left 1") },
  );
  expect(await worker.sentMails(null)).toEqual({ mails: [mail(3), mail(2), mail(1)], cursor: "next" });
  expect(await worker.sentMails("next")).toEqual({ mails: [mail(3)], cursor: "next" });
  const raws = await Promise.all(["<1@x>", "<2@x>", "<3@x>"].map((id) => worker.rawMail(id)));
  expect(raws.map((raw) => new TextDecoder().decode(raw))).toEqual(["left 1", "left 2", "two"]);
});
