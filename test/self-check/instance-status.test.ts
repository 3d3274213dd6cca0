import { describe, expect, test } from "vitest";
import { instanceStatus, type StatusView } from "../../src/self-check/instance-status.ts";
import { at, probeAt } from "../support/fakes/ports.ts";

const now = at("2026-11-23 10:30");
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const RULE = { staleAfterSeconds: 180, loopbackTimeoutSeconds: 600 };
const PROVEN = probeAt(at("2026-11-23 10:00:01"), { returnedAtMs: at("2026-11-23 10:00:05") });

/** Of an instance on which all is well, but for `changes`. */
function status(changes: Partial<StatusView>, nowMs = now): string {
  const view: StatusView = {
    lastTickFinishedAtMs: nowMs - 20_000,
    loopbacks: [PROVEN],
    oldestRefusedAtMs: null,
    oldestWaitingAtMs: null,
    lastFailedAtMs: null,
    ...changes,
  };
  const { status: word, reason } = instanceStatus(view, RULE, nowMs);
  return `${word}: ${reason}`;
}

test("an instance on which all is well says True", () => {
  expect(status({})).toBe("True: well");
});

describe("the jobs", () => {
  test("have a problem before the first tick has completed", () => {
    expect(status({ lastTickFinishedAtMs: null })).toBe("JobProblem: no tick has completed yet");
  });

  test("have a problem when the last tick lies in the future, further than clocks differ", () => {
    expect(status({ lastTickFinishedAtMs: now + 120_000 })).toBe("True: well");
    expect(status({ lastTickFinishedAtMs: now + 121_000 })).toBe(
      "JobProblem: the last tick claims to have completed in the future",
    );
  });

  test("have a problem from STALE_AFTER_SECONDS without a tick on", () => {
    expect(status({ lastTickFinishedAtMs: now - 179_999 })).toBe("True: well");
    expect(status({ lastTickFinishedAtMs: now - 180_000 })).toBe(
      "JobProblem: the last tick completed 180 s ago, the limit is 180 s",
    );
    expect(status({ lastTickFinishedAtMs: now - 3 * DAY_MS })).toBe(
      "JobProblem: the last tick completed 259200 s ago, the limit is 180 s",
    );
  });

  test("are well after a tick that ended just now, also by a clock that is a little ahead", () => {
    expect(status({ lastTickFinishedAtMs: now + 500 })).toBe("True: well");
  });

  test("come first where the mail has a problem too", () => {
    expect(status({ lastTickFinishedAtMs: null, loopbacks: [] })).toBe(
      "JobProblem: no tick has completed yet",
    );
  });
});

describe("the mail", () => {
  test("is unproven while nothing has come back", () => {
    const expected = "MailProblem: no message to itself has come back yet";
    expect(status({ loopbacks: [] })).toBe(expected);
    expect(status({ loopbacks: [probeAt(now - 599_999)] })).toBe(expected);
  });

  test("has a problem while the newest decided probe is overdue", () => {
    const lost = probeAt(now - 600_000);
    expect(status({ loopbacks: [lost, PROVEN] })).toBe(
      "MailProblem: the last message to itself did not come back in time",
    );
  });

  test("is well while the newest probe is on its way and the last one returned", () => {
    expect(status({ loopbacks: [probeAt(now - 599_999), PROVEN] })).toBe("True: well");
  });

  test("has a problem when no probe has been mailed for an hour, its time and a stale tick", () => {
    const sentAtMs = PROVEN.sentAtMs;
    const lastsMs = (3600 + 600 + 180) * 1000;
    expect(status({}, sentAtMs + lastsMs)).toBe("True: well");
    expect(status({}, sentAtMs + lastsMs + 1)).toBe("MailProblem: no message to itself was mailed lately");
  });

  test("has a problem while a refused message waits", () => {
    expect(status({ oldestRefusedAtMs: now - 1, oldestWaitingAtMs: now - 1 })).toBe(
      "MailProblem: a message was refused and waits for its next attempt",
    );
  });

  test("has a problem when a message waits for more than five minutes, tried or not", () => {
    expect(status({ oldestWaitingAtMs: now - 5 * MINUTE_MS })).toBe("True: well");
    expect(status({ oldestWaitingAtMs: now - 5 * MINUTE_MS - 1 })).toBe(
      "MailProblem: a message has waited for more than 5 minutes",
    );
  });

  test("has a problem for three days after a message was set aside", () => {
    const expected = "MailProblem: a message could not be delivered and was set aside";
    expect(status({ lastFailedAtMs: now })).toBe(expected);
    expect(status({ lastFailedAtMs: now - 3 * DAY_MS + 1 })).toBe(expected);
    expect(status({ lastFailedAtMs: now - 3 * DAY_MS })).toBe("True: well");
  });
});

test("the words are the three that peers understand", () => {
  const words = new Set(
    [{}, { lastTickFinishedAtMs: null }, { loopbacks: [] }].map((changes) => status(changes).split(":")[0]),
  );
  expect(words).toEqual(new Set(["True", "JobProblem", "MailProblem"]));
});

test("a message that was decided in the future, further than clocks differ, is no sign that mail is well", () => {
  expect(status({ oldestWaitingAtMs: now + 120_000 })).toBe("True: well");
  expect(status({ oldestWaitingAtMs: now + 121_000 })).toBe(
    "MailProblem: a message waits that claims to be of the future",
  );
});

test("a probe that came back in the future proves nothing, whenever it was sent", () => {
  const returned = (ms: number) => [{ ...PROVEN, returnedAtMs: now + ms }];
  expect(status({ loopbacks: returned(120_000) })).toBe("True: well");
  expect(status({ loopbacks: returned(121_000) })).toBe(
    "MailProblem: no message to itself has come back yet",
  );
});

test("a proof of mail from the future proves nothing, further than clocks differ", () => {
  const future = (ms: number) => probeAt(now + ms, { returnedAtMs: now + ms });
  expect(status({ loopbacks: [future(120_000)] })).toBe("True: well");
  expect(status({ loopbacks: [future(121_000)] })).toBe(
    "MailProblem: no message to itself has come back yet",
  );
});
