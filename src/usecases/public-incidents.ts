import { HOUR_MS } from "../domain/frequency.ts";
import type { HistoryReader, Incident, IncidentQuery } from "../domain/history/ports.ts";

/** As many as strangers can page back through, the newest. */
const MAX_INCIDENTS = 2_000;
/** An incident is written down so long after it began, or changed so long after it ended, at most; mostly at once, ms. */
const SETTLED_AFTER_MS = 2 * HOUR_MS;
/** Then all are read again, for what was changed later, ms. */
const ALL_AGAIN_AFTER_MS = 6 * HOUR_MS;

/**
 * The incidents of public jobs, in memory: from whichever place and however many strangers ask for, it takes no query. After
 * a tick only those are read that it may have changed.
 */
export class PublicIncidents {
  #list: readonly Incident[] = [];
  #of: { readonly commit: string; readonly jobs: string; readonly allAtMs: number } | null = null;

  get isEmpty(): boolean {
    return this.#of === null;
  }

  /** Whether they are those of these jobs as of this commit. */
  isOf(commit: string, jobs: readonly string[]): boolean {
    return this.#of?.commit === commit && this.#of.jobs === JSON.stringify(jobs);
  }

  async read(
    history: Pick<HistoryReader, "readIncidents" | "readNewIncidents">,
    commit: string,
    jobs: readonly string[],
    nowMs: number,
  ): Promise<void> {
    const before = this.#of;
    const of = { commit, jobs: JSON.stringify(jobs) };
    const isNew = before?.jobs !== of.jobs || Math.abs(nowMs - before.allAtMs) > ALL_AGAIN_AFTER_MS;
    if (isNew) {
      const query = { after: null, limit: MAX_INCIDENTS, job: null, publicOnly: true };
      this.#list = (await history.readIncidents(query)).map(withoutReasons);
    } else {
      const sinceMs = nowMs - SETTLED_AFTER_MS;
      const unsettled = this.#list.filter(({ toMs }) => toMs === null || toMs > sinceMs);
      const changed = await history.readNewIncidents(sinceMs, unsettled);
      const isPublic = new Set(jobs);
      const own = changed.filter(({ job }) => isPublic.has(job)).map(withoutReasons);
      const byKey = new Map([...this.#list, ...own].map((one) => [keyOf(one), one]));
      this.#list = [...byKey.values()].toSorted(newestFirst).slice(0, MAX_INCIDENTS);
    }
    this.#of = { ...of, allAtMs: isNew ? nowMs : before.allAtMs };
  }

  /** @param jobs that are public now: what was read may be older */
  page({ after, limit, job }: IncidentQuery, jobs: readonly string[]): readonly Incident[] {
    const isPublic = new Set(jobs);
    return this.#list
      .filter((one) => isPublic.has(one.job) && (job === null || one.job === job))
      .filter((one) => after === null || newestFirst(one, after) > 0)
      .slice(0, limit);
  }
}

type Place = Pick<Incident, "fromMs" | "job">;

function keyOf({ fromMs, job }: Place): string {
  return JSON.stringify([fromMs, job]);
}

function newestFirst(a: Place, b: Place): number {
  return b.fromMs - a.fromMs || (a.job < b.job ? -1 : a.job > b.job ? 1 : 0);
}

/** Strangers see none, and they may be long. */
function withoutReasons(incident: Incident): Incident {
  return { ...incident, firstReason: "", lastReason: "" };
}
