import { composeDigest } from "../domain/digest.ts";
import { deliveryNote } from "../domain/delivery-note.ts";
import { allowance, withAccepted } from "../domain/mail-quota.ts";
import {
  composeSubject,
  expire,
  settle,
  type Delivery,
  type LeasedMessage,
  type Mail,
  type Part,
  type Settlement,
} from "../domain/message.ts";
import type { Clock, Mailer, Random, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { mapWithSlots } from "../timing/slots.ts";
import { withinLimit } from "../timing/time-limit.ts";

export interface DeliveryDependencies {
  readonly store: Store;
  readonly mailer: Mailer;
  readonly clock: Clock;
  readonly random: Random;
  readonly settings: Settings;
}

/** Messages taken at once. What is over waits for the next tick. */
const MAX_MESSAGES = 200;
const MAILS_AT_ONCE = 4;
/** After this an attempt counts as failed, ms. */
const SEND_LIMIT_MS = 30_000;
/** No mail is begun later than this, ms: an invocation has 15 minutes in all, and the jobs come first. */
const DELIVERY_LIMIT_MS = 300_000;
/** A sender that died gives its messages back after this, ms: more than all attempts of one call can take. */
const LEASE_MS = DELIVERY_LIMIT_MS + 2 * SEND_LIMIT_MS;

/**
 * Sends what is due, and records what became of each message. Several messages to one person go out as one
 * mail, and no person gets more mails an hour than the settings allow.
 */
export async function deliverMail(dependencies: DeliveryDependencies): Promise<readonly Settlement[]> {
  const { store, clock } = dependencies;
  const startedMs = clock.nowMs();
  const { messages, accepted } = await store.leaseMessages(startedMs, LEASE_MS, MAX_MESSAGES);
  if (messages.length === 0) return [];
  const times = new Map<string, readonly number[]>();
  const timed = { ...dependencies, isOver: () => clock.nowMs() - startedMs > DELIVERY_LIMIT_MS };
  const settlements = await mapWithSlots(byMail(messages), MAILS_AT_ONCE, async (group) => {
    // Left to its lease, and so to a later tick.
    if (timed.isOver()) return [];
    const to = group[0].to;
    const result = await deliverGroup(group, accepted.get(to) ?? [], timed);
    if (result.accepted !== null) times.set(to, result.accepted);
    return result.settlements;
  });
  const all = settlements.flat();
  await store.settleMessages(all, times);
  return all;
}

interface TimedDependencies extends DeliveryDependencies {
  /** No further mail may be begun: the lease would end before it does. */
  isOver(): boolean;
}

type Group = readonly [LeasedMessage, ...LeasedMessage[]];

/** What goes out as one mail: a probe alone, for a token is known by its own message; else all to one person. */
function byMail(messages: readonly LeasedMessage[]): Group[] {
  const groups = new Map<string, [LeasedMessage, ...LeasedMessage[]]>();
  for (const message of messages) {
    const key = message.token === null ? `to ${message.to}` : `probe ${message.id}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [message]);
    else group.push(message);
  }
  return [...groups.values()];
}

interface GroupResult {
  readonly settlements: readonly Settlement[];
  /** When mails to this person were accepted, where one more was; else null. */
  readonly accepted: readonly number[] | null;
}

async function deliverGroup(
  group: Group,
  acceptedAtMs: readonly number[],
  dependencies: TimedDependencies,
): Promise<GroupResult> {
  const { clock, mailer, random, settings } = dependencies;
  const nowMs = clock.nowMs();
  const [first] = group;
  if (first.expiresAtMs !== null && nowMs >= first.expiresAtMs) {
    return { settlements: [expire(first, nowMs)], accepted: null };
  }
  const allowed =
    first.token === null
      ? allowance(acceptedAtMs, settings.maxMailsPerHour, nowMs)
      : ({ kind: "send", heldUntilMs: null } as const);
  if (allowed.kind === "hold") {
    const { untilMs } = allowed;
    return {
      settlements: group.map(({ id, attempts }) => ({ id, attempts, kind: "held", untilMs })),
      accepted: null,
    };
  }
  const mail = composeMail(group, allowed.heldUntilMs, dependencies, nowMs);
  const delivery = await sendBounded(mailer, mail);
  if (!delivery.accepted && delivery.permanent && group.length > 1) {
    // One message may be what is refused; it must not take the others with it.
    return deliverOneByOne(group, acceptedAtMs, dependencies);
  }
  const doneMs = clock.nowMs();
  return {
    settlements: group.map((message) => settle(message, mail.id, delivery, doneMs, random.number())),
    accepted: delivery.accepted && first.token === null ? withAccepted(acceptedAtMs, doneMs) : null,
  };
}

async function deliverOneByOne(
  group: Group,
  acceptedAtMs: readonly number[],
  dependencies: TimedDependencies,
): Promise<GroupResult> {
  const settlements: Settlement[] = [];
  let accepted: readonly number[] | null = null;
  for (const message of group) {
    if (dependencies.isOver()) break;
    const result = await deliverGroup([message], accepted ?? acceptedAtMs, dependencies);
    settlements.push(...result.settlements);
    accepted = result.accepted ?? accepted;
  }
  return { settlements, accepted };
}

function composeMail(
  group: Group,
  heldUntilMs: number | null,
  { settings, random }: DeliveryDependencies,
  nowMs: number,
): Mail {
  const [first] = group;
  const { to, token } = first;
  if (token !== null) return { id: first.id, to, subject: first.subject, body: first.body, token };
  const note = deliveryNote(group, settings.maxMailsPerHour, heldUntilMs, nowMs);
  if (group.length === 1) {
    // Its own id however often it is tried: a mail program that gets it twice may know it again.
    return { id: first.id, to, subject: first.subject, body: note + first.body, token };
  }
  const { subject, body } = composeDigest(group.flatMap(partsOf));
  return {
    id: random.token(),
    to,
    subject: composeSubject(settings, subject, random.number()),
    body: note + body,
    token,
  };
}

/** A part that was told alone has its text in its message. */
function partsOf({ parts, body }: LeasedMessage): readonly Part[] {
  return parts.length === 1 ? parts.map((part) => ({ ...part, body: part.body ?? body })) : parts;
}

/** A send that hangs may still succeed; it is repeated all the same, since twice is better than never. */
export function sendBounded(mailer: Mailer, mail: Mail): Promise<Delivery> {
  return withinLimit<Delivery>(SEND_LIMIT_MS, mailer.send(mail), () => ({
    accepted: false,
    code: "E_TIMEOUT",
    reason: `the mail service did not answer within ${SEND_LIMIT_MS / 1000} s`,
    permanent: false,
  }));
}
