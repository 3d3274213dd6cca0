import { beforeEach, describe, expect, test } from "vitest";
import { readInbound } from "../../../src/platform/mail/read-inbound.ts";
import { MemoryStore } from "../../support/memory-store/store.ts";
import type { Settings } from "../../../src/core/settings.ts";
import type { InboundResult } from "../../../src/self-check/receive-loopback.ts";
import { receiveMail } from "../../../src/self-check/receive-mail.ts";
import { ALERT, dsn, FAILED, GONE, MAIL_ID, plain, status } from "../../support/mail/bounces.ts";
import { accepted, commit, messageOf } from "../../support/fakes/commit.ts";
import { bytes, watchedBody } from "../../support/fakes/http.ts";
import { at, FakeClock, FakeRandom, SETTINGS } from "../../support/fakes/ports.ts";

const SENT = at("2026-11-23 10:00");
const TAKEN: InboundResult = { accepted: true, proof: false };
const REFUSED: InboundResult = { accepted: false, reason: "this is a report about a message" };

const random = new FakeRandom();
let store: MemoryStore;
let settings: Settings;
let clock: FakeClock;

beforeEach(async () => {
  store = new MemoryStore();
  clock = new FakeClock(SENT + 60_000);
  settings = { ...SETTINGS, alertContacts: [GONE, "ops@example.com", "me@example.com"] };
  await accept("alert", MAIL_ID);
});

async function accept(
  id: string,
  mailId: string,
  to = GONE,
  subject = "[checker-eu] shop failed",
): Promise<void> {
  await commit(store, { messages: [messageOf(id, { to, subject, decidedAtMs: SENT })] });
  await store.leaseMessages(SENT, 1, 100);
  await store.recordDeliveries([{ ...accepted(id, SENT), mailId } as never]);
}

async function receive(raw: string, from = "bounce@mx.mailbox.test"): Promise<InboundResult> {
  const message = bytes(raw);
  const inbound = await readInbound(watchedBody([message]).stream, message.byteLength);
  if (!inbound.ok) throw new Error(inbound.reason);
  return receiveMail({ store, clock, random, settings }, inbound.message, { from });
}

/** Failed deliveries with their reasons. */
async function failed(): Promise<readonly string[]> {
  const entries = (await store.readOutbox(100)).filter(({ state }) => state === "failed");
  return entries.map(({ id, lastError }) => `${id}: ${lastError?.code} ${lastError?.reason}`);
}

/** Who is notified, and the mails. */
async function notifications() {
  const waiting = (await store.readOutbox(100)).filter(({ state }) => state === "waiting");
  return waiting.toSorted((a, b) => (a.to < b.to ? -1 : 1));
}

test("a bounced alert is a failed delivery, and /status says MailProblem", async () => {
  expect(await receive(dsn(FAILED))).toEqual(TAKEN);
  expect(await failed()).toEqual(["alert: E_BOUNCED 550 5.1.1 no such user here"]);
  expect((await store.readStatus()).lastFailedAtMs).toBe(clock.ms);
});

test("the other contacts are notified of which mail did not reach whom, and why", async () => {
  await accept("more", MAIL_ID, GONE, "[checker-eu] db failed");
  await receive(dsn(FAILED));
  expect((await notifications()).map(({ to, subject }) => `${to}: ${subject}`)).toEqual([
    "me@example.com: [checker-eu] Mail to gone@mailbox.test was not delivered",
    "ops@example.com: [checker-eu] Mail to gone@mailbox.test was not delivered",
  ]);
  expect((await notifications())[0]?.body).toBe(`\
The mail service accepted this mail to gone@mailbox.test, and it did not arrive:

- [checker-eu] shop failed (mailed at 2026-11-23 10:00 UTC)
- [checker-eu] db failed (mailed at 2026-11-23 10:00 UTC)

Reason:   550 5.1.1 no such user here

It counts as a failed delivery: /status says MailProblem, and the outbox page can send it again.

What to do: check that the address exists and takes mail, or correct it: ALERT_CONTACT, a peer's admin in PEERS,
or the job that mails to it.
`);
});

describe("nobody is notified", () => {
  test("where there is no other contact, and the delivery fails all the same", async () => {
    settings = { ...settings, alertContacts: ["GONE@mailbox.test"] };
    expect(await receive(dsn(FAILED))).toEqual(TAKEN);
    expect(await notifications()).toEqual([]);
    expect(await failed()).toHaveLength(1);
  });

  test("twice of one mail", async () => {
    await receive(dsn(FAILED));
    expect(await receive(dsn(FAILED))).toEqual(REFUSED);
    expect(await notifications()).toHaveLength(2);
  });

  test("of a notification that bounces in turn", async () => {
    const id = "fedcba9876543210fedcba9876543210";
    await accept(
      "note",
      id,
      "ops@example.com",
      "[checker-eu] Mail to gone@mailbox.test was not delivered 123456",
    );
    expect(await receive(dsn(FAILED).replaceAll(MAIL_ID, id))).toEqual(TAKEN);
    expect(await notifications()).toEqual([]);
    expect(await failed()).toHaveLength(1);
  });
});

test("a warning that its delivery is delayed changes nothing", async () => {
  expect(await receive(dsn(status("Action: delayed", "Status: 4.4.1")))).toEqual(REFUSED);
  expect(await failed()).toEqual([]);
  expect(await notifications()).toEqual([]);
});

describe("an alert that comes in itself", () => {
  const REASON = "it came back to this Checker, so its address is routed to it and no person reads it";

  test.each([
    ["as it was mailed", ALERT],
    [
      "with another sender and Message-ID",
      ALERT.replace(/^From: .*$/m, "From: x@y.test").replace(
        /^Message-ID: .*$/m,
        "Message-ID: <1@cf-bounce.example.com>",
      ),
    ],
    ["through relays", `Received: from a by b; Tue, 1 Dec 2026 00:00:00 +0000\r\n${ALERT}`],
  ])("%s, did not reach its contact", async (_how, raw) => {
    expect(await receive(raw, "bounces@cf-bounce.example.com")).toEqual(TAKEN);
    expect(await failed()).toEqual([`alert: E_BOUNCED ${REASON}`]);
    expect(await notifications()).toHaveLength(2);
  });

  test("from the mailbox that forwards probes, did", async () => {
    settings = { ...settings, mailLoopbackTo: "Gone@mailbox.test" };
    expect(await receive(ALERT)).toEqual(TAKEN);
    expect(await failed()).toEqual([]);
    // A report about it is something else.
    await receive(dsn(FAILED));
    expect(await failed()).toHaveLength(1);
  });
});

describe("a report changes nothing", () => {
  test("of mail that is unknown, older than a week, or not accepted", async () => {
    await commit(store, { messages: [messageOf("waits", { id: "f".repeat(32) })] });
    expect(await receive(dsn(FAILED).replaceAll(MAIL_ID, "a".repeat(32)))).toEqual(REFUSED);
    expect(await receive(dsn(FAILED).replaceAll(MAIL_ID, "f".repeat(32)))).toEqual(REFUSED);
    expect(
      await receive(
        dsn(FAILED).replaceAll(`X-Checker-Mail: ${MAIL_ID}`, "").replaceAll("example.com", "example.net"),
      ),
    ).toEqual(REFUSED);
    clock.ms = SENT + 7 * 86_400_000;
    expect(await receive(dsn(FAILED))).toEqual(REFUSED);
    expect(await failed()).toEqual([]);
  });

  test("beyond the five mails that it names first", async () => {
    const ids = Array.from({ length: 500 }, (_, i) => i.toString(16).padStart(32, "0"));
    const names = [...ids, MAIL_ID].map((id) => `X-Checker-Mail: ${id}`).join("\n");
    const asked: (readonly string[])[] = [];
    const find = store.findAccepted.bind(store);
    store.findAccepted = (mailIds, sinceMs) => (asked.push(mailIds), find(mailIds, sinceMs));
    expect(await receive(plain("MAILER-DAEMON@mx.test", "Returned", `User unknown\n\n${names}`))).toEqual(
      REFUSED,
    );
    expect(asked).toEqual([ids.slice(0, 5)]);
  });
});
