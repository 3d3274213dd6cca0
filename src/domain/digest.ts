import { MAX_BODY_LENGTH, type Part, type PartKind } from "./message.ts";
import { boundedText, formatUtc, oneLine, plural } from "./text.ts";

/** Up to so many parts are also told in full, below the list. */
export const MAX_FULL_TEXTS = 20;
/** So many of the list are told with their reason, and then so many by their name alone. */
const MAX_DETAILED = 100;
const MAX_NAMED = 1_000;
/** Earlier news of the same job that are listed below its latest. */
const MAX_EARLIER = 3;

const ORDER: readonly PartKind[] = ["failure", "flapping", "inconclusive", "recovery", "other"];
const HEADINGS: Record<PartKind, string> = {
  failure: "Down",
  flapping: "Flapping",
  inconclusive: "Cannot be checked",
  recovery: "Well again",
  other: "Other messages",
};
const COUNTED: Record<PartKind, (count: number) => string> = {
  failure: (count) => `${count} down`,
  flapping: (count) => `${count} flapping`,
  inconclusive: (count) => `${count} not checkable`,
  recovery: (count) => `${count} well again`,
  other: (count) => plural(count, "message"),
};

/** A part with what was to be told of the same job before it. */
interface Entry {
  readonly latest: Part;
  /** Oldest first. */
  readonly earlier: readonly Part[];
}

/**
 * Several parts as one mail: how many are down and how many are well again, then each in a line or two,
 * then, where there are few, each in full. Bounded however many there are.
 *
 * @param parts two or more
 * @returns the subject without the instance's name, and the body
 */
export function composeDigest(parts: readonly Part[]): { readonly subject: string; readonly body: string } {
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
      if (listed > MAX_NAMED) break;
      lines.push(...entryLines(entry, oneTime, listed <= MAX_DETAILED));
    }
  }
  if (listed > MAX_NAMED) lines.push("", `and ${entries.length - MAX_NAMED} more.`);
  const full = parts.length <= MAX_FULL_TEXTS ? parts : parts.filter(({ kind }) => kind === "other");
  const body = [...lines, "", ...full.flatMap(inFull)].join("\n");
  return { subject, body: boundedText(body, MAX_BODY_LENGTH) };
}

/** One entry for each job, in the order in which they were first heard of. What is about no job stands for itself. */
function entriesOf(parts: readonly Part[]): Entry[] {
  const byJob = new Map<string, Part[]>();
  for (const [index, part] of parts.toSorted((a, b) => a.atMs - b.atMs).entries()) {
    const notice = part.job !== null && part.kind !== "other";
    const key = notice ? `job ${part.job}` : `part ${index}`;
    const known = byJob.get(key);
    if (known === undefined) byJob.set(key, [part]);
    else known.push(part);
  }
  return [...byJob.values()].map((all) => ({ latest: all.at(-1) as Part, earlier: all.slice(0, -1) }));
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

function inFull({ subject, body }: Part): string[] {
  return body === null ? [] : ["-".repeat(60), oneLine(subject), "", body.trimEnd(), ""];
}
