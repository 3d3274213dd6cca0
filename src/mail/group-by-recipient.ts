import { composeDigest } from "./digest.ts";
import { groupItems, withoutStormBodies } from "./mail-groups.ts";
import { composeSubject, isOtherMail, MAX_BODY_LENGTH, type Message, type DigestItem } from "./message.ts";
import type { Random } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import { boundedText } from "../core/text.ts";

/** Something to tell, and to whom. */
export interface Notification {
  readonly to: readonly string[];
  readonly item: DigestItem;
}

/** What a job mails was cut before, and says so in a line more. */
const MAX_ITEM_LENGTH = MAX_BODY_LENGTH + 1_000;
/** Most characters of parts that one row of the outbox takes; a row of D1 has 2 MB, in UTF-8. */
const MAX_ITEMS_LENGTH = 400_000;

/**
 * The messages of one tick: for each person one with all alerts and one with what jobs mail besides, unless it is too much for
 * one mail. They go out together where one mail can hold them.
 *
 * @param nowMs scheduled time of the tick
 */
export function groupByRecipient(
  notifications: readonly Notification[],
  settings: Settings,
  random: Random,
  nowMs: number,
): Message[] {
  const byRecipient = new Map<string, DigestItem[]>();
  for (const { to, item } of notifications) {
    const bounded = { ...item, body: item.body === null ? null : boundedText(item.body, MAX_ITEM_LENGTH) };
    for (const recipient of new Set(to)) {
      const parts = byRecipient.get(recipient);
      if (parts === undefined) byRecipient.set(recipient, [bounded]);
      else parts.push(bounded);
    }
  }
  // One for all: whoever is told of the same thing has the same subject.
  const suffix = random.number();
  return [...byRecipient].flatMap(([to, parts]) =>
    splitItems(withoutStormBodies(parts)).map((row) => {
      const [first] = row;
      // Of a storm that takes several rows the last may hold a single part, without its text.
      const only = row.length === 1 && first?.body !== null ? first : undefined;
      const { subject, body } = only ?? composeDigest(row);
      return {
        id: random.token(),
        to,
        subject: composeSubject(settings, subject, suffix),
        body: body ?? "",
        job: only?.jobKey ?? null,
        // The text of a part that stands alone is the message's own.
        items: only === undefined ? row : [{ ...only, body: null }],
        decidedAtMs: nowMs,
        expiresAtMs: null,
        token: null,
      };
    }),
  );
}

/** Alerts never share a row with the texts of jobs: whatever keeps one of those from being sent does not keep an alert. */
function splitItems(parts: readonly DigestItem[]): readonly (readonly DigestItem[])[] {
  const alerts = parts.filter((part) => !isOtherMail(part));
  return [alerts, parts.filter(isOtherMail)].flatMap((some) => groupItems(some, MAX_ITEMS_LENGTH));
}

/** What this instance has to tell of itself. Each text says what happened, what follows, and what to do. */

export function systemNotification(
  subject: string,
  detail: string,
  lines: readonly string[],
  to: readonly string[],
  atMs: number,
): Notification {
  const body = [...lines, ""].join("\n");
  return { to, item: { kind: "other", jobKey: null, title: subject, detail, atMs, subject, body } };
}
