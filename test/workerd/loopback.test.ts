import { describe, expect, test } from "vitest";
import { failing } from "../support/worker/steering.ts";
import { FAILURES } from "../support/d1/counted-failures.ts";
import type { Checker, Reception } from "../support/worker/harness.ts";
import type { SentMail } from "../support/mail/mailbox.ts";
import { ADMIN_TOKEN, BASE, HOUR, MINUTE, statusOf, useWorkers, utc } from "../support/worker/suite.ts";

const ADMIN = "admin@example.org";

const suite = useWorkers(() => [
  { name: "one", vars: { JOBS: ["EmailChecker"], ADMIN_TOKEN } },
  {
    name: "bounced",
    vars: { JOBS: ["EmailChecker", "Steered"], ADMIN_TOKEN, ALERT_CONTACT: ["gone@mailbox.example", ADMIN] },
  },
  { name: "forwarded", vars: { JOBS: ["EmailChecker"], MAIL_LOOPBACK_TO: "me@mailbox.example" } },
]);

/** In an hour of its own: another probe is due where a test means it, and nowhere else. */
const NOW = BASE + 25 * MINUTE;

/** A tick that mails a probe, and that probe. */
async function sendLoopback(checker: Checker, atMs = NOW): Promise<SentMail> {
  await checker.tick(atMs);
  const probe = (await suite.mails()).find(({ to }) => to !== ADMIN);
  if (probe === undefined) throw new Error("no probe was mailed");
  return probe;
}

/** Mail to the admin since the last call. */
async function alerts(): Promise<readonly SentMail[]> {
  return (await suite.mails()).filter(({ to }) => to === ADMIN);
}

/** As if the newest probe had been mailed so much earlier. */
async function age(checker: Checker, ms: number): Promise<void> {
  await checker.sql(
    "UPDATE loopback SET sent_at = sent_at - ?1 WHERE sent_at = (SELECT max(sent_at) FROM loopback)",
    ms,
  );
}

/** Why a message was refused, null when it was taken. Whatever becomes of it, nobody is answered. */
async function refusal(checker: Checker, raw: string, from?: string): Promise<string | null> {
  const reception: Reception = await checker.receive(raw, from);
  expect(reception).toMatchObject({ outcome: "ok", forwards: [], replies: [] });
  expect(await suite.mails()).toEqual([]);
  return reception.rejectReason ?? null;
}

const UNPROVEN = "MailProblem: no message to itself has come back yet";
const OVERDUE = "MailProblem: the last message to itself did not come back in time";

describe("a probe", () => {
  test("is mailed from the instance to itself, with its token in subject, header and body", async () => {
    const probe = await sendLoopback(suite.checker());
    const mark = probe.header("x-checker-loopback") ?? "";
    expect(mark).toMatch(/^checker-loopback-[0-9a-f]{32}$/);
    expect(probe).toMatchObject({
      from: "one@checker.example",
      to: "one@checker.example",
      subject: `[one] ${mark}`,
      body: [
        "one mails itself this message to prove that its mail arrives.",
        "There is nothing to do.",
        "",
        mark,
        "",
      ].join("\n"),
    });
    expect(probe.header("auto-submitted")).toBe("auto-generated");
  });

  test("goes to MAIL_LOOPBACK_TO where there is one", async () => {
    expect((await sendLoopback(suite.checker("forwarded"))).to).toBe("me@mailbox.example");
  });

  test("is mailed once an hour, with a new token each", async () => {
    const checker = suite.checker();
    const tokens: string[] = [];
    for (const minute of [0, 1, 59, 60, 61]) {
      const atMs = BASE + minute * MINUTE;
      await checker.tick(atMs);
      const mails = (await suite.mails()).filter(({ to }) => to !== ADMIN);
      // As if this tick had run at the time that it was for.
      if (mails.length > 0) {
        await checker.sql(
          "UPDATE loopback SET sent_at = ?1 WHERE sent_at = (SELECT max(sent_at) FROM loopback)",
          atMs,
        );
      }
      tokens.push(mails.map(({ subject }) => subject).join());
    }
    expect(tokens.map((token) => token !== "")).toEqual([true, false, false, true, false]);
    expect(tokens[0]).not.toBe(tokens[3]);
  });

  test("that comes back proves the mail, and its round trip is kept", async () => {
    const checker = suite.checker();
    const probe = await sendLoopback(checker);
    expect(await statusOf(checker)).toBe(UNPROVEN);
    await age(checker, 3000);
    expect(await refusal(checker, probe.raw)).toBeNull();
    expect(await checker.status()).toBe("True");

    await checker.tick(NOW + MINUTE);
    const [row] = await checker.sql("SELECT returned_at - sent_at AS took FROM loopback");
    expect(row?.["took"]).toBeGreaterThanOrEqual(3000);
    expect(await checker.sql("SELECT status, reason FROM job_state")).toEqual([
      { status: "up", reason: expect.stringMatching(/^a message to itself came back in \d+ s$/) as string },
    ]);
  });
});

describe("a probe that is lost", () => {
  test("is told to the admin every hour until another comes back, and shown at /status", async () => {
    const checker = suite.checker();
    await sendLoopback(checker);
    await age(checker, 20 * MINUTE);
    const [lost] = await checker.sql("SELECT sent_at FROM loopback");
    expect(await statusOf(checker)).toBe(OVERDUE);

    await checker.tick(NOW + MINUTE);
    const body = (minutes: number, failures: number): string =>
      [
        "EmailChecker failed.",
        "",
        `Reason:   the message mailed to itself at ${utc(Number(lost?.["sent_at"]))} did not come back within 10 min`,
        `Since:    ${utc(NOW + MINUTE)}${minutes === 0 ? "" : " (1 h)"}`,
        `Failures: ${failures} in a row`,
        `Checked:  ${utc(NOW + MINUTE + minutes * MINUTE)}`,
        "",
        "Alerts of this instance may not reach you. Its peers see MailProblem at its /status.",
        "",
        "What to do: check that MAIL_FROM may send, that MAIL_LOOPBACK_TO is routed back to this Worker",
        "(Email Routing, a rule that sends the address to the Worker), and that no spam filter on the way",
        "keeps the message. The next hourly probe that comes back ends this failure.",
        "",
      ].join("\n");
    expect(await alerts()).toMatchObject([
      { subject: "[one] Mail to itself does not come back", body: body(0, 1) },
    ]);

    await checker.tick(NOW + 30 * MINUTE);
    expect(await alerts()).toEqual([]);

    // Whatever was mailed since is lost as well: only the first is of interest here.
    await checker.sql("DELETE FROM loopback WHERE sent_at <> ?1", lost?.["sent_at"] ?? null);
    await checker.tick(NOW + 61 * MINUTE);
    expect(await alerts()).toMatchObject([
      { subject: "[one] Mail to itself does not come back", body: body(60, 3) },
    ]);
  });

  test("is healed by the next that comes back", async () => {
    const checker = suite.checker();
    await sendLoopback(checker);
    await age(checker, HOUR + 5 * MINUTE);
    const next = await sendLoopback(checker, NOW + MINUTE);
    expect(await statusOf(checker)).toBe(OVERDUE);
    expect(await refusal(checker, next.raw)).toBeNull();
    expect(await checker.status()).toBe("True");
    await checker.tick(NOW + 2 * MINUTE);
    expect(await checker.sql(`SELECT status, ${FAILURES} FROM job_state`)).toEqual([
      { status: "up", failures: 0 },
    ]);
    expect(await alerts()).toEqual([]);
  });

  test("because the mail service refuses it is told with its answer", async () => {
    const checker = suite.checker();
    const refused = { code: "E_SENDER_NOT_VERIFIED", message: "this sender is not verified" };
    suite.steering.mail.set(checker.address, refused);
    await checker.tick(NOW);
    await age(checker, 20 * MINUTE);
    const [lost] = await checker.sql("SELECT sent_at FROM loopback");
    await checker.tick(NOW + MINUTE);
    const [alert] = await alerts();
    expect(alert?.body.split("\n")[2]).toBe(
      `Reason:   the message mailed to itself at ${utc(Number(lost?.["sent_at"]))} did not come back within 10 min` +
        "; the mail service answered E_SENDER_NOT_VERIFIED: this sender is not verified",
    );
  });

  test("because it could not be sent in its time is not sent any more", async () => {
    const checker = suite.checker();
    suite.steering.mail.set(checker.address, { code: "E_RATE_LIMIT_EXCEEDED", message: "too many messages" });
    await checker.tick(NOW);
    suite.steering.mail.clear();
    await checker.sql("UPDATE message SET next_attempt_at = 0, expires_at = 1 WHERE token IS NOT NULL");
    suite.steering.tried.length = 0;
    await checker.tick(NOW + MINUTE);
    expect(suite.steering.tried).not.toContain(checker.address);
    expect(await checker.sql("SELECT closed, last_error_code, failed_at FROM message")).toEqual([
      // What the mail service said is the cause, and is kept.
      { closed: 1, last_error_code: "E_RATE_LIMIT_EXCEEDED", failed_at: null },
    ]);
  });
});

describe("a message of ours that is taken", () => {
  test("though it came too late proves nothing", async () => {
    const checker = suite.checker();
    const probe = await sendLoopback(checker);
    await age(checker, 20 * MINUTE);
    expect(await refusal(checker, probe.raw)).toBeNull();
    expect(await checker.sql("SELECT returned_at FROM loopback")).toEqual([{ returned_at: null }]);
    expect(await statusOf(checker)).toBe(OVERDUE);
  });

  test("though it came before leaves the first as it was", async () => {
    const checker = suite.checker();
    const probe = await sendLoopback(checker);
    expect(await refusal(checker, probe.raw)).toBeNull();
    const before = await checker.sql("SELECT returned_at FROM loopback");
    expect(await refusal(checker, probe.raw)).toBeNull();
    expect(await checker.sql("SELECT returned_at FROM loopback")).toEqual(before);
  });
});

describe("an alert that did not arrive", () => {
  test.each<[string, (raw: string) => string, string]>([
    [
      "is reported by its bounce",
      (raw) =>
        `From: MAILER-DAEMON@mailbox.example\r\nMessage-ID: <1@mailbox.example>\r\nSubject: Undelivered\r\n\r\n550 5.1.1 no such user\r\n\r\n${raw}`,
      "550 5.1.1 no such user",
    ],
    [
      "comes in itself",
      (raw) => raw,
      "it came back to this Checker, so its address is routed to it and no person reads it",
    ],
  ])("%s, is a failed delivery, and the other contact is notified once", async (_how, make, reason) => {
    const checker = suite.checker("bounced");
    suite.steering.jobs = [{ name: "shop" }];
    const probe = await sendLoopback(checker);
    await checker.receive(probe.raw);
    expect(await statusOf(checker)).toBe("True: well");
    suite.steering.set("shop", failing("gone"));
    await checker.tick(NOW + MINUTE);
    const alert = (await suite.mails()).find(({ to }) => to === "gone@mailbox.example");
    const raw = make(alert?.raw ?? "");
    expect(await refusal(checker, raw, "bounces@cf-bounce.checker.example")).toBeNull();
    // It failed already.
    expect(await refusal(checker, raw, "bounces@cf-bounce.checker.example")).not.toBeNull();
    expect(await statusOf(checker)).toBe("MailProblem: a message could not be delivered and was set aside");
    expect(
      await checker.sql("SELECT recipient, accepted_at, closed, last_error FROM message WHERE failed_at > 0"),
    ).toEqual([{ recipient: "gone@mailbox.example", accepted_at: null, closed: 1, last_error: reason }]);
    await checker.tick(NOW + 2 * MINUTE);
    const notifications = (await alerts()).filter(({ subject }) => subject.includes("was not delivered"));
    expect(notifications.map(({ subject }) => subject)).toEqual([
      "[bounced] Mail to gone@mailbox.example was not delivered",
    ]);
  });
});

describe("a message that is refused", () => {
  test.each([
    ["with a forged token", `checker-loopback-${"0123456789abcdef".repeat(2)}`],
    ["without a token", "Dear sir or madam"],
    ["with half a token", "checker-loopback-0123456789abcdef"],
  ])("because it is a stranger's, %s, proves nothing", async (_how, text) => {
    const checker = suite.checker();
    const probe = await sendLoopback(checker);
    const mark = probe.header("x-checker-loopback") ?? "";
    expect(await refusal(checker, probe.raw.replaceAll(mark, text), checker.address)).toBe(
      "this address takes no mail",
    );
    expect(await statusOf(checker)).toBe(UNPROVEN);
  });

  test("because it is too large is not read, token or not", async () => {
    const checker = suite.checker();
    const probe = await sendLoopback(checker);
    const large = probe.raw + `${"x".repeat(70)}\r\n`.repeat(4000);
    expect(await refusal(checker, large)).toBe("this message is too large");
    expect(await statusOf(checker)).toBe(UNPROVEN);
  });

  test("because of another instance's token proves nothing", async () => {
    const probe = await sendLoopback(suite.checker("forwarded"));
    expect(await refusal(suite.checker("one"), probe.raw)).toBe("this address takes no mail");
  });
});
