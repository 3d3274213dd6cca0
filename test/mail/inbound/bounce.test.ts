import { describe, expect, test } from "vitest";
import { readInbound } from "../../../src/platform/mail/read-inbound.ts";
import { readBounce, type Bounce } from "../../../src/mail/inbound/bounce.ts";
import { ALERT, COPY, dsn, FAILED, GONE, head, MAIL_ID, plain, status } from "../../support/mail/bounces.ts";
import { bytes, watchedBody } from "../../support/fakes/http.ts";
import { attached, multipart, textEntity } from "../../support/fuzz/mime.ts";

/** What a message says of mail of ours. */
async function read(raw: string, from = "bounce@mx.mailbox.test"): Promise<Bounce | null> {
  const message = bytes(raw);
  const inbound = await readInbound(watchedBody([message]).stream, message.byteLength);
  if (!inbound.ok) throw new Error(inbound.reason);
  return readBounce(inbound.message, { from }, "Checker@Example.com");
}

describe("a bounced alert is a failed delivery, with the report's words:", () => {
  test.each<[string, string, string]>([
    ["with a status", dsn(FAILED), "550 5.1.1 no such user here"],
    ["without a diagnostic", dsn(status("action: FAILED (expired)", "Status: 4.4.7")), "status 4.4.7"],
    [
      "with the headers only",
      dsn(FAILED, `Content-Type: text/rfc822-headers\r\n\r\n${ALERT.split("\r\n\r\n")[0]}`),
      "550 5.1.1 no such user here",
    ],
    [
      "for one of several recipients",
      dsn(status("Action: delivered", "Status: 2.0.0", "", "Action: failed", "Status: 5.2.2")),
      "status 5.2.2",
    ],
    [
      "in other languages (RFC 6533)",
      dsn(FAILED.replace("delivery-status", "global-delivery-status")),
      "550 5.1.1 no such user here",
    ],
    [
      "forwarded by a person",
      `${head("Ops <ops@mailbox.test>", "Fwd: Undelivered")}\r\n${multipart("mixed", [attached(dsn(FAILED))])}`,
      "550 5.1.1 no such user here",
    ],
    [
      "as one text of a postmaster",
      plain(
        "Postmaster <postmaster@mx.mailbox.test>",
        "Undeliverable Mail",
        `Dear sender,\nUser mailbox exceeds allowed size: ${GONE}\n\nOriginal message follows.\n\n${COPY}`,
      ),
      "User mailbox exceeds allowed size: gone@mailbox.test",
    ],
    [
      "as one text that quotes it",
      plain(
        "Mail Delivery <MAILER-DAEMON>",
        "failure notice",
        `Hi.\n<${GONE}>:\n192.0.2.7 said: 550 no mailbox here\n\n${COPY.replaceAll(/^/gm, "> ")}`,
      ),
      "192.0.2.7 said: 550 no mailbox here",
    ],
    [
      "as one text of an empty sender",
      plain("<>", "not delivered", `It was rejected.\n\n${COPY}`),
      "It was rejected.",
    ],
    [
      "from a program with an address of its own, by its code",
      `${head("MailServer <mailserver@mailbox.test>", "Permanent Delivery Failure")}\r\n${multipart("mixed", [textEntity("plain", "It failed:\n554 5.7.1 spam\n"), attached(ALERT)])}`,
      "554 5.7.1 spam",
    ],
    [
      "as HTML",
      `${head("Postmaster <postmaster@mx.mailbox.test>", "Unzustellbar")}\r\n${multipart("mixed", [textEntity("html", "<p>Die Nachricht ist <b>nicht</b> angekommen</p>"), attached(ALERT)])}`,
      "Die Nachricht ist nicht angekommen",
    ],
    [
      "by the Message-ID that it answers",
      plain(
        "MAILER-DAEMON@mx.mailbox.test",
        "Returned mail",
        "User unknown to us",
        `References: <a@b> <${MAIL_ID}@example.com>`,
      ),
      "User unknown to us",
    ],
  ])("%s", async (_shape, raw, reason) => {
    expect(await read(raw)).toEqual({ kind: "bounced", mailIds: [MAIL_ID], reason });
  });

  test("from a program with an address of its own, by its empty envelope sender", async () => {
    const raw = `${head("MailServer <mailserver@mailbox.test>", "Permanent Failure")}\r\n${multipart("mixed", [textEntity("plain", "Die Nachricht kam nicht an."), attached(ALERT)])}`;
    expect((await read(raw, ""))?.reason).toBe("Die Nachricht kam nicht an.");
  });

  test("whose words are one bounded line", async () => {
    const line =
      (await read(dsn(status("Action: failed", `Diagnostic-Code: smtp; 550\t${"x".repeat(5_000)}\u0007`))))
        ?.reason ?? "";
    expect(line).toMatch(/^550 x{100,}…$/);
    expect(line.length).toBeLessThan(201);
  });
});

describe("an alert did arrive, or may still arrive, when it comes", () => {
  const quote = COPY.replaceAll(/^/gm, "> ");
  test.each<[string, string]>([
    [
      "a warning of delay with a status",
      dsn(status("Action: delayed", "Status: 4.4.1", "Diagnostic-Code: smtp; 451 later")),
    ],
    ["a report that it was relayed", dsn(status("Action: relayed", "Status: 2.0.0"))],
    [
      "a warning of delay as one text",
      plain(
        "MAILER-DAEMON@mx.mailbox.test",
        "Warning: could not send message for past 4 hours",
        `450 4.2.0 busy\nIt will be retried.\n\n${COPY}`,
      ),
    ],
    [
      "a warning of delay in German",
      plain("MAILER-DAEMON@mx.mailbox.test", "Zustellung verzögert", `Die Nachricht wartet.\n\n${COPY}`),
    ],
    [
      "a warning of delay in Japanese",
      plain("MAILER-DAEMON@mx.mailbox.test", "配信遅延", `お待ちください\n\n${COPY}`),
    ],
    [
      "an answer of a robot",
      plain(
        "Ops <gone@mailbox.test>",
        "Out of office",
        `I am away. Ask 555 12.\n\n${quote}`,
        "Auto-Submitted: auto-replied",
      ),
    ],
    [
      "an answer of a robot that names the mail",
      plain(
        "Ops <gone@mailbox.test>",
        "Abwesend",
        "Ich bin nicht da.",
        `In-Reply-To: <${MAIL_ID}@example.com>`,
      ),
    ],
    [
      "an answer of a person",
      plain("Ops <gone@mailbox.test>", "Re: [checker-eu] shop failed", `550 5.1.1 is what I see\n\n${quote}`),
    ],
    [
      "a copy that a person forwards",
      `${head("Ops <gone@mailbox.test>", "Fwd: [checker-eu] shop failed")}\r\n${multipart("mixed", [textEntity("plain", "look"), attached(ALERT)])}`,
    ],
    [
      "a receipt that it was read",
      dsn(
        "Content-Type: message/disposition-notification\r\n\r\nDisposition: automatic-action; displayed\r\n",
        undefined,
        "ops@mailbox.test",
      ),
    ],
    [
      "a complaint",
      dsn(
        "Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\n",
        undefined,
        "staff@mailbox.test",
      ),
    ],
    [
      "a complaint without a form",
      `${head("staff@mailbox.test", "complaint about message from 192.0.2.7")}\r\n${multipart("mixed", [textEntity("plain", "abuse"), attached(ALERT)])}`,
    ],
  ])("%s", async (_what, raw) => {
    expect(await read(raw)).toBeNull();
  });
});
