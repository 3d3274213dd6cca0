import { DAY_MS } from "../../core/time/frequency.ts";
import type { Envelope, InboundMessage } from "./inbound-mail.ts";
import { isOwnAddress } from "../../core/net/own-address.ts";
import type { Clock, Random } from "../../core/ports.ts";
import type { Settings } from "../../core/settings.ts";
import { readBounce, type AcceptedMessage, type Bounce, type BounceStore } from "./bounce.ts";
import { groupByRecipient } from "../group-by-recipient.ts";
import { BOUNCE_SUBJECT, bounceNotification } from "./bounce-notification.ts";

/** Mail servers give up after five days at most; older mail is left alone. */
const RECENT_MS = 7 * DAY_MS;

export interface BounceDependencies {
  readonly store: BounceStore;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
}

/**
 * Makes mail of ours a failed delivery when this message shows that it did not arrive, and notifies the other contacts:
 * accepted by the mail service is not delivered. Once for each mail, since it does not count as accepted after that.
 *
 * @returns whether the message is about mail that counted as accepted
 */
export async function recordBounce(
  { store, clock, random, settings }: BounceDependencies,
  message: InboundMessage,
  envelope: Envelope,
): Promise<boolean> {
  const undelivered = readBounce(message, envelope, settings.mailFrom);
  if (undelivered === null) return false;
  const nowMs = clock.nowMs();
  const found = await store.findAccepted(undelivered.mailIds, nowMs - RECENT_MS);
  const failed = found.filter(({ to }) => !isForward(undelivered, to, settings));
  if (failed.length === 0) return found.length > 0;
  const { reason } = undelivered;
  const notifications = groupByRecipient(
    [...Map.groupBy(failed.filter(isWorthNotifying), ({ to }) => to)].map(([to, messages]) =>
      bounceNotification(to, messages, reason, others(settings, to), nowMs),
    ),
    settings,
    random,
    nowMs,
  );
  const ids = failed.map(({ id }) => id);
  await store.failAccepted(ids, { code: "E_BOUNCED", reason }, nowMs, notifications);
  return true;
}

/** The mailbox that forwards probes forwards its owner's alerts as well: he has them. */
function isForward({ kind }: Bounce, to: string, { mailFrom, mailLoopbackTo }: Settings): boolean {
  return kind === "returned" && isOwnAddress(to, mailLoopbackTo) && !isOwnAddress(mailLoopbackTo, mailFrom);
}

function isWorthNotifying({ subject }: AcceptedMessage): boolean {
  return !BOUNCE_SUBJECT.test(subject);
}

function others({ alertContacts }: Settings, recipient: string): readonly string[] {
  return alertContacts.filter((contact) => contact.toLowerCase() !== recipient.toLowerCase());
}
