/** Which of the jobs that go and of those that come are probably the same to their owner. */
import { editDistance } from "../lib/edit-distance.ts";

/** What is compared of a job. */
export interface Candidate {
  /** Its file in jobs/, without the ending. */
  readonly file: string;
  /** As JSON; empty where it has none. */
  readonly args: string;
}

/** Of the longer text, the part that may differ in two that are still similar. */
const MOST_DIFFERENT = 0.5;
/** Pairs of one file that are compared. A list that was exchanged as a whole tells nothing anyway. */
const MAX_PAIRS = 2_500;

/** The first part of an identity, as `buildJobKey` makes it; of another it is the whole. */
export function fileOf(jobKey: string): string {
  const end = jobKey.indexOf("[");
  return end < 0 ? jobKey : jobKey.slice(0, end);
}

export function argumentsOf(jobKey: string): string {
  return jobKey.slice(fileOf(jobKey).length);
}

/**
 * Pairs that look like one job with another identity: alone in their file, or each the most similar to the other
 * by their arguments. With the same arguments also from one file to another, as when that was renamed.
 */
export function findRenames<Job extends Candidate>(
  removed: readonly Job[],
  added: readonly Job[],
): (readonly [removed: Job, added: Job])[] {
  const comers = Map.groupBy(added, ({ file }) => file);
  const leavers = Map.groupBy(removed, ({ file }) => file);
  const ofOneFile = [...leavers].flatMap(([file, gone]) => pairsOf(gone, comers.get(file) ?? []));
  const paired = new Set(ofOneFile.flat());
  const alone = (job: Job): boolean => !paired.has(job) && job.args !== "";
  const strayed = sameArguments(removed.filter(alone), added.filter(alone));
  const place = new Map(removed.map((job, index) => [job, index]));
  return [...ofOneFile, ...strayed].toSorted(([a], [b]) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
}

/** Of one file. */
function pairsOf<Job extends Candidate>(removed: readonly Job[], added: readonly Job[]) {
  const [gone, come] = [removed[0], added[0]];
  if (gone === undefined || come === undefined || removed.length * added.length > MAX_PAIRS) return [];
  if (removed.length === 1 && added.length === 1) return [[gone, come] as const];
  const part = distinctParts([...removed, ...added].map(({ args }) => args));
  const distances = removed.map(({ args }) =>
    added.map((other) => editDistance(part(args), part(other.args))),
  );
  return removed.flatMap((job, index) => {
    const row = distances[index] ?? [];
    const best = onlyLeast(row);
    const partner = best === null ? undefined : added[best];
    if (best === null || partner === undefined) return [];
    const column = distances.map((others) => others[best] ?? Infinity);
    const most = Math.max(part(job.args).length, part(partner.args).length) * MOST_DIFFERENT;
    return onlyLeast(column) === index && (row[best] ?? Infinity) <= most ? [[job, partner] as const] : [];
  });
}

/** Cuts off how all of them begin and end: that two are addresses of one domain makes them no more alike. */
function distinctParts(texts: readonly string[]): (text: string) => string {
  const [first = ""] = texts;
  const shortest = Math.min(...texts.map((text) => text.length));
  let start = 0;
  while (start < shortest && texts.every((text) => text[start] === first[start])) start++;
  let end = 0;
  while (end < shortest - start && texts.every((text) => text.at(-1 - end) === first.at(-1 - end))) end++;
  return (text) => text.slice(start, text.length - end);
}

/** Where the least number is, or null where there are several. */
function onlyLeast(numbers: readonly number[]): number | null {
  const least = Math.min(...numbers);
  const first = numbers.indexOf(least);
  return first >= 0 && first === numbers.lastIndexOf(least) ? first : null;
}

function sameArguments<Job extends Candidate>(removed: readonly Job[], added: readonly Job[]) {
  const comers = Map.groupBy(added, ({ args }) => args);
  const leavers = Map.groupBy(removed, ({ args }) => args);
  return [...leavers].flatMap(([args, gone]) => {
    const come = comers.get(args) ?? [];
    const [from, to] = [gone[0], come[0]];
    const isClear = gone.length === 1 && come.length === 1;
    return isClear && from !== undefined && to !== undefined ? [[from, to] as const] : [];
  });
}
