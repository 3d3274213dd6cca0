import { composeDigest } from "./digest.ts";
import { delayNotice } from "./delay-notice.ts";
import { groupMessages, itemsOf, type MailGroup } from "./mail-groups.ts";
import { checkRateLimit, otherMailLimit, type RateLimitDecision } from "./rate-limit.ts";
import {
  composeSubject,
  expire,
  giveUpUnfinished,
  throttle,
  priorityOf,
  retryDelayMs,
  resolveDelivery,
  type Delivery,
  type LeasedMessage,
  type Mail,
  type Refusal,
  type DeliveryResult,
} from "./message.ts";
import type { Clock, Random } from "../core/ports.ts";
import { afterAccepted, afterRefused, NEW_RECIPIENT, type RecipientState } from "./recipient.ts";
import type { Settings } from "../core/settings.ts";
import { mapConcurrent } from "../core/time/concurrency.ts";
import { withTimeout } from "../core/time/timeout.ts";
import { DeliveryRecorder } from "./delivery-recorder.ts";
import type { Mailer, Lease, OutboxStore } from "./ports.ts";

export interface DeliveryDependencies {
  readonly store: OutboxStore;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
}

/** Messages taken at once. What is over waits for the next tick. */
const MAX_MESSAGES = 200;
/** Mails that are sent at the same time. */
export const MAILS_AT_ONCE = 4;
/** After this an attempt counts as failed, ms. */
const SEND_LIMIT_MS = 30_000;
/** No mail is begun later than this, ms: an invocation has 15 minutes in all, and the jobs come first. */
const DELIVERY_LIMIT_MS = 300_000;
/** A sender that died gives its messages back after this, ms: more than all attempts of one call can take. */
const LEASE_MS = DELIVERY_LIMIT_MS + 2 * SEND_LIMIT_MS;
/** Messages that are sent alone in one call, because sending them may end it. */
const MAX_SUSPECTS = 5;
/** From so many refusals in a row on it is tried whether a combined mail is what is refused. */
const SPLIT_AFTER_REFUSALS = 2;

/**
 * Sends what is due, and records what became of each message as it comes. Everything that waits for a recipient goes out in
 * as few mails as can hold it in full; none gets more mails an hour than the settings allow; and one that refuses mail
 * is tried again at growing delays, which delays nobody else.
 *
 * A lease counts as an attempt until its result is recorded. A message whose attempts ended twice without one may be what
 * ended them, so it is sent after everything else, alone.
 */
export async function deliverMail(dependencies: DeliveryDependencies): Promise<readonly DeliveryResult[]> {
  const { store, clock } = dependencies;
  const startedMs = clock.nowMs();
  const recorder = new DeliveryRecorder(store);
  const isOver = (): boolean => recorder.failed || clock.nowMs() - startedMs > DELIVERY_LIMIT_MS;
  const run = new DeliveryRun(dependencies, recorder, isOver);

  let results: readonly DeliveryResult[] = [];
  try {
    await run.send(await store.leaseMessages(startedMs, LEASE_MS, MAX_MESSAGES));
    for (let sent = 0; sent < MAX_SUSPECTS && !isOver(); sent++) {
      const suspect = await store.leaseSuspect(clock.nowMs(), LEASE_MS);
      if (suspect.messages.length === 0) break;
      await run.send(suspect);
    }
  } finally {
    results = await recorder.finish();
  }
  return results;
}

/** The mails to one recipient, and how the recipient stands. */
interface Queue {
  readonly mails: readonly MailGroup[];
  state: RecipientState;
  /** A mail was refused for now: what comes behind it waits for the next attempt. */
  isRefusing: boolean;
}

class DeliveryRun {
  readonly #dependencies: DeliveryDependencies;
  readonly #recorder: DeliveryRecorder;
  readonly #isOver: () => boolean;

  constructor(dependencies: DeliveryDependencies, recorder: DeliveryRecorder, isOver: () => boolean) {
    this.#dependencies = dependencies;
    this.#recorder = recorder;
    this.#isOver = isOver;
  }

  /** The first mail of every recipient, then the second of every recipient, and so on. */
  async send(lease: Lease): Promise<void> {
    this.#recorder.leased(lease.messages);
    const queues = queuesOf(lease);
    const rounds = Math.max(0, ...queues.map(({ mails }) => mails.length));
    for (let round = 0; round < rounds; round++) {
      await mapConcurrent(queues, MAILS_AT_ONCE, async (queue) => {
        const group = queue.mails[round];
        if (group !== undefined) await this.#sendGroup(group, queue);
      });
    }
  }

  async #sendGroup(group: MailGroup, queue: Queue): Promise<void> {
    if (queue.isRefusing || this.#isOver()) return;
    const { clock, settings } = this.#dependencies;
    const nowMs = clock.nowMs();
    const [first] = group;
    const untried = resolveUntried(first, nowMs);
    if (untried !== null) return this.#recorder.add([untried]);
    const allowed = rateLimitFor(group, queue.state, settings.maxMailsPerHour, nowMs);
    if (allowed.kind === "hold") {
      return this.#recorder.add(group.map((message) => throttle(message, allowed.untilMs)));
    }
    const mail = composeMail(group, allowed.throttledUntilMs, this.#dependencies, nowMs);
    const delivery = await sendBounded(this.#dependencies.mailer, mail);
    if (delivery.accepted) return this.#record(group, mail, delivery, queue);
    if (group.length > 1 && delivery.permanent) {
      // One message may be what is refused; it must not take the others with it.
      for (const message of group) await this.#sendGroup([message], queue);
      return;
    }
    if (group.length > 1 && queue.state.refusals >= SPLIT_AFTER_REFUSALS) {
      const newest = newestOf(group);
      if (await this.#isAcceptedAlone(newest, queue)) {
        const others = group.filter((message) => message !== newest);
        return this.#recorder.add(others.map((message) => this.#settled(message, mail, delivery, null)));
      }
    }
    this.#record(group, mail, delivery, queue);
  }

  /** Whether it is the combined mail that is refused, and not all mail. */
  async #isAcceptedAlone(message: LeasedMessage, queue: Queue): Promise<boolean> {
    const nowMs = this.#dependencies.clock.nowMs();
    const mail = composeMail([message], null, this.#dependencies, nowMs);
    const delivery = await sendBounded(this.#dependencies.mailer, mail);
    if (delivery.accepted) this.#record([message], mail, delivery, queue);
    return delivery.accepted;
  }

  #record(group: MailGroup, mail: Mail, delivery: Delivery, queue: Queue): void {
    const { clock, random } = this.#dependencies;
    const nowMs = clock.nowMs();
    const isToItself = mail.token !== null;
    if (!isToItself && delivery.accepted) queue.state = afterAccepted(queue.state, nowMs);
    if (!isToItself && !delivery.accepted && !delivery.permanent) {
      queue.state = afterRefused(queue.state, nowMs, random.number());
      queue.isRefusing = true;
    }
    const refusal = isToItself ? null : queue.state;
    const settlements = group.map((message) => this.#settled(message, mail, delivery, refusal));
    this.#recorder.add(settlements, isToItself ? null : { to: mail.to, state: queue.state });
  }

  /** @param refusal of its recipient; null for a message that has attempts of its own */
  #settled(message: LeasedMessage, mail: Mail, delivery: Delivery, refusal: Refusal | null): DeliveryResult {
    const { clock, random } = this.#dependencies;
    const nowMs = clock.nowMs();
    const own = (): Refusal => ({
      refusals: message.attempts,
      nextAttemptAtMs: nowMs + retryDelayMs(message.attempts, random.number()),
    });
    return resolveDelivery(message, mail.id, delivery, nowMs, refusal ?? own());
  }
}

/** Recipients who take mail first: an attempt at another may take half a minute. */
function queuesOf({ messages, recipients }: Lease): readonly Queue[] {
  const queues = [...Map.groupBy(messages, ({ to }) => to)].map(([to, own]): Queue => ({
    mails: groupMessages(own),
    state: recipients.get(to) ?? NEW_RECIPIENT,
    isRefusing: false,
  }));
  const urgency = ({ mails }: Queue): number => Math.min(...(mails[0] ?? []).map(priorityOf));
  return queues.toSorted(
    (a, b) => Number(a.state.refusals > 0) - Number(b.state.refusals > 0) || urgency(a) - urgency(b),
  );
}

/** What becomes of a message that is not worth an attempt; null for any other. */
function resolveUntried(message: LeasedMessage, nowMs: number): DeliveryResult | null {
  const isOver = message.expiresAtMs !== null && nowMs >= message.expiresAtMs;
  return isOver ? expire(message, nowMs) : giveUpUnfinished(message, nowMs);
}

function rateLimitFor(
  group: MailGroup,
  state: RecipientState,
  limit: number,
  nowMs: number,
): RateLimitDecision {
  const [first] = group;
  if (first.token !== null) return { kind: "send", throttledUntilMs: null };
  const isOther = group.every((message) => priorityOf(message) === 2);
  return checkRateLimit(state.acceptedAtMs, limit, nowMs, isOther ? otherMailLimit(limit) : limit);
}

function newestOf(group: MailGroup): LeasedMessage {
  return group.reduce((newest, message) => (message.decidedAtMs > newest.decidedAtMs ? message : newest));
}

/** @param throttledUntilMs until when further mail to its recipient is held, which it says; or null */
export function composeMail(
  group: MailGroup,
  throttledUntilMs: number | null,
  { settings, random }: Pick<DeliveryDependencies, "settings" | "random">,
  nowMs: number,
): Mail {
  const [first] = group;
  const { to, token } = first;
  if (token !== null) return { id: first.id, to, subject: first.subject, body: first.body, token };
  const note = delayNotice(group, settings.maxMailsPerHour, throttledUntilMs, nowMs);
  if (group.length === 1) {
    // Its own id however often it is tried: a mail program that gets it twice may know it again.
    return { id: first.id, to, subject: first.subject, body: note + first.body, token };
  }
  const { subject, body } = composeDigest(group.flatMap(itemsOf));
  return {
    id: random.token(),
    to,
    subject: composeSubject(settings, subject, random.number()),
    body: note + body,
    token,
  };
}

/** A send that hangs may still succeed; it is repeated all the same, since twice is better than never. */
export function sendBounded(mailer: Mailer, mail: Mail): Promise<Delivery> {
  return withTimeout<Delivery>(SEND_LIMIT_MS, mailer.send(mail), () => ({
    accepted: false,
    code: "E_TIMEOUT",
    reason: `the mail service did not answer within ${SEND_LIMIT_MS / 1000} s`,
    permanent: false,
  }));
}
