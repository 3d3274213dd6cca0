/** The proof of the instance's own mail from end to end, with every part but the mail itself. */
import { describe, expect, test } from "vitest";
import { LoopbackJob } from "../../src/checks/loopback.ts";
import { findTokens } from "../../src/self-check/loopback.ts";
import type { Mail } from "../../src/mail/message.ts";
import { receiveLoopback, type InboundResult } from "../../src/self-check/receive-loopback.ts";
import { reportStatus } from "../../src/self-check/report-status.ts";
import { Instance, timeOf } from "../support/timeline/instance.ts";

function emailChecker(settings: Partial<Instance["settings"]> = {}): Instance {
  class EmailChecker extends LoopbackJob {}
  return new Instance([{ name: "EmailChecker", load: () => Promise.resolve({ EmailChecker }) }], settings);
}

function isProbe(mail: Mail): boolean {
  return mail.token !== null;
}

/** The mail comes in, as the email handler reads it. */
function receive(checker: Instance, time: string, ...texts: string[]): Promise<InboundResult> {
  checker.clock.ms = timeOf(time);
  return receiveLoopback(checker, texts.flatMap(findTokens), checker.settings.loopbackTimeoutSeconds * 1000);
}

async function status(checker: Instance, time: string): Promise<string> {
  checker.clock.ms = timeOf(time);
  const { status: word, reason } = await reportStatus(checker.store, checker.clock, {
    ok: true,
    settings: checker.settings,
  });
  return `${word}: ${reason}`;
}

describe("the loopback", () => {
  test("is mailed at the first tick, in full", async () => {
    const checker = emailChecker({ mailLoopbackTo: "mailbox@example.net", bustThreading: true });
    const [probe, ...noMore] = await checker.tick("10:00");
    expect(noMore).toEqual([]);
    const mark = `checker-loopback-${"1".padStart(32, "0")}`;
    expect(probe).toEqual({
      id: "2".padStart(32, "0"),
      to: "mailbox@example.net",
      subject: `[checker-eu] ${mark}`,
      body: `checker-eu mails itself this message to prove that its mail arrives.\nThere is nothing to do.\n\n${mark}\n`,
      token: "1".padStart(32, "0"),
    });
  });

  test("delivered makes the instance well, within the minute", async () => {
    const checker = emailChecker();
    const [probe] = await checker.tick("10:00");
    expect(await status(checker, "10:00:03")).toBe("MailProblem: no message to itself has come back yet");
    expect(await receive(checker, "10:00:05", probe?.subject ?? "")).toEqual({ accepted: true, proof: true });
    expect(await status(checker, "10:00:06")).toBe("True: well");
    await checker.tick("10:01");
    expect((await checker.store.readTick(checker.clock.ms)).states.get("EmailChecker")).toMatchObject({
      status: "up",
      reason: "a message to itself came back in 3 s",
    });
  });

  test("is mailed once an hour of the clock", async () => {
    const checker = emailChecker();
    const sentAt: string[] = [];
    for (let minute = 0; minute < 180; minute++) {
      const time = `${10 + Math.floor(minute / 60)}:${String(minute % 60).padStart(2, "0")}`;
      for (const mail of (await checker.tick(time)).filter(isProbe)) {
        sentAt.push(time);
        await receive(checker, `${time}:04`, mail.body);
      }
    }
    expect(sentAt).toEqual(["10:00", "11:00", "12:00"]);
  });

  test("lost is told when its time is over, hourly while it lasts, and heals at the next that returns", async () => {
    const checker = emailChecker();
    const [first] = await checker.tick("10:00");
    await receive(checker, "10:00:04", first?.subject ?? "");
    expect((await checker.tick("11:00")).every(isProbe)).toBe(true);
    for (let minute = 1; minute <= 10; minute++) {
      expect(await checker.tick(`11:${String(minute).padStart(2, "0")}`)).toEqual([]);
      expect(await status(checker, `11:${String(minute).padStart(2, "0")}`)).toBe("True: well");
    }
    const [alert, ...noMore] = await checker.tick("11:11");
    expect(noMore).toEqual([]);
    expect(alert?.subject).toBe("[checker-eu] Mail to itself does not come back");
    expect(alert?.body).toBe(`EmailChecker failed.

Reason:   the message mailed to itself at 2026-11-23 11:00 UTC did not come back within 10 min
Since:    2026-11-23 11:11 UTC
Failures: 1 in a row
Checked:  2026-11-23 11:11 UTC

Alerts of this instance may not reach you. Its peers see MailProblem at its /status.

What to do: check that MAIL_FROM may send, that MAIL_LOOPBACK_TO is routed back to this Worker
(Email Routing, a rule that sends the address to the Worker), and that no spam filter on the way
keeps the message. The next hourly probe that comes back ends this failure.
`);
    expect(await status(checker, "11:11:30")).toBe(
      "MailProblem: the last message to itself did not come back in time",
    );

    for (let minute = 12; minute < 60; minute++) expect(await checker.tick(`11:${minute}`)).toEqual([]);
    const [second] = (await checker.tick("12:00")).filter(isProbe);
    for (let minute = 1; minute < 11; minute++) {
      expect(await checker.tick(`12:${String(minute).padStart(2, "0")}`)).toEqual([]);
    }
    expect(await checker.subjects("12:11")).toEqual(["[checker-eu] Mail to itself does not come back"]);

    expect(await receive(checker, "12:11:30", second?.subject ?? "")).toEqual({
      accepted: true,
      proof: false,
    });
    const [third] = (await checker.tick("13:00")).filter(isProbe);
    expect(await status(checker, "13:00:03")).toBe(
      "MailProblem: the last message to itself did not come back in time",
    );
    expect(await receive(checker, "13:00:05", third?.subject ?? "")).toEqual({ accepted: true, proof: true });
    expect(await status(checker, "13:00:06")).toBe("True: well");
    expect(await checker.tick("13:01")).toEqual([]);
  });

  test("that the mail service refuses names its answer", async () => {
    const checker = emailChecker();
    checker.mailer.answer = (message) =>
      isProbe(message)
        ? { accepted: false, code: "E_SENDER_NOT_VERIFIED", reason: "verify it", permanent: false }
        : { accepted: true };
    await checker.tick("10:00");
    for (let minute = 1; minute <= 10; minute++) await checker.tick(`10:${String(minute).padStart(2, "0")}`);
    const [alert] = await checker.tick("10:11");
    expect(alert?.body.split("\n")[2]).toBe(
      "Reason:   the message mailed to itself at 2026-11-23 10:00 UTC did not come back within 10 min; the mail service answered E_SENDER_NOT_VERIFIED: verify it",
    );
  });

  test("with NO_MAIL proves nothing and says so", async () => {
    const checker = emailChecker({ noMail: true });
    expect(await checker.tick("10:00")).toEqual([]);
    expect((await checker.store.readTick(checker.clock.ms)).states.get("EmailChecker")).toMatchObject({
      status: "inconclusive",
      reason: "NO_MAIL is set, so nothing is mailed and nothing is proven",
    });
    expect(await status(checker, "10:00:03")).toBe("MailProblem: no message to itself has come back yet");
  });
});

test("a tick whose commit is overtaken mails its probe once all the same", async () => {
  const checker = emailChecker();
  const commit = checker.store.commit.bind(checker.store);
  let conflicts = 2;
  checker.store.commit = (wanted) => (conflicts-- > 0 ? Promise.resolve("conflict") : commit(wanted));
  expect((await checker.tick("10:00")).filter(isProbe)).toHaveLength(1);
  expect(await checker.store.recentLoopbacks(5)).toHaveLength(1);
});
