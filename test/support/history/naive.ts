/** The past as plain lists: every outcome, and when each job was there. Everything is counted anew each time. */
import type { JobFrequency } from "../../../src/core/time/frequency.ts";
import type { OutcomeStatus } from "../../../src/core/outcome.ts";

const MINUTE = 60_000;
const EVERY: Readonly<Record<JobFrequency, number>> = {
  MINUTE,
  HOUR: 60 * MINUTE,
  DAY: 1_440 * MINUTE,
  DAY_NOON: 1_440 * MINUTE,
};
const FREQUENCIES: readonly JobFrequency[] = ["MINUTE", "HOUR", "DAY", "DAY_NOON"];

export interface NaiveOutcome {
  readonly job: string;
  readonly frequency: JobFrequency;
  readonly slotMs: number;
  readonly status: OutcomeStatus;
  readonly latencyMs: number | null;
  /** It was made under maintenance. */
  readonly maintenance: boolean;
}

/** A job was there, with this frequency: it owes the slots from `fromMs` to before `toMs`. */
export interface Stay {
  readonly job: string;
  readonly frequency: JobFrequency;
  readonly fromMs: number;
  toMs: number;
}

export interface Counts {
  readonly up: number;
  readonly down: number;
  readonly inconclusive: number;
  readonly missed: number;
  readonly maintenance: number;
}

export class NaiveHistory {
  readonly outcomes: NaiveOutcome[] = [];
  readonly stays: Stay[] = [];
  /** Newest slot of each frequency that ran. */
  readonly done = new Map<JobFrequency, number>();

  /** The newest slot of each frequency at this time. */
  slots(atMs: number): Map<JobFrequency, number> {
    const noon = 720 * MINUTE;
    return new Map(
      FREQUENCIES.map((frequency) => {
        const offset = frequency === "DAY_NOON" ? noon : 0;
        return [frequency, Math.floor((atMs - offset) / EVERY[frequency]) * EVERY[frequency] + offset];
      }),
    );
  }

  /** Those that a tick of this time runs. */
  due(atMs: number): Map<JobFrequency, number> {
    return new Map(
      [...this.slots(atMs)].filter(([frequency, slot]) => slot > (this.done.get(frequency) ?? -1)),
    );
  }

  /** A tick was recorded. @param jobs that are there, by their name */
  tick(atMs: number, jobs: ReadonlyMap<string, JobFrequency>, outcomes: readonly NaiveOutcome[]): void {
    const slots = this.slots(atMs);
    // Nobody owes a slot that had run before the tick.
    const next = (frequency: JobFrequency): number =>
      Math.max(slots.get(frequency) ?? 0, (this.done.get(frequency) ?? -Infinity) + EVERY[frequency]);
    for (const stay of this.stays) {
      if (stay.toMs === Infinity && jobs.get(stay.job) !== stay.frequency) stay.toMs = next(stay.frequency);
    }
    for (const [job, frequency] of jobs) {
      if (this.stays.some((stay) => stay.job === job && stay.toMs === Infinity)) continue;
      this.stays.push({ job, frequency, fromMs: next(frequency), toMs: Infinity });
    }
    for (const [frequency, slot] of this.due(atMs)) this.done.set(frequency, slot);
    this.outcomes.push(...outcomes);
  }

  staysOf(job: string): readonly Stay[] {
    return this.stays.filter((stay) => stay.job === job);
  }

  /** The end of what is decided for jobs of this frequency. */
  decidedUntil(frequency: JobFrequency): number {
    const done = this.done.get(frequency);
    return done === undefined ? 0 : done + EVERY[frequency];
  }

  outcomesOf(
    { job, frequency, fromMs, toMs }: Stay,
    startMs: number,
    endMs: number,
  ): readonly NaiveOutcome[] {
    return this.outcomes.filter(
      (one) =>
        one.job === job &&
        one.frequency === frequency &&
        one.slotMs >= Math.max(startMs, fromMs) &&
        one.slotMs < Math.min(endMs, toMs),
    );
  }

  /** Slots that the job owed within the stretch and that are decided, one by one. */
  owed({ frequency, fromMs, toMs }: Stay, startMs: number, endMs: number): number {
    let owed = 0;
    const end = Math.min(endMs, toMs, this.decidedUntil(frequency));
    for (let slot = fromMs; slot < end; slot += EVERY[frequency]) if (slot >= startMs) owed++;
    return owed;
  }

  /** Medians of the last hours of a job of minutes, or its last runs, oldest first; null where nothing was up. */
  latest(job: string, frequency: JobFrequency, nowMs: number, points: number): (number | null)[] {
    const everyMs = frequency === "MINUTE" ? EVERY.HOUR : EVERY[frequency];
    const newestMs =
      frequency === "MINUTE"
        ? Math.floor(nowMs / everyMs) * everyMs
        : (this.slots(nowMs).get(frequency) ?? NaN);
    return Array.from({ length: points }, (_, index) => {
      const fromMs = newestMs - (points - 1 - index) * everyMs;
      const medians = this.staysOf(job)
        .filter((stay) => stay.frequency === frequency)
        .map((stay) => naiveLatency(this.outcomesOf(stay, fromMs, fromMs + everyMs))?.p50Ms ?? null);
      return medians.findLast((median) => median !== null) ?? null;
    });
  }

  countsOf(job: string, startMs: number, endMs: number): Counts {
    let counts: Counts = { up: 0, down: 0, inconclusive: 0, missed: 0, maintenance: 0 };
    for (const stay of this.staysOf(job)) counts = plus(counts, this.countsOfStay(stay, startMs, endMs));
    return counts;
  }

  countsOfStay(stay: Stay, startMs: number, endMs: number): Counts {
    const outcomes = this.outcomesOf(stay, startMs, endMs);
    const usual = outcomes.filter(({ maintenance }) => !maintenance);
    const count = (status: OutcomeStatus): number => usual.filter((one) => one.status === status).length;
    return {
      up: count("up"),
      down: count("down"),
      inconclusive: count("inconclusive"),
      missed: this.owed(stay, startMs, endMs) - outcomes.length,
      maintenance: outcomes.length - usual.length,
    };
  }
}

export function plus(a: Counts, b: Counts): Counts {
  return {
    up: a.up + b.up,
    down: a.down + b.down,
    inconclusive: a.inconclusive + b.inconclusive,
    missed: a.missed + b.missed,
    maintenance: a.maintenance + b.maintenance,
  };
}

/** Of the runs that were up and have a latency. The percentile is the least that so many percent do not exceed. */
export function naiveLatency(outcomes: readonly NaiveOutcome[]) {
  const ms = outcomes
    .filter(({ status, maintenance }) => status === "up" && !maintenance)
    .flatMap(({ latencyMs }) => latencyMs ?? [])
    .map((latency) => Math.min(2_097_150, Math.max(0, Math.round(latency))))
    .toSorted((a, b) => a - b);
  if (ms.length === 0) return null;
  const percentile = (percent: number): number =>
    ms.find((one) => ms.filter((other) => other <= one).length * 100 >= percent * ms.length) ?? NaN;
  return {
    minMs: ms[0],
    meanMs: Math.round(ms.reduce((sum, one) => sum + one) / ms.length),
    p50Ms: percentile(50),
    p95Ms: percentile(95),
    p99Ms: percentile(99),
    maxMs: ms.at(-1),
  };
}
