import { EmailMessage } from "cloudflare:email";
import type { Delivery, Mail } from "../../mail/message.ts";
import type { Clock } from "../../core/ports.ts";
import { isOwnAddress } from "../../core/net/own-address.ts";
import { errorText } from "../../core/text.ts";
import { composeMime } from "./compose.ts";
import type { Mailer } from "../../mail/ports.ts";

/**
 * Codes that a repetition cannot change: the recipient or the message itself is refused. What is wrong
 * with the sender is not among them, since its owner can mend that, and then wants the alerts.
 * Source: https://developers.cloudflare.com/email-service/api/send-emails/workers-api/
 */
const PERMANENT =
  /^E_(RECIPIENT_NOT_ALLOWED|RECIPIENT_SUPPRESSED|VALIDATION_ERROR|FIELD_MISSING|CONTENT_TOO_LARGE|HEADERS?_.*)$/;

const OWN_ADDRESS: Delivery = {
  accepted: false,
  code: "E_OWN_ADDRESS",
  reason: "the recipient is MAIL_FROM, whose mail is routed to this Worker, so no person would read it",
  permanent: true,
};

/** Sends through the `EMAIL` binding. */
export class CloudflareMailer implements Mailer {
  readonly #binding: SendEmail;
  readonly #from: string;
  readonly #clock: Clock;

  constructor(binding: SendEmail, from: string, clock: Clock) {
    this.#binding = binding;
    this.#from = from;
    this.#clock = clock;
  }

  async send(mail: Mail): Promise<Delivery> {
    // The mail service would accept it and hand it to this Worker. Only a probe is meant to come back.
    if (mail.token === null && isOwnAddress(mail.to, this.#from)) return OWN_ADDRESS;
    try {
      const raw = composeMime(mail, this.#from, this.#clock.nowMs());
      await this.#binding.send(new EmailMessage(this.#from, mail.to, raw));
      return { accepted: true };
    } catch (error) {
      const code = codeOf(error);
      return { accepted: false, code, reason: errorText(error), permanent: PERMANENT.test(code) };
    }
  }
}

function codeOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("code" in error)) return "E_UNKNOWN";
  return typeof error.code === "string" ? error.code : "E_UNKNOWN";
}

/** With NO_MAIL: everything happens but the sending. */
export const silentMailer: Mailer = {
  send: () => Promise.resolve({ accepted: true }),
};
