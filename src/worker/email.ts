import { D1Store } from "../storage/d1/d1-store.ts";
import { loggable } from "../platform/log.ts";
import { parseMailWithTimeout, classifyMailWithTimeout } from "../platform/mail/parse-with-timeout.ts";
import type { Platform } from "../platform/platform.ts";
import { parseSettings } from "../platform/settings/parse-settings.ts";
import { PendingUsage } from "../usage/usage-meter.ts";
import { receiveMail } from "../self-check/receive-mail.ts";
import type { Bindings } from "./env.ts";
import { metered } from "./metered-request.ts";

/**
 * An inbound message: a probe of ours that came back, a report that mail of ours did not arrive, or something to refuse.
 * Never answered.
 *
 * It is refused for good (setReject, which is SMTP's 5xx) for what it is, and for now (a rejection, which is
 * SMTP's 4xx, and the sender tries again) for what this instance is: badly set up, slow, or without its database. To
 * refuse a probe of ours for good would lose a proof that the next attempt may bring, and make Email Sending suppress
 * our own address for a week, as one that bounces. Sources: setReject in
 * https://developers.cloudflare.com/email-service/api/route-emails/email-handler/#reject-emails, the word of its
 * maintainer on exceptions in https://github.com/cloudflare/cloudflare-docs/pull/12591, and
 * https://developers.cloudflare.com/email-service/concepts/suppressions/#hard-bounces
 */
export async function handleEmail(
  message: ForwardableEmailMessage,
  env: Bindings,
  platform: Platform,
  pendingUsage: PendingUsage = new PendingUsage(),
): Promise<void> {
  try {
    const refusal = await receive(message, env, platform, pendingUsage);
    if (refusal !== null) message.setReject(refusal);
  } catch (error) {
    throw loggable(error);
  }
}

/** Null when the message is taken, else why not, for its sender. Rejects when it is refused for now. */
async function receive(
  message: ForwardableEmailMessage,
  env: Bindings,
  { clock, random }: Platform,
  pendingUsage: PendingUsage,
): Promise<string | null> {
  const parsed = parseSettings(env);
  if (!parsed.ok) throw new Error("settings are invalid, so no mail is taken at present");
  const inbound = await parseMailWithTimeout(message.raw, message.rawSize);
  if (!inbound.ok) return inbound.reason;
  const reception = await classifyMailWithTimeout(
    metered(env, pendingUsage, (database) =>
      receiveMail(
        { store: new D1Store(database, random), clock, random, settings: parsed.settings },
        inbound.message,
        { from: message.from },
      ),
    ),
  );
  return reception.accepted ? null : reception.reason;
}
