import { composeDigest } from "../domain/digest.ts";
import { groupParts, withoutStormTexts } from "../domain/mail-groups.ts";
import { composeSubject, isOtherMail, MAX_BODY_LENGTH, type Message, type Part } from "../domain/message.ts";
import type { Random } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { boundedText } from "../domain/text.ts";

/** Something to tell, and to whom. */
export interface Telling {
  readonly to: readonly string[];
  readonly part: Part;
}

/** What a job mails was cut before, and says so in a line more. */
const MAX_PART_LENGTH = MAX_BODY_LENGTH + 1_000;
/** Most characters of parts that one row of the outbox takes; a row of D1 has 2 MB, in UTF-8. */
const MAX_PARTS_LENGTH = 400_000;

/**
 * The messages of one tick: for each person one with all alerts and one with what jobs mail besides, unless it is too much for
 * one mail. They go out together where one mail can hold them.
 *
 * @param nowMs scheduled time of the tick
 */
export function bundle(
  tellings: readonly Telling[],
  settings: Settings,
  random: Random,
  nowMs: number,
): Message[] {
  const byRecipient = new Map<string, Part[]>();
  for (const { to, part } of tellings) {
    const bounded = { ...part, body: part.body === null ? null : boundedText(part.body, MAX_PART_LENGTH) };
    for (const recipient of new Set(to)) {
      const parts = byRecipient.get(recipient);
      if (parts === undefined) byRecipient.set(recipient, [bounded]);
      else parts.push(bounded);
    }
  }
  // One for all: whoever is told of the same thing has the same subject.
  const suffix = random.number();
  return [...byRecipient].flatMap(([to, parts]) =>
    inRows(withoutStormTexts(parts)).map((row) => {
      const [first] = row;
      // Of a storm that takes several rows the last may hold a single part, without its text.
      const only = row.length === 1 && first?.body !== null ? first : undefined;
      const { subject, body } = only ?? composeDigest(row);
      return {
        id: random.token(),
        to,
        subject: composeSubject(settings, subject, suffix),
        body: body ?? "",
        job: only?.job ?? null,
        // The text of a part that stands alone is the message's own.
        parts: only === undefined ? row : [{ ...only, body: null }],
        decidedAtMs: nowMs,
        expiresAtMs: null,
        token: null,
      };
    }),
  );
}

/** Alerts never share a row with the texts of jobs: whatever keeps one of those from being sent does not keep an alert. */
function inRows(parts: readonly Part[]): readonly (readonly Part[])[] {
  const alerts = parts.filter((part) => !isOtherMail(part));
  return [alerts, parts.filter(isOtherMail)].flatMap((some) => groupParts(some, MAX_PARTS_LENGTH));
}
