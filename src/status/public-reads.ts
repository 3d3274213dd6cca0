import { TokenBucket } from "../core/token-bucket.ts";
import { mayReadForPublic, publicRowQuota } from "../usage/quota.ts";
import { DAY_MS } from "../core/time/frequency.ts";
import type { HistoryReader, JobHistorySummary, JobSeries, Range } from "../history/ports.ts";
import type { Plan } from "../core/plan.ts";
import type { DayUsage } from "../usage/usage.ts";
import { SingleFlight } from "../core/single-flight.ts";
import { PublicIncidents } from "./public-incidents.ts";
import type { InstanceReader } from "./ports.ts";
import type { InstanceView } from "./instance-view.ts";

/** All jobs and the instance, as of one commit. */
export interface PublicView {
  readonly summaries: readonly JobHistorySummary[];
  readonly instance: InstanceView;
}

/** What one request may read, and what it costs. */
export interface Reads {
  readonly store: Pick<InstanceReader, "readInstance">;
  readonly history: Pick<
    HistoryReader,
    "readSummaries" | "readSeries" | "readIncidents" | "readNewIncidents"
  >;
  readonly settings: { readonly plan: Plan };
  /** Rows that this request has read so far. */
  readonly rowsRead: () => number;
}

/** A stranger asks for what nobody has read yet, and strangers have read enough. */
export class NotRead extends Error {
  constructor() {
    super("strangers have caused enough reading; what is left of the day's rows is for checks and alerts");
  }
}

/** So often it is looked whether something has run, ms. */
const LOOK_EVERY_MS = 10_000;
/** Charts that are kept. */
const MAX_CHARTS = 100;
/** A chart is as many pixels wide or less: what is newer than one of them is not seen on it. */
const PIXELS = 288;
const DAYS: Readonly<Record<Range, number>> = { "24 h": 1, "7 d": 7, "30 d": 30, "90 d": 90, "1 y": 365 };

/**
 * What strangers see, read once for all of them. However many ask for whatever, they cause no more reading than their share
 * of a day's rows. Beyond it they see what was read last, which says how old it is, or nothing.
 */
export class PublicReads {
  readonly #allowances = { pages: new TokenBucket(1), charts: new TokenBucket(6) };
  readonly #work = new SingleFlight<unknown>();
  readonly #incidents = new PublicIncidents();
  readonly #series = new Map<string, { readonly series: JobSeries; readonly atMs: number }>();
  #shown: { readonly shown: PublicView; readonly atMs: number } | null = null;
  #used: DayUsage | undefined;

  /** What was read for the owner serves strangers as well. */
  remember(shown: PublicView, atMs: number): void {
    this.#used = shown.instance.usage;
    // Before the first tick there is little to read, and it is over any moment.
    if (shown.instance.lastTick !== null) this.#shown = { shown, atMs };
  }

  /** @throws DatabaseError, NotRead */
  async shown(reads: Reads, nowMs: number): Promise<PublicView> {
    const kept = this.#shown;
    if (kept !== null && isYounger(kept.atMs, nowMs, LOOK_EVERY_MS)) return kept.shown;
    if (!this.#mayRead(reads, "pages", nowMs)) return orNotRead(kept?.shown);
    return this.#read(reads, "pages", "shown", nowMs, async () => {
      // Before the jobs: those that a tick changes meanwhile are then read once more, and not taken for old.
      const instance = await reads.store.readInstance("public");
      this.#used = instance.usage;
      if (!mayReadForPublic(this.#used, reads.settings.plan, nowMs)) return orNotRead(kept?.shown);
      const commit = commitOf(instance);
      const isSame = kept !== null && commit !== null && commit === commitOf(kept.shown.instance);
      const summaries = isSame ? kept.shown.summaries : await reads.history.readSummaries(nowMs);
      this.remember({ summaries, instance }, nowMs);
      return { summaries, instance };
    });
  }

  /** Of the jobs that strangers may see. */
  history(
    reads: Reads,
    { summaries, instance }: PublicView,
    nowMs: number,
  ): Pick<HistoryReader, "readSeries" | "readIncidents"> {
    const jobs = summaries.filter(({ isPublic }) => isPublic).map(({ jobKey }) => jobKey);
    return {
      readIncidents: async (query) => {
        await this.#readIncidents(reads, commitOf(instance) ?? "", jobs, nowMs);
        return this.#incidents.page(query, jobs);
      },
      readSeries: (job, range) => this.#readSeries(reads, job, range, nowMs),
    };
  }

  async #readIncidents(reads: Reads, commit: string, jobs: readonly string[], nowMs: number): Promise<void> {
    if (this.#incidents.isOf(commit, jobs)) return;
    if (this.#mayRead(reads, "pages", nowMs)) {
      const read = (): Promise<void> => this.#incidents.read(reads.history, commit, jobs, nowMs);
      await this.#read(reads, "pages", "incidents", nowMs, read);
    } else if (this.#incidents.isEmpty) throw new NotRead();
  }

  async #readSeries(reads: Reads, job: string, range: Range, nowMs: number): Promise<JobSeries> {
    const key = JSON.stringify([job, range]);
    const kept = this.#series.get(key);
    if (kept !== undefined && isYounger(kept.atMs, nowMs, (DAYS[range] * DAY_MS) / PIXELS))
      return kept.series;
    // One that nobody has seen yet comes before a newer one of a job that many look at.
    if (!this.#mayRead(reads, "charts", nowMs, kept === undefined ? 0 : 0.5)) return orNotRead(kept?.series);
    return this.#read(reads, "charts", key, nowMs, async () => {
      const series = await reads.history.readSeries(job, range, nowMs);
      this.#series.delete(key);
      this.#series.set(key, { series, atMs: nowMs });
      for (const oldest of [...this.#series.keys()].slice(0, -MAX_CHARTS)) this.#series.delete(oldest);
      return series;
    });
  }

  #mayRead({ settings: { plan } }: Reads, what: "pages" | "charts", nowMs: number, more = 0): boolean {
    const left = this.#allowances[what].left(publicRowQuota(plan, what), nowMs);
    return left > more && mayReadForPublic(this.#used, plan, nowMs);
  }

  /** Once for all who ask for it meanwhile. */
  async #read<T>(
    { rowsRead }: Reads,
    what: "pages" | "charts",
    key: string,
    nowMs: number,
    read: () => Promise<T>,
  ): Promise<T> {
    const spending = async (): Promise<T> => {
      const before = rowsRead();
      try {
        return await read();
      } finally {
        this.#allowances[what].spend(rowsRead() - before);
      }
    };
    return (await this.#work.get(key, () => nowMs, spending)) as T;
  }
}

/** With the tick, as a database that was restored counts some commits again. Null before the first tick. */
export function commitOf({ version, lastTick }: InstanceView): string | null {
  return lastTick === null ? null : `${version} ${lastTick.scheduledAtMs} ${lastTick.finishedAtMs}`;
}

/** What is of a time to come is not. */
function isYounger(atMs: number, nowMs: number, ms: number): boolean {
  return atMs <= nowMs && nowMs - atMs < ms;
}

function orNotRead<T>(kept: T | undefined): T {
  if (kept === undefined) throw new NotRead();
  return kept;
}
