import { afterEach, describe, expect, test, vi } from "vitest";
import { MemoryStore } from "../support/memory-store/store.ts";
import { down, up } from "../../src/core/outcome.ts";
import { instanceStatus } from "../../src/self-check/instance-status.ts";
import { ACCEPTED, never, probeAt, refused } from "../support/fakes/ports.ts";
import { Instance, jobFile, timeOf } from "../support/timeline/instance.ts";

/** A Checker whose one job fails at 10:00 and is well ever after. */
function failingOnce(settings: Partial<Instance["settings"]> = {}): Instance {
  let runs = 0;
  const file = jobFile("Ping", {
    execute: () => (runs++ === 0 ? down("refused") : up()),
    notifyOnFailureEvery: () => "EVERYTIME",
    numberFailuresBeforeNotification: () => 1,
  });
  return new Instance([file], settings);
}

/** What the status says of the mail, where ticks and loopback are well. */
async function mailStatus({ store, settings, clock }: Instance): Promise<string> {
  const loopbacks = [probeAt(clock.ms, { returnedAtMs: clock.ms })];
  const view = { ...(await store.readStatus()), lastTickFinishedAtMs: clock.ms, loopbacks };
  return instanceStatus(view, settings, clock.ms).reason;
}

afterEach(() => {
  vi.useRealTimers();
});

describe("mail that is refused", () => {
  test("is sent by a later tick, and till then shown as a problem", async () => {
    const checker = failingOnce();
    checker.mailer.answer = () => refused();
    expect(await checker.tick("10:00")).toEqual([]);
    expect(await mailStatus(checker)).toBe("a message was refused and waits for its next attempt");
    checker.mailer.answer = () => ACCEPTED;
    const [late, ...noMore] = await checker.tick("10:01");
    expect(noMore).toEqual([]);
    expect(late?.subject).toBe("[checker-eu] Ping failed");
    expect(late?.body).toContain("Checked:  2026-11-23 10:00 UTC\n");
    expect(await mailStatus(checker)).toBe("well");
    expect(await checker.tick("10:02")).toEqual([]);
  });

  test("is tried at growing gaps, an hour at most, for three days, and then set aside in sight", async () => {
    const checker = failingOnce();
    const attemptsAt: number[] = [];
    checker.mailer.answer = () => {
      attemptsAt.push(checker.clock.ms);
      return refused();
    };
    await checker.runTick("10:00");
    const startMs = checker.clock.ms;
    const settled: string[] = [];
    for (let minute = 0; minute <= 3 * 1440 + 120; minute++) {
      checker.clock.ms = startMs + minute * 60_000;
      settled.push(...(await checker.deliver()).map((settlement) => settlement.kind));
    }
    const gaps = attemptsAt.slice(1).map((ms, i) => (ms - (attemptsAt[i] ?? 0)) / 60_000);
    expect(gaps.slice(0, 8)).toEqual([1, 2, 3, 6, 11, 21, 42, 53]);
    expect(Math.max(...gaps)).toBe(53);
    expect(settled.at(-1)).toBe("failed");
    expect(settled.filter((kind) => kind === "failed")).toHaveLength(1);
    expect(attemptsAt.at(-1)).toBeGreaterThanOrEqual(startMs + 3 * 86_400_000 - 2_000);
    expect(await mailStatus(checker)).toBe("a message could not be delivered and was set aside");
  });

  test("for good is set aside at once and not tried again", async () => {
    const checker = failingOnce();
    checker.mailer.answer = () => refused("E_RECIPIENT_NOT_ALLOWED", "not verified", true);
    expect(await checker.tick("10:00")).toEqual([]);
    expect(await mailStatus(checker)).toBe("a message could not be delivered and was set aside");
    checker.mailer.answer = () => ACCEPTED;
    expect(await checker.tick("10:30")).toEqual([]);
  });

  test("by one recipient reaches the others, once", async () => {
    const checker = failingOnce({ alertContacts: ["a@example.com", "bad@example.com", "c@example.com"] });
    checker.mailer.answer = ({ to }) => (to === "bad@example.com" ? refused() : ACCEPTED);
    expect((await checker.tick("10:00")).map((mail) => mail.to)).toEqual(["a@example.com", "c@example.com"]);
    checker.mailer.answer = () => ACCEPTED;
    expect((await checker.tick("10:01")).map((mail) => mail.to)).toEqual(["bad@example.com"]);
  });
});

describe("a mail service that hangs", () => {
  test("is left after 30 s, the mail tried again, and the others sent meanwhile", async () => {
    vi.useFakeTimers();
    const checker = failingOnce({ alertContacts: ["slow@example.com", "b@example.com"] });
    checker.mailer.answer = ({ to }) => (to === "slow@example.com" ? never() : ACCEPTED);
    await checker.runTick("10:00");
    const delivering = checker.deliver();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(await delivering).toEqual([
      {
        id: expect.stringMatching(/^0+2$/) as string,
        attempts: 1,
        kind: "accepted",
        atMs: checker.clock.ms,
        mailId: expect.stringMatching(/^0+2$/) as string,
      },
      {
        id: expect.stringMatching(/^0+1$/) as string,
        attempts: 1,
        kind: "retry",
        nextAttemptAtMs: checker.clock.ms + 39_375,
        error: { code: "E_TIMEOUT", reason: "the mail service did not answer within 30 s" },
      },
    ]);
  });

  test("takes no more than four mails at once, and begins none after five minutes", async () => {
    vi.useFakeTimers();
    const many = Array.from({ length: 60 }, (_, i) => `n${i}@example.com`);
    const checker = failingOnce({ alertContacts: many });
    let sending = 0;
    let most = 0;
    checker.mailer.answer = () => {
      most = Math.max(most, ++sending);
      setTimeout(() => (sending -= 1), 30_000);
      return never();
    };
    await checker.runTick("10:00");
    const startedMs = Date.now();
    const clockMs = checker.clock.ms;
    checker.clock.nowMs = () => clockMs + Date.now() - startedMs;
    const delivering = checker.deliver();
    await vi.runAllTimersAsync();
    // Ten rounds of 30 s, and one that began just at the end. The others are given back to the next tick.
    expect(await delivering).toHaveLength(44);
    expect(most).toBe(4);
    expect(Date.now() - startedMs).toBe(330_000);
  });
});

describe("mail that is being sent", () => {
  test("is not sent by another invocation as well", async () => {
    const checker = failingOnce();
    await checker.runTick("10:00");
    const gate = Promise.withResolvers<void>();
    checker.mailer.answer = () => gate.promise.then(() => ACCEPTED);
    const first = checker.deliver();
    expect(await checker.deliver()).toEqual([]);
    gate.resolve();
    expect(await first).toHaveLength(1);
    expect(checker.mailer.accepted).toHaveLength(1);
  });

  test("by an invocation that died is sent again by a later one: twice is better than never", async () => {
    const checker = failingOnce();
    const settle = checker.store.recordDeliveries.bind(checker.store);
    checker.store.recordDeliveries = () => Promise.reject(new Error("the isolate was gone"));
    await checker.runTick("10:00");
    await expect(checker.deliver()).rejects.toThrow("the isolate was gone");
    checker.store.recordDeliveries = settle;
    for (const minute of [1, 2, 3, 4, 5]) expect(await checker.tick(`10:0${minute}`)).toEqual([]);
    expect(await mailStatus(checker)).toBe("a message has waited for more than 5 minutes");
    expect(await checker.subjects("10:06")).toEqual(["[checker-eu] Ping failed"]);
    expect(await mailStatus(checker)).toBe("well");
  });
});

test("more mails than one tick takes are sent by the next ones, all of them once", async () => {
  const many = Array.from({ length: 450 }, (_, i) => `n${i}@example.com`);
  const checker = failingOnce({ alertContacts: many });
  const counts: number[] = [];
  for (const minute of [0, 1, 2, 3]) counts.push((await checker.tick(`10:0${minute}`)).length);
  expect(counts).toEqual([200, 200, 50, 0]);
  expect(checker.mailer.accepted.map((mail) => mail.to)).toEqual(many);
});

test("messages that are tried one by one count in the number of mails an hour", async () => {
  const checker = failingOnce({ maxMailsPerHour: 2 });
  checker.files = ["10:00", "10:01", "10:02"].map((time) =>
    jobFile(`At ${time}`, {
      execute: ({ nowMs }) => nowMs !== timeOf(time) || down("refused"),
      notifyOnFailureEvery: () => "EVERYTIME",
      numberFailuresBeforeNotification: () => 1,
    }),
  );
  checker.mailer.answer = () => refused();
  for (const time of ["10:00", "10:01", "10:02"]) await checker.tick(time);
  // Together they are too much for this mail service.
  checker.mailer.answer = ({ subject }) =>
    subject.includes(" down") ? refused("E_CONTENT_TOO_LARGE", "too large", true) : ACCEPTED;
  expect(await checker.subjects("10:05")).toEqual([
    "[checker-eu] At 10:00 failed",
    "[checker-eu] At 10:01 failed",
  ]);
  expect((await checker.store.readOutbox(10)).map(({ state, jobs }) => [state, jobs])).toEqual([
    ["throttled", ["At 10:02"]],
  ]);
  expect(await checker.subjects("11:04")).toEqual([]);
  expect(await checker.subjects("11:05")).toEqual(["[checker-eu] At 10:02 failed"]);
});

test("a probe whose time is over is dropped unsent", async () => {
  const checker = new Instance([
    jobFile("EmailChecker", {
      execute(context) {
        context.loopback.sendLoopback();
        return true;
      },
    }),
  ]);
  await checker.runTick("10:00");
  checker.clock.ms += 600_000;
  expect(await checker.deliver()).toEqual([
    {
      id: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
      attempts: 0,
      kind: "dropped",
      atMs: checker.clock.ms,
      error: { code: "E_EXPIRED", reason: "its time was over before it was sent" },
    },
  ]);
  expect(checker.mailer.accepted).toEqual([]);
  expect((await checker.store.readStatus()).lastFailedAtMs).toBeNull();
});

test("nothing to send asks nothing of the mailer", async () => {
  const checker = new Instance([], {}, new MemoryStore());
  const recordDeliveries = vi.spyOn(checker.store, "recordDeliveries");
  expect(await checker.deliver()).toEqual([]);
  expect(recordDeliveries).not.toHaveBeenCalled();
});
