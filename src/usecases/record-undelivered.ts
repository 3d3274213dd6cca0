import { DAY_MS } from "../domain/frequency.ts";
import type { Envelope, InboundMessage } from "../domain/inbound-mail.ts";
import { isOwnAddress } from "../domain/own-address.ts";
import type { Clock, Random, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { readUndelivered, type AcceptedMessage, type Undelivered } from "../domain/undelivered.ts";
import { bundle } from "./bundle.ts";
import { UNDELIVERED, undeliveredTelling } from "./instance-news.ts";

/** Mail servers give up after five days at most; older mail is left alone. */
const RECENT_MS = 7 * DAY_MS;

export interface UndeliveredDependencies {
  readonly store: Store;
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
export async function recordUndelivered(
  { store, clock, random, settings }: UndeliveredDependencies,
  message: InboundMessage,
  envelope: Envelope,
): Promise<boolean> {
  const undelivered = readUndelivered(message, envelope, settings.mailFrom);
  if (undelivered === null) return false;
  const nowMs = clock.nowMs();
  const found = await store.findAccepted(undelivered.mailIds, nowMs - RECENT_MS);
  const failed = found.filter(({ to }) => !isForward(undelivered, to, settings));
  if (failed.length === 0) return found.length > 0;
  const { reason } = undelivered;
  const notifications = bundle(
    [...Map.groupBy(failed.filter(isWorthNotifying), ({ to }) => to)].map(([to, messages]) =>
      undeliveredTelling(to, messages, reason, others(settings, to), nowMs),
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
function isForward({ kind }: Undelivered, to: string, { mailFrom, mailLoopbackTo }: Settings): boolean {
  return kind === "returned" && isOwnAddress(to, mailLoopbackTo) && !isOwnAddress(mailLoopbackTo, mailFrom);
}

function isWorthNotifying({ subject }: AcceptedMessage): boolean {
  return !UNDELIVERED.test(subject);
}

function others({ alertContacts }: Settings, recipient: string): readonly string[] {
  return alertContacts.filter((contact) => contact.toLowerCase() !== recipient.toLowerCase());
}
