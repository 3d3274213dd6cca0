/** A Checker whose past is also written down as plain lists, and compared with what it shows. */
import { tickTime, type JobFrequency } from "../../../src/core/time/frequency.ts";
import type { HistoryCompactor, HistoryReader, Range } from "../../../src/history/ports.ts";
import { down, inconclusive, up, type Outcome } from "../../../src/core/outcome.ts";
import { JobBase } from "../../../src/job-sdk/job-base.ts";
import { JobSpawner } from "../../../src/job-sdk/job-spawner.ts";
import type { JobConfig } from "../../../src/job-sdk/job-config.ts";
import type { MaintenanceWindow } from "../../../src/job-sdk/maintenance-windows.ts";
import { compactHistory } from "../../../src/history/compact-history.ts";
import { runTick } from "../../../src/scheduling/run-tick.ts";
import { naiveLatency, NaiveHistory, type NaiveOutcome } from "./naive.ts";
import { Instance, jobFile } from "../timeline/instance.ts";
import type { Store } from "../../../src/storage/store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Short, so that a history of days meets all of it. */
export const RETENTION = { rawDays: 2, hourlyDays: 4, dailyDays: 6 };

export interface Stores {
  readonly store: Store;
  readonly keeper: HistoryCompactor;
  readonly reader: HistoryReader;
}

/** Which jobs there are: single files by number, and the entries of a list. Null: not there. */
export interface Jobs {
  readonly files: readonly (JobFrequency | null)[];
  readonly entries: readonly (JobFrequency | null)[];
  /** The list cannot be read: its entries are not gone for that. */
  readonly broken: boolean;
}

export class HistoryWorld {
  readonly naive = new NaiveHistory();
  readonly #stores: Stores;
  readonly #instance: Instance;
  /** Since the last tick, and from the next on. */
  #present = new Map<string, JobFrequency>();
  #wanted = new Map<string, JobFrequency>();
  #ran: { job: string; frequency: JobFrequency; outcome: Outcome }[] = [];
  nowMs: number;

  constructor(stores: Stores, startMs: number) {
    this.#stores = stores;
    this.#instance = new Instance([], { history: RETENTION }, stores.store);
    this.nowMs = startMs;
  }

  /** From the next tick on. */
  set(jobs: Jobs): void {
    const present = new Map<string, JobFrequency>();
    const files = jobs.files.flatMap((frequency, index) => {
      if (frequency === null) return [];
      const name = `File${index}`;
      present.set(name, frequency);
      const execute = (): Outcome => this.#runs(name, frequency);
      return [jobFile(name, { executeEvery: () => frequency, maintenance: () => windowsOf(name), execute })];
    });
    const runs = (job: string, frequency: JobFrequency): Outcome => this.#runs(job, frequency);
    class Entry extends JobBase {
      readonly #number: number;
      readonly #frequency: JobFrequency;
      constructor(config: JobConfig, number: number, frequency: JobFrequency) {
        super(config, number);
        this.#number = number;
        this.#frequency = frequency;
      }
      override executeEvery(): JobFrequency {
        return this.#frequency;
      }
      override maintenance(): readonly MaintenanceWindow[] {
        return windowsOf(`List[${this.#number}]`);
      }
      execute(): Outcome {
        return runs(`List[${this.#number}]`, this.#frequency);
      }
    }
    class List extends JobSpawner {
      getSubJobs(config: JobConfig): readonly JobBase[] {
        return jobs.entries.flatMap((frequency, index) =>
          frequency === null ? [] : [new Entry(config, index, frequency)],
        );
      }
    }
    if (jobs.broken) {
      for (const [job, frequency] of this.#present) if (job.startsWith("List")) present.set(job, frequency);
    } else {
      for (const [index, frequency] of jobs.entries.entries())
        if (frequency !== null) present.set(`List[${index}]`, frequency);
    }
    const list = {
      name: "List",
      load: () => (jobs.broken ? Promise.reject(new Error("cannot be read")) : Promise.resolve({ List })),
    };
    this.#instance.files = [...files, list];
    this.#wanted = present;
  }

  /** The event of this time comes, in time or late. */
  async tick(eventAtMs: number): Promise<void> {
    const clockMs = Math.max(eventAtMs, this.nowMs) + 2_000;
    // One that is too late counts as one of the present.
    const atMs = tickTime(eventAtMs, clockMs);
    const due = this.naive.due(atMs);
    this.#ran = [];
    this.#instance.clock.ms = clockMs;
    await runTick(this.#instance, eventAtMs);
    if (due.size === 0) return;
    this.#present = this.#wanted;
    const outcomes = this.#ran.map(({ job, frequency, outcome }): NaiveOutcome => ({
      job,
      frequency,
      slotMs: due.get(frequency) ?? NaN,
      status: outcome.status,
      latencyMs: outcome.latencyMs,
      maintenance: windowsOf(job).length > 0 && (atMs - 30 * MINUTE) % (3 * HOUR) < 50 * MINUTE,
    }));
    this.naive.tick(atMs, this.#present, outcomes);
  }

  rollUp(atMs: number): Promise<void> {
    return compactHistory({ keeper: this.#stores.keeper, settings: this.#instance.settings }, atMs);
  }

  /** Some outcome, other for each job and time. */
  #runs(job: string, frequency: JobFrequency): Outcome {
    const seed = hash(`${job} ${this.nowMs}`);
    const latency = [null, 0, 0.4, seed % 500, seed % 5_000, 2_097_150, 9e6][seed % 7] ?? null;
    const outcome = [up("ok", latency), up("ok", seed % 90), down("no", latency), inconclusive("?")][
      (seed >> 8) % 4
    ] as Outcome;
    this.#ran.push({ job, frequency, outcome });
    return outcome;
  }

  get jobs(): readonly string[] {
    return [...new Set(this.naive.stays.map(({ job }) => job))];
  }

  /** What is shown now, and what should be. */
  async bars(): Promise<{ readonly shown: unknown; readonly expected: unknown }> {
    const today = Math.floor(this.nowMs / DAY) * DAY;
    const bars = await this.#stores.reader.readSummaries(this.nowMs);
    const days = Math.min(RETENTION.dailyDays, (today - (await this.#unreadUntil())) / DAY + 1);
    const kept = Array.from({ length: days }, (_, index) => today - index * DAY).toReversed();
    const show = (job: string, days: readonly unknown[]): unknown => ({ job, days });
    return {
      shown: bars
        .map(({ jobKey, frequency, days: bars, latenciesMs }) => ({
          ...(show(jobKey, bars.slice(-days)) as object),
          frequency,
          latenciesMs: latenciesMs.slice(-pointsOf(frequency)),
        }))
        .toSorted(byJob),
      expected: [...this.#present]
        .map(([job, frequency]) => ({
          ...(show(
            job,
            kept.map((atMs) => ({ atMs, ...this.naive.countsOf(job, atMs, atMs + DAY) })),
          ) as object),
          frequency,
          latenciesMs: this.naive.latest(job, frequency, this.nowMs, pointsOf(frequency)),
        }))
        .toSorted(byJob),
    };
  }

  /** Bars of days before may be missing: so far behind is rolling up that not all samples are read. */
  async #unreadUntil(): Promise<number> {
    const { kept, lastCompletedSlots } = await this.#stores.keeper.readRetention(this.nowMs);
    const newestMs = Math.max(...lastCompletedSlots.values());
    const behind = kept.map(({ frequency, hourlyUntilMs, dailyUntilMs }) => {
      const isMinute = frequency === "MINUTE";
      const readMs = newestMs - (isMinute ? 25 : 96) * HOUR;
      const rolledMs = isMinute ? Math.max(hourlyUntilMs, dailyUntilMs) : dailyUntilMs;
      return rolledMs < readMs ? Math.ceil(readMs / DAY) * DAY : 0;
    });
    return Math.max(0, ...behind);
  }

  async series(job: string, range: Range): Promise<{ readonly shown: unknown; readonly expected: unknown }> {
    const series = await this.#stores.reader.readSeries(job, range, this.nowMs);
    const today = Math.floor(this.nowMs / DAY) * DAY;
    const stays = this.naive
      .staysOf(job)
      .filter(({ fromMs, toMs }) => toMs > fromMs)
      .toSorted((a, b) => a.fromMs - b.fromMs);
    if (series.every === "slot") {
      const sureMs = Math.max(series.fromMs, today - RETENTION.rawDays * DAY);
      const outcomes = stays.flatMap((stay) => this.naive.outcomesOf(stay, sureMs, this.nowMs + 1));
      return {
        shown: series.points.filter(({ atMs }) => atMs >= sureMs),
        expected: outcomes.map(({ slotMs, status, latencyMs, maintenance }) => ({
          atMs: slotMs,
          status,
          maintenance,
          latencyMs: latencyMs === null ? null : Math.min(2_097_150, Math.max(0, Math.round(latencyMs))),
        })),
      };
    }
    const period = series.every === "hour" ? HOUR : DAY;
    const days = series.every === "hour" ? RETENTION.hourlyDays : RETENTION.dailyDays;
    const sureMs = Math.max(series.fromMs, today - days * DAY);
    const expected = stays.flatMap((stay) => {
      const points = [];
      for (let atMs = sureMs; atMs <= this.nowMs; atMs += period) {
        const counts = this.naive.countsOfStay(stay, atMs, atMs + period);
        if (Object.values(counts).every((count) => count === 0)) continue;
        const latency = naiveLatency(this.naive.outcomesOf(stay, atMs, atMs + period));
        points.push({ atMs, ...counts, latency });
      }
      return points;
    });
    return {
      shown: series.points.filter(({ atMs }) => atMs >= sureMs),
      expected: expected.toSorted((a, b) => a.atMs - b.atMs),
    };
  }
}

/** Some jobs are under maintenance every three hours, from half past. */
function windowsOf(job: string): readonly MaintenanceWindow[] {
  return ["File0", "List[0]"].includes(job) ? [{ cron: "30 */3 * * *", minutes: 50 }] : [];
}

function byJob(a: object, b: object): number {
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : Number(x > y);
}

function hash(text: string): number {
  let value = 7;
  for (const letter of text) value = (value * 31 + letter.charCodeAt(0)) >>> 0;
  value ^= value >>> 15;
  return Math.imul(value, 0x2c1b3c6d) >>> 1;
}

/** Points of which all samples are surely kept. */
function pointsOf(frequency: JobFrequency): number {
  return frequency.startsWith("DAY") ? RETENTION.hourlyDays : 24;
}
