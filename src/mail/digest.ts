import type { DigestItem, DigestItemKind } from "./message.ts";
import { formatUtc, oneLine, plural } from "../core/text.ts";

/** Up to so many parts are also told in full, below the list. */
export const MAX_FULL_TEXTS = 20;
/** So many of the list are told with their reason, the others by their name. */
const MAX_DETAILED = 100;
/** Longest text of a mail that tells several things, characters. What does not fit goes into a mail of its own. */
export const MAX_MAIL_LENGTH = 210_000;
/** Earlier news of the same job that are listed below its latest. */
const MAX_EARLIER = 3;

const ORDER: readonly DigestItemKind[] = ["failure", "flapping", "inconclusive", "recovery", "other"];
const HEADINGS: Record<DigestItemKind, string> = {
  failure: "Down",
  flapping: "Flapping",
  inconclusive: "Cannot be checked",
  recovery: "Well again",
  other: "Other messages",
};
const COUNTED: Record<DigestItemKind, (count: number) => string> = {
  failure: (count) => `${count} down`,
  flapping: (count) => `${count} flapping`,
  inconclusive: (count) => `${count} not checkable`,
  recovery: (count) => `${count} well again`,
  other: (count) => plural(count, "message"),
};

/** A part with what was to be told of the same job before it. */
interface Entry {
  readonly latest: DigestItem;
  /** Oldest first. */
  readonly earlier: readonly DigestItem[];
}

/**
 * Several parts as one mail: how many are down and how many are well again, then each in a line or two,
 * then, where there are few, each in full. Nothing is cut: `lengthInDigest` says what fits into one mail.
 *
 * @param parts two or more
 * @returns the subject without the instance's name, and the body
 */
export function composeDigest(parts: readonly DigestItem[]): {
  readonly subject: string;
  readonly body: string;
} {
  const entries = entriesOf(parts);
  const groups = ORDER.map((kind) => ({
    kind,
    entries: entries.filter(({ latest }) => latest.kind === kind),
  })).filter((group) => group.entries.length > 0);
  const counts = groups.map(({ kind, entries: all }) => COUNTED[kind](all.length)).join(", ");
  const onlyOthers = groups[0]?.kind === "other";
  const subject = onlyOthers ? `${entries[0]?.latest.title ?? ""}, and ${entries.length - 1} more` : counts;
  const oneTime = parts.every(({ atMs }) => atMs === parts[0]?.atMs);
  const lines = [oneTime ? `${counts} at ${formatUtc(parts[0]?.atMs ?? 0)}.` : `${counts}.`];
  let listed = 0;
  for (const group of groups) {
    lines.push("", `${HEADINGS[group.kind]}:`);
    for (const entry of group.entries) {
      listed += 1;
      lines.push(...entryLines(entry, oneTime, listed <= MAX_DETAILED));
    }
  }
  const full = parts.length <= MAX_FULL_TEXTS ? parts : parts.filter(({ kind }) => kind === "other");
  return { subject, body: [...lines, "", ...full.flatMap(inFull)].join("\n") };
}

/** About as long as what `composeDigest` writes of this part, or longer: `before` others come before it in the list. */
export function lengthInDigest({ title, detail, body, subject }: DigestItem, before: number): number {
  const line = Math.min(title.length, LINE_LENGTH) + LINE_EXTRAS;
  const reason = before < MAX_DETAILED ? Math.min(detail.length, LINE_LENGTH) + LINE_EXTRAS : 0;
  const full = body === null ? 0 : Math.min(subject.length, LINE_LENGTH) + body.length + RULE.length + 4;
  return line + reason + full;
}

/** Longest line of a list, as `oneLine` cuts it, and what may stand around it: a time, a heading, an earlier change. */
const LINE_LENGTH = 200;
const LINE_EXTRAS = 30;
const RULE = "-".repeat(60);

/** One entry for each job, in the order in which they were first heard of. What is about no job stands for itself. */
function entriesOf(parts: readonly DigestItem[]): Entry[] {
  const byJob = new Map<string, DigestItem[]>();
  for (const [index, part] of parts.toSorted((a, b) => a.atMs - b.atMs).entries()) {
    const notice = part.jobKey !== null && part.kind !== "other";
    const key = notice ? `job ${part.jobKey}` : `part ${index}`;
    const known = byJob.get(key);
    if (known === undefined) byJob.set(key, [part]);
    else known.push(part);
  }
  return [...byJob.values()].map((all) => ({ latest: all.at(-1) as DigestItem, earlier: all.slice(0, -1) }));
}

function entryLines({ latest, earlier }: Entry, oneTime: boolean, detailed: boolean): string[] {
  const when = oneTime ? "" : ` (${formatUtc(latest.atMs)})`;
  const lines = [`- ${oneLine(latest.title)}${when}`];
  if (!detailed) return lines;
  if (latest.detail !== "") lines.push(`  ${oneLine(latest.detail)}`);
  for (const part of earlier.slice(-MAX_EARLIER)) {
    const what = HEADINGS[part.kind].toLowerCase();
    lines.push(`  before, ${formatUtc(part.atMs)}: ${what}: ${oneLine(part.detail, 120)}`);
  }
  if (earlier.length > MAX_EARLIER)
    lines.push(`  and ${plural(earlier.length - MAX_EARLIER, "earlier change")}`);
  return lines;
}

function inFull({ subject, body }: DigestItem): string[] {
  return body === null ? [] : [RULE, oneLine(subject), "", body.trimEnd(), ""];
}
