import { composeDigest, MAX_FULL_TEXTS } from "../domain/digest.ts";
import { composeSubject, MAX_BODY_LENGTH, type Message, type Part } from "../domain/message.ts";
import type { Random } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { boundedText } from "../domain/text.ts";

/** Something to tell, and to whom. */
export interface Telling {
  readonly to: readonly string[];
  readonly part: Part;
}

/** Most characters of parts that one row of the outbox takes; a row of D1 has 2 MB, in UTF-8. */
const MAX_PARTS_LENGTH = 400_000;

/**
 * The messages of one tick: one for each person, however many jobs have something to tell, unless it is too
 * much for one row. Those are sent as one mail all the same.
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
    const bounded = { ...part, body: part.body === null ? null : boundedText(part.body, MAX_BODY_LENGTH) };
    for (const recipient of new Set(to)) {
      const parts = byRecipient.get(recipient);
      if (parts === undefined) byRecipient.set(recipient, [bounded]);
      else parts.push(bounded);
    }
  }
  // One for all: whoever is told of the same thing has the same subject.
  const suffix = random.number();
  return [...byRecipient].flatMap(([to, parts]) =>
    rowsOf(withoutTexts(parts)).map((row) => {
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

/** In a storm a notice is told in a line or two. What is no notice keeps its text: it is told nowhere else. */
function withoutTexts(parts: readonly Part[]): readonly Part[] {
  if (parts.length <= MAX_FULL_TEXTS) return parts;
  return parts.map((part) => (part.kind === "other" ? part : { ...part, body: null }));
}

function rowsOf(parts: readonly Part[]): readonly (readonly Part[])[] {
  const rows: Part[][] = [];
  let length = Infinity;
  for (const part of parts) {
    const partLength = JSON.stringify(part).length;
    if (length + partLength > MAX_PARTS_LENGTH) {
      rows.push([]);
      length = 0;
    }
    rows.at(-1)?.push(part);
    length += partLength;
  }
  return rows;
}
