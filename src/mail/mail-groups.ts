import { lengthInDigest, MAX_FULL_TEXTS, MAX_MAIL_LENGTH } from "./digest.ts";
import { priorityOf, type LeasedMessage, type DigestItem } from "./message.ts";

/** What goes out as one mail. */
export type MailGroup = readonly [LeasedMessage, ...LeasedMessage[]];

/**
 * Messages to one recipient as mails: all in one where it can hold them in full, otherwise as many mails as it takes, alerts
 * first. A message to itself is a mail of its own, because its token is recognised by the message that carries it.
 */
export function groupMessages(messages: readonly LeasedMessage[]): readonly MailGroup[] {
  const byUrgency = messages.toSorted(
    (a, b) => priorityOf(a) - priorityOf(b) || a.decidedAtMs - b.decidedAtMs,
  );
  const groups: [LeasedMessage, ...LeasedMessage[]][] = [];
  let parts = 0;
  let length = Infinity;
  for (const message of byUrgency) {
    const group = message.token === null ? groups.at(-1) : undefined;
    const own = lengthOf(message, parts);
    if (group === undefined || length + own > MAX_MAIL_LENGTH) {
      groups.push([message]);
      length = message.token === null ? lengthOf(message, 0) : Infinity;
      parts = message.items.length;
    } else {
      group.push(message);
      length += own;
      parts += message.items.length;
    }
  }
  return groups.map(oldestFirst);
}

/** In the order in which it happened. */
function oldestFirst(group: readonly [LeasedMessage, ...LeasedMessage[]]): MailGroup {
  return group.toSorted((a, b) => a.decidedAtMs - b.decidedAtMs) as unknown as MailGroup;
}

function lengthOf(message: LeasedMessage, before: number): number {
  return itemsOf(message).reduce((sum, part, index) => sum + lengthInDigest(part, before + index), 0);
}

/** A part that was decided alone has its text in its message. */
export function itemsOf({ items, body }: Pick<LeasedMessage, "items" | "body">): readonly DigestItem[] {
  return items.length === 1 ? items.map((part) => ({ ...part, body: part.body ?? body })) : items;
}

/**
 * Parts that belong into one row of the outbox each: a row goes out in one mail, so it holds no more than one can tell in full.
 *
 * @param maxJsonLength characters of JSON that one row takes
 */
export function groupItems(
  parts: readonly DigestItem[],
  maxJsonLength: number,
): readonly (readonly DigestItem[])[] {
  const rows: DigestItem[][] = [];
  let json = Infinity;
  let length = 0;
  for (const part of parts) {
    const ownJson = JSON.stringify(part).length;
    const own = lengthInDigest(part, rows.at(-1)?.length ?? 0);
    if (json + ownJson > maxJsonLength || length + own > MAX_MAIL_LENGTH) {
      rows.push([]);
      json = 0;
      length = 0;
    }
    rows.at(-1)?.push(part);
    json += ownJson;
    length += own;
  }
  return rows;
}

/** In a storm a notice is told in a line or two. What is no notice keeps its text: it is told nowhere else. */
export function withoutStormBodies(parts: readonly DigestItem[]): readonly DigestItem[] {
  if (parts.length <= MAX_FULL_TEXTS) return parts;
  return parts.map((part) => (part.kind === "other" ? part : { ...part, body: null }));
}
