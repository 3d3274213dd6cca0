import { everyMsOf, latestSlot, type JobFrequency } from "../frequency.ts";
import { defaultGroup, type Showing } from "../showing.ts";
import { checksum } from "./checksum.ts";

/** Where jobs of one frequency have their place: outcomes of a slot are stored in one row, in this order. */
export interface Lane {
  /** Counts up from 1; never given twice. */
  readonly id: number;
  readonly frequency: JobFrequency;
  /** State names by position; null where a job is gone. A position is never given to another job. */
  readonly jobs: readonly (string | null)[];
  /** Of how the jobs are shown, so that a tick sees when one was renamed. */
  readonly names: number;
}

/** What a tick knows of a job that exists. */
export interface KnownJob extends Showing {
  readonly identity: string;
  readonly frequency: JobFrequency;
}

export interface Place {
  readonly lane: number;
  readonly position: number;
}

/** A job's time at one place. */
export interface Series extends Place {
  readonly job: string;
  readonly name: string;
  readonly frequency: JobFrequency;
  /** The first slot that it owes there, Unix ms. */
  readonly fromMs: number;
  /** The first that it does not owe any more; null while it is there. */
  readonly toMs: number | null;
}

/** One that begins, with all that is to be shown of its job. */
export type OpenedSeries = Series & Showing;

/** A lane that begins or ends with a slot, Unix ms. */
export interface LaneEvent {
  readonly id: number;
  readonly frequency: JobFrequency;
  readonly atMs: number;
}

/** What a tick changes about places. */
export interface PlaceChanges {
  /** Lanes that are new or have changed. */
  readonly changed: readonly Lane[];
  readonly created: readonly LaneEvent[];
  readonly closed: readonly LaneEvent[];
  /** Whoever has a place now had none elsewhere: other series of the same job end. */
  readonly opened: readonly OpenedSeries[];
  readonly ended: readonly (Place & { readonly toMs: number })[];
  /** Places whose job may be shown otherwise than before. */
  readonly renamed: readonly (Place & Showing & { readonly job: string })[];
}

export interface Placement extends PlaceChanges {
  /** All lanes that are open after it. */
  readonly lanes: readonly Lane[];
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
export function isOfFile(identity: string, faulty: ReadonlySet<string>): boolean {
  return faulty.has(defaultGroup(identity));
}

/**
 * The first slot that a job owes which a tick finds, and that a job which is gone owes no more: the newest, or the
 * next where that is done.
 */
export function firstOwed(
  frequency: JobFrequency,
  doneSlots: ReadonlyMap<JobFrequency, number>,
  nowMs: number,
): number {
  const doneMs = doneSlots.get(frequency) ?? -Infinity;
  return Math.max(latestSlot(frequency, nowMs).atMs, doneMs + everyMsOf(frequency));
}

/**
 * Gives every job that exists one place in a lane of its frequency, which it keeps. Where nothing changed the lanes
 * are the same objects.
 *
 * @param newestId the highest id that any lane ever had
 * @param faulty files of jobs/ of which not all jobs are known
 * @param owedFrom the first slot that a change of now concerns
 */
export function placeJobs(
  lanes: readonly Lane[],
  newestId: number,
  jobs: readonly KnownJob[],
  faulty: ReadonlySet<string>,
  owedFrom: (frequency: JobFrequency) => number,
): Placement {
  const known = new Map(jobs.map((job) => [job.identity, job]));
  const placed = new Set<string>();
  const left: Ended[] = [];
  const closed: LaneEvent[] = [];
  const open: Lane[] = [];
  for (const lane of lanes) {
    const kept = withoutLeavers(lane, known, placed, faulty, left);
    if (isWorn(kept, known)) {
      closed.push({ id: lane.id, frequency: lane.frequency, atMs: owedFrom(lane.frequency) });
      for (const [position, job] of kept.jobs.entries()) {
        if (job === null) continue;
        placed.delete(job);
        left.push({ ...lane, position, job });
      }
    } else {
      open.push(kept);
    }
  }
  const homeless = jobs.filter(({ identity }) => !placed.has(identity));
  const builder = new LaneBuilder(open, Math.max(newestId, ...lanes.map(({ id }) => id)), owedFrom);
  for (const job of homeless) builder.add(job);
  const named = builder.lanes.map((lane) => withNames(lane, known));
  const before = new Set(lanes);
  const old = new Map(lanes.map((lane) => [lane.id, lane]));
  const changed = named.filter((lane) => !before.has(lane));
  return {
    lanes: named,
    changed,
    created: builder.created,
    closed,
    opened: builder.opened,
    ended: left.map(({ id, position, frequency }) => ({ lane: id, position, toMs: owedFrom(frequency) })),
    renamed: changed.flatMap((lane) => {
      const names = old.get(lane.id)?.names ?? lane.names;
      return names === lane.names ? [] : namesOf(lane, known);
    }),
    gone: [...new Set(left.map(({ job }) => job))].filter((job) => !known.has(job) && !placed.has(job)),
  };
}

interface Ended extends Pick<Lane, "id" | "frequency"> {
  readonly position: number;
  readonly job: string;
}

function withoutLeavers(
  lane: Lane,
  known: ReadonlyMap<string, KnownJob>,
  placed: Set<string>,
  faulty: ReadonlySet<string>,
  left: Ended[],
): Lane {
  const leavers = new Set<number>();
  for (const [position, identity] of lane.jobs.entries()) {
    if (identity === null) continue;
    const job = known.get(identity);
    const belongs = job === undefined ? isOfFile(identity, faulty) : job.frequency === lane.frequency;
    if (belongs && !placed.has(identity)) {
      placed.add(identity);
    } else {
      leavers.add(position);
      left.push({ ...lane, position, job: identity });
    }
  }
  if (leavers.size === 0) return lane;
  return { ...lane, jobs: lane.jobs.map((job, position) => (leavers.has(position) ? null : job)) };
}

/** More than half of it is dead. One with a job that is not known this time is left alone: it has no name to move. */
function isWorn({ jobs }: Lane, known: ReadonlyMap<string, KnownJob>): boolean {
  const dead = jobs.filter((job) => job === null).length;
  return dead > MIN_DEAD && dead * 2 > jobs.length && jobs.every((job) => job === null || known.has(job));
}

/** Fills the newest lane of a frequency that has room, then makes another. */
class LaneBuilder {
  readonly created: LaneEvent[] = [];
  readonly opened: OpenedSeries[] = [];
  readonly #lanes: Lane[];
  readonly #owedFrom: (frequency: JobFrequency) => number;
  /** By frequency: the lane that is being filled, and how long its jobs are as JSON. */
  readonly #filling = new Map<
    JobFrequency,
    { readonly index: number; readonly jobs: (string | null)[]; length: number }
  >();
  #newestId: number;

  constructor(lanes: readonly Lane[], newestId: number, owedFrom: (frequency: JobFrequency) => number) {
    this.#lanes = [...lanes];
    this.#newestId = newestId;
    this.#owedFrom = owedFrom;
  }

  get lanes(): readonly Lane[] {
    const filled = new Map([...this.#filling.values()].map(({ index, jobs }) => [index, jobs]));
    return this.#lanes.map((lane, index) => {
      const jobs = filled.get(index);
      return jobs === undefined || jobs.length === lane.jobs.length ? lane : { ...lane, jobs };
    });
  }

  add({ identity, frequency, ...showing }: KnownJob): void {
    const length = JSON.stringify(identity).length + 1;
    const filling = this.#with(frequency, length);
    const lane = this.#lanes[filling.index]?.id ?? 0;
    const fromMs = this.#owedFrom(frequency);
    this.opened.push({
      lane,
      position: filling.jobs.length,
      job: identity,
      ...showing,
      frequency,
      fromMs,
      toMs: null,
    });
    filling.jobs.push(identity);
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
    const lane = this.#lanes[index];
    if (lane !== undefined && lane.jobs.length !== jobs.length) this.#lanes[index] = { ...lane, jobs };
  }

  #newest(frequency: JobFrequency, fits: (one: { jobs: unknown[]; length: number }) => boolean) {
    const candidates = this.#lanes
      .map((lane, index) => ({ lane, index }))
      .filter(({ lane }) => lane.frequency === frequency)
      .toSorted((a, b) => b.lane.id - a.lane.id)
      .map(({ lane, index }) => ({
        index,
        jobs: [...lane.jobs],
        length: JSON.stringify(lane.jobs).length,
      }));
    return candidates.find(fits);
  }

  #new(frequency: JobFrequency) {
    const id = ++this.#newestId;
    this.created.push({ id, frequency, atMs: this.#owedFrom(frequency) });
    this.#lanes.push({ id, frequency, jobs: [], names: 0 });
    return { index: this.#lanes.length - 1, jobs: [], length: 2 };
  }
}

/** As it was where a name is not known this time. */
function withNames(lane: Lane, known: ReadonlyMap<string, KnownJob>): Lane {
  if (!lane.jobs.every((job) => job === null || known.has(job))) return lane;
  const names = checksum(
    lane.jobs.map((job) => {
      const one = job === null ? undefined : known.get(job);
      return one === undefined ? "" : textOf(one);
    }),
  );
  return names === lane.names ? lane : { ...lane, names };
}

/** The name alone where nothing else is said, so that a lane of before there were groups is as it was. */
function textOf({ identity, name, group, isPublic }: KnownJob): string {
  return group === defaultGroup(identity) && !isPublic ? name : JSON.stringify([name, group, isPublic]);
}

function namesOf({ id, jobs }: Lane, known: ReadonlyMap<string, KnownJob>): PlaceChanges["renamed"] {
  return jobs.flatMap((job, position) => {
    const one = job === null ? undefined : known.get(job);
    if (job === null || one === undefined) return [];
    const { name, group, isPublic } = one;
    return [{ lane: id, position, job, name, group, isPublic }];
  });
}
