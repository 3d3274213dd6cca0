import { everyMsOf, latestSlot, type JobFrequency } from "../core/time/frequency.ts";
import { defaultGroup, type JobDisplay } from "../core/job-display.ts";
import { checksum } from "../core/checksum.ts";

/** Where jobs of one frequency have their place: outcomes of a slot are stored in one row, in this order. */
export interface SeriesBlock {
  /** Counts up from 1; never given twice. */
  readonly id: number;
  readonly frequency: JobFrequency;
  /** State names by position; null where a job is gone. A position is never given to another job. */
  readonly jobs: readonly (string | null)[];
  /** Of how the jobs are shown, so that a tick sees when one was renamed. */
  readonly names: number;
}

/** What a tick knows of a job that exists. */
export interface KnownJob extends JobDisplay {
  readonly jobKey: string;
  readonly frequency: JobFrequency;
}

export interface BlockPosition {
  readonly block: number;
  readonly position: number;
}

/** A job's time at one place. */
export interface Series extends BlockPosition {
  readonly jobKey: string;
  readonly name: string;
  readonly frequency: JobFrequency;
  /** The first slot that it owes there, Unix ms. */
  readonly fromMs: number;
  /** The first that it does not owe any more; null while it is there. */
  readonly toMs: number | null;
}

/** One that begins, with all that is to be shown of its job. */
export type OpenedSeries = Series & JobDisplay;

/** A lane that begins or ends with a slot, Unix ms. */
export interface BlockEvent {
  readonly id: number;
  readonly frequency: JobFrequency;
  readonly atMs: number;
}

/** What a tick changes about places. */
export interface PositionChanges {
  /** Lanes that are new or have changed. */
  readonly changed: readonly SeriesBlock[];
  readonly created: readonly BlockEvent[];
  readonly closed: readonly BlockEvent[];
  /** Whoever has a place now had none elsewhere: other series of the same job end. */
  readonly opened: readonly OpenedSeries[];
  readonly ended: readonly (BlockPosition & { readonly toMs: number })[];
  /** Places whose job may be shown otherwise than before. */
  readonly renamed: readonly (BlockPosition & JobDisplay & { readonly jobKey: string })[];
}

export interface PositionAssignment extends PositionChanges {
  /** All lanes that are open after it. */
  readonly blocks: readonly SeriesBlock[];
  /** Jobs that are there no more. */
  readonly gone: readonly string[];
}

/** Jobs of which one row keeps the outcomes of a tick. */
export const MAX_POSITIONS = 1_000;
/** Characters of a lane's jobs as JSON; a row of D1 has 2 MB, in UTF-8. */
const MAX_LENGTH = 500_000;
/** A lane with fewer dead positions is worth no move. */
const MIN_DEAD = 100;

/** Whether the file that made this job is one of `faulty`: what it did not give this time is not gone. */
export function belongsToFile(jobKey: string, faulty: ReadonlySet<string>): boolean {
  return faulty.has(defaultGroup(jobKey));
}

/**
 * The first slot that a job owes which a tick finds, and that a job which is gone owes no more: the newest, or the
 * next where that is done.
 */
export function firstExpectedSlot(
  frequency: JobFrequency,
  lastCompletedSlots: ReadonlyMap<JobFrequency, number>,
  nowMs: number,
): number {
  const doneMs = lastCompletedSlots.get(frequency) ?? -Infinity;
  return Math.max(latestSlot(frequency, nowMs).atMs, doneMs + everyMsOf(frequency));
}

/**
 * Gives every job that exists one place in a lane of its frequency, which it keeps. Where nothing changed the lanes
 * are the same objects.
 *
 * @param newestId the highest id that any lane ever had
 * @param faulty files of jobs/ of which not all jobs are known
 * @param expectedFrom the first slot that a change of now concerns
 */
export function assignPositions(
  blocks: readonly SeriesBlock[],
  newestId: number,
  jobs: readonly KnownJob[],
  faulty: ReadonlySet<string>,
  expectedFrom: (frequency: JobFrequency) => number,
): PositionAssignment {
  const known = new Map(jobs.map((job) => [job.jobKey, job]));
  const placed = new Set<string>();
  const left: Ended[] = [];
  const closed: BlockEvent[] = [];
  const open: SeriesBlock[] = [];
  for (const block of blocks) {
    const kept = withoutRemoved(block, known, placed, faulty, left);
    if (isFragmented(kept, known)) {
      closed.push({ id: block.id, frequency: block.frequency, atMs: expectedFrom(block.frequency) });
      for (const [position, job] of kept.jobs.entries()) {
        if (job === null) continue;
        placed.delete(job);
        left.push({ ...block, position, job });
      }
    } else {
      open.push(kept);
    }
  }
  const unassigned = jobs.filter(({ jobKey }) => !placed.has(jobKey));
  const builder = new BlockBuilder(open, Math.max(newestId, ...blocks.map(({ id }) => id)), expectedFrom);
  for (const job of unassigned) builder.add(job);
  const named = builder.blocks.map((block) => withNames(block, known));
  const before = new Set(blocks);
  const old = new Map(blocks.map((block) => [block.id, block]));
  const changed = named.filter((block) => !before.has(block));
  return {
    blocks: named,
    changed,
    created: builder.created,
    closed,
    opened: builder.opened,
    ended: left.map(({ id, position, frequency }) => ({
      block: id,
      position,
      toMs: expectedFrom(frequency),
    })),
    renamed: changed.flatMap((block) => {
      const names = old.get(block.id)?.names ?? block.names;
      return names === block.names ? [] : namesOf(block, known);
    }),
    gone: [...new Set(left.map(({ job }) => job))].filter((job) => !known.has(job) && !placed.has(job)),
  };
}

interface Ended extends Pick<SeriesBlock, "id" | "frequency"> {
  readonly position: number;
  readonly job: string;
}

function withoutRemoved(
  block: SeriesBlock,
  known: ReadonlyMap<string, KnownJob>,
  placed: Set<string>,
  faulty: ReadonlySet<string>,
  left: Ended[],
): SeriesBlock {
  const removed = new Set<number>();
  for (const [position, jobKey] of block.jobs.entries()) {
    if (jobKey === null) continue;
    const job = known.get(jobKey);
    const belongs = job === undefined ? belongsToFile(jobKey, faulty) : job.frequency === block.frequency;
    if (belongs && !placed.has(jobKey)) {
      placed.add(jobKey);
    } else {
      removed.add(position);
      left.push({ ...block, position, job: jobKey });
    }
  }
  if (removed.size === 0) return block;
  return { ...block, jobs: block.jobs.map((job, position) => (removed.has(position) ? null : job)) };
}

/** More than half of it is dead. One with a job that is not known this time is left alone: it has no name to move. */
function isFragmented({ jobs }: SeriesBlock, known: ReadonlyMap<string, KnownJob>): boolean {
  const dead = jobs.filter((job) => job === null).length;
  return dead > MIN_DEAD && dead * 2 > jobs.length && jobs.every((job) => job === null || known.has(job));
}

/** Fills the newest lane of a frequency that has room, then makes another. */
class BlockBuilder {
  readonly created: BlockEvent[] = [];
  readonly opened: OpenedSeries[] = [];
  readonly #blocks: SeriesBlock[];
  readonly #expectedFrom: (frequency: JobFrequency) => number;
  /** By frequency: the lane that is being filled, and how long its jobs are as JSON. */
  readonly #filling = new Map<
    JobFrequency,
    { readonly index: number; readonly jobs: (string | null)[]; length: number }
  >();
  #newestId: number;

  constructor(
    blocks: readonly SeriesBlock[],
    newestId: number,
    expectedFrom: (frequency: JobFrequency) => number,
  ) {
    this.#blocks = [...blocks];
    this.#newestId = newestId;
    this.#expectedFrom = expectedFrom;
  }

  get blocks(): readonly SeriesBlock[] {
    const filled = new Map([...this.#filling.values()].map(({ index, jobs }) => [index, jobs]));
    return this.#blocks.map((block, index) => {
      const jobs = filled.get(index);
      return jobs === undefined || jobs.length === block.jobs.length ? block : { ...block, jobs };
    });
  }

  add({ jobKey, frequency, ...showing }: KnownJob): void {
    const length = JSON.stringify(jobKey).length + 1;
    const filling = this.#with(frequency, length);
    const block = this.#blocks[filling.index]?.id ?? 0;
    const fromMs = this.#expectedFrom(frequency);
    this.opened.push({
      block,
      position: filling.jobs.length,
      jobKey,
      ...showing,
      frequency,
      fromMs,
      toMs: null,
    });
    filling.jobs.push(jobKey);
    filling.length += length;
  }

  #with(frequency: JobFrequency, length: number) {
    const fits = (one: { readonly jobs: readonly unknown[]; readonly length: number }): boolean =>
      one.jobs.length < MAX_POSITIONS && one.length + length <= MAX_LENGTH;
    const current = this.#filling.get(frequency);
    if (current !== undefined && fits(current)) return current;
    if (current !== undefined) this.#settle(current);
    const next = (current === undefined ? this.#newest(frequency, fits) : undefined) ?? this.#new(frequency);
    this.#filling.set(frequency, next);
    return next;
  }

  #settle({ index, jobs }: { readonly index: number; readonly jobs: (string | null)[] }): void {
    const block = this.#blocks[index];
    if (block !== undefined && block.jobs.length !== jobs.length) this.#blocks[index] = { ...block, jobs };
  }

  #newest(frequency: JobFrequency, fits: (one: { jobs: unknown[]; length: number }) => boolean) {
    const candidates = this.#blocks
      .map((block, index) => ({ block, index }))
      .filter(({ block }) => block.frequency === frequency)
      .toSorted((a, b) => b.block.id - a.block.id)
      .map(({ block, index }) => ({
        index,
        jobs: [...block.jobs],
        length: JSON.stringify(block.jobs).length,
      }));
    return candidates.find(fits);
  }

  #new(frequency: JobFrequency) {
    const id = ++this.#newestId;
    this.created.push({ id, frequency, atMs: this.#expectedFrom(frequency) });
    this.#blocks.push({ id, frequency, jobs: [], names: 0 });
    return { index: this.#blocks.length - 1, jobs: [], length: 2 };
  }
}

/** As it was where a name is not known this time. */
function withNames(block: SeriesBlock, known: ReadonlyMap<string, KnownJob>): SeriesBlock {
  if (!block.jobs.every((job) => job === null || known.has(job))) return block;
  const names = checksum(
    block.jobs.map((job) => {
      const one = job === null ? undefined : known.get(job);
      return one === undefined ? "" : textOf(one);
    }),
  );
  return names === block.names ? block : { ...block, names };
}

/** The name alone where nothing else is said, so that a lane of before there were groups is as it was. */
function textOf({ jobKey, name, group, isPublic }: KnownJob): string {
  return group === defaultGroup(jobKey) && !isPublic ? name : JSON.stringify([name, group, isPublic]);
}

function namesOf(
  { id, jobs }: SeriesBlock,
  known: ReadonlyMap<string, KnownJob>,
): PositionChanges["renamed"] {
  return jobs.flatMap((job, position) => {
    const one = job === null ? undefined : known.get(job);
    if (job === null || one === undefined) return [];
    const { name, group, isPublic } = one;
    return [{ block: id, position, jobKey: job, name, group, isPublic }];
  });
}
