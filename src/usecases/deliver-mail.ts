import { settle, type Delivery, type LeasedMessage, type Settlement } from "../domain/message.ts";
import type { Clock, Mailer, Random, Store } from "../domain/ports.ts";
import { mapWithSlots } from "../timing/slots.ts";
import { withinLimit } from "../timing/time-limit.ts";

export interface DeliveryDependencies {
  readonly store: Store;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly random: Random;
}

/** Messages taken at once. What is over waits for the next tick. */
const MAX_MESSAGES = 40;
const MESSAGES_AT_ONCE = 4;
/** After this an attempt counts as failed, ms. */
const SEND_LIMIT_MS = 30_000;
/** A sender that died gives its messages back after this, ms: more than all attempts of one call can take. */
const LEASE_MS = (MAX_MESSAGES / MESSAGES_AT_ONCE + 2) * SEND_LIMIT_MS;

/** Sends the messages that are due, and records what became of each. */
export async function deliverMail(dependencies: DeliveryDependencies): Promise<readonly Settlement[]> {
  const { store, clock } = dependencies;
  const messages = await store.leaseMessages(clock.nowMs(), LEASE_MS, MAX_MESSAGES);
  if (messages.length === 0) return [];
  const settlements = await mapWithSlots(messages, MESSAGES_AT_ONCE, (message) =>
    attempt(message, dependencies),
  );
  await store.settleMessages(settlements);
  return settlements;
}

async function attempt(message: LeasedMessage, dependencies: DeliveryDependencies): Promise<Settlement> {
  const { clock, mailer, random } = dependencies;
  const expired = message.expiresAtMs !== null && clock.nowMs() >= message.expiresAtMs;
  const delivery: Delivery = expired
    ? { accepted: false, code: "E_EXPIRED", reason: "its time was over before it was sent", permanent: true }
    : await withinLimit(SEND_LIMIT_MS, mailer.send(message), tooSlow);
  return settle(message, delivery, clock.nowMs(), random.number());
}

/** A send that hangs may still succeed; it is repeated all the same, since twice is better than never. */
function tooSlow(): Delivery {
  const reason = `the mail service did not answer within ${SEND_LIMIT_MS / 1000} s`;
  return { accepted: false, code: "E_TIMEOUT", reason, permanent: false };
}
