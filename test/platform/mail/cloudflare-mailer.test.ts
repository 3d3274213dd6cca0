import { describe, expect, test, vi } from "vitest";
import type { Mail } from "../../../src/mail/message.ts";
import { CloudflareMailer, silentMailer } from "../../../src/platform/mail/cloudflare-mailer.ts";
import { FakeClock } from "../../support/fakes/ports.ts";

/** What the binding is handed. */
interface Sent {
  readonly from: string;
  readonly to: string;
  readonly raw: string;
}

vi.mock("cloudflare:email", () => ({
  EmailMessage: class {
    readonly from: string;
    readonly to: string;
    readonly raw: string;
    constructor(from: string, to: string, raw: string) {
      this.from = from;
      this.to = to;
      this.raw = raw;
    }
  },
}));

const MESSAGE: Mail = {
  id: "1",
  to: "ops@example.com",
  subject: "[checker-eu] Ping failed",
  body: "Ping failed.\n",
  token: null,
};

function mailer(send: (message: Sent) => Promise<unknown>): CloudflareMailer {
  return new CloudflareMailer({ send } as unknown as SendEmail, "checker@example.com", new FakeClock(0));
}

function failure(code: unknown, message = "no"): Error {
  return Object.assign(new Error(message), { code });
}

describe("the mail binding", () => {
  test("is handed envelope and message", async () => {
    const sent: Sent[] = [];
    const delivery = await mailer((message) => Promise.resolve(sent.push(message))).send(MESSAGE);
    expect(delivery).toEqual({ accepted: true });
    expect(sent.map(({ from, to }) => [from, to])).toEqual([["checker@example.com", "ops@example.com"]]);
    expect(sent[0]?.raw).toMatch(/^Subject: \[checker-eu\] Ping failed\r$/m);
  });

  test.each(["checker@example.com", "Checker@EXAMPLE.com", "checker+shop@example.com"])(
    "is handed no mail to the Worker's own address %s but its probes",
    async (to) => {
      const sent: Sent[] = [];
      const own = mailer((message) => Promise.resolve(sent.push(message)));
      expect(await own.send({ ...MESSAGE, to })).toEqual({
        accepted: false,
        code: "E_OWN_ADDRESS",
        reason: "the recipient is MAIL_FROM, whose mail is routed to this Worker, so no person would read it",
        permanent: true,
      });
      expect(sent).toEqual([]);
      expect(await own.send({ ...MESSAGE, to, token: "0123456789abcdef0123456789abcdef" })).toEqual({
        accepted: true,
      });
    },
  );

  test("that refuses gives its code and its reason as one line", async () => {
    const send = () => Promise.reject(failure("E_RATE_LIMIT_EXCEEDED", "slow\r\ndown"));
    expect(await mailer(send).send(MESSAGE)).toEqual({
      accepted: false,
      code: "E_RATE_LIMIT_EXCEEDED",
      reason: "slow down",
      permanent: false,
    });
  });

  test("that throws at once, or what is no error, is a refusal too", async () => {
    const thrower = (): never => {
      throw new Error("binding is gone");
    };
    expect(await mailer(thrower).send(MESSAGE)).toEqual({
      accepted: false,
      code: "E_UNKNOWN",
      reason: "binding is gone",
      permanent: false,
    });
    for (const odd of [undefined, null, "text", failure(550)]) {
      expect(await mailer(() => Promise.reject(odd as Error)).send(MESSAGE)).toMatchObject({
        accepted: false,
        code: "E_UNKNOWN",
        permanent: false,
      });
    }
  });

  test("is not even asked for a message that cannot be composed, and that is data as well", async () => {
    const send = vi.fn(() => Promise.resolve());
    const odd = { ...MESSAGE, body: undefined as unknown as string };
    expect(await mailer(send).send(odd)).toMatchObject({ accepted: false, code: "E_UNKNOWN" });
    expect(send).not.toHaveBeenCalled();
  });
});

describe("a refusal", () => {
  test.each([
    "E_RECIPIENT_NOT_ALLOWED",
    "E_RECIPIENT_SUPPRESSED",
    "E_VALIDATION_ERROR",
    "E_FIELD_MISSING",
    "E_CONTENT_TOO_LARGE",
    "E_HEADER_NOT_ALLOWED",
    "E_HEADERS_TOO_LARGE",
  ])("of the recipient or the message is for good: %s", async (code) => {
    expect(await mailer(() => Promise.reject(failure(code))).send(MESSAGE)).toMatchObject({
      code,
      permanent: true,
    });
  });

  test.each([
    "E_SENDER_NOT_VERIFIED",
    "E_SENDER_DOMAIN_NOT_AVAILABLE",
    "E_RATE_LIMIT_EXCEEDED",
    "E_DAILY_LIMIT_EXCEEDED",
    "E_DELIVERY_FAILED",
    "E_INTERNAL_SERVER_ERROR",
    "X_E_VALIDATION_ERROR",
    "",
  ])("that may pass is not: %j", async (code) => {
    expect(await mailer(() => Promise.reject(failure(code))).send(MESSAGE)).toMatchObject({
      code,
      permanent: false,
    });
  });
});

test("with NO_MAIL everything is accepted and nothing sent", async () => {
  expect(await silentMailer.send(MESSAGE)).toEqual({ accepted: true });
});
