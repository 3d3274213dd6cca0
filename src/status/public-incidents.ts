import { HOUR_MS } from "../core/time/frequency.ts";
import type { HistoryReader, Incident, IncidentQuery } from "../history/ports.ts";

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
      const query = { after: null, limit: MAX_INCIDENTS, jobKey: null, publicOnly: true };
      this.#list = (await history.readIncidents(query)).map(withoutReasons);
    } else {
      const sinceMs = nowMs - SETTLED_AFTER_MS;
      const churning = this.#list.filter(({ toMs }) => toMs === null || toMs > sinceMs);
      const changed = await history.readNewIncidents(sinceMs, churning);
      const isPublic = new Set(jobs);
      const own = changed.filter(({ jobKey }) => isPublic.has(jobKey)).map(withoutReasons);
      const byKey = new Map([...this.#list, ...own].map((one) => [keyOf(one), one]));
      this.#list = [...byKey.values()].toSorted(newestFirst).slice(0, MAX_INCIDENTS);
    }
    this.#of = { ...of, allAtMs: isNew ? nowMs : before.allAtMs };
  }

  /** @param jobs that are public now: what was read may be older */
  page({ after, limit, jobKey }: IncidentQuery, jobs: readonly string[]): readonly Incident[] {
    const isPublic = new Set(jobs);
    return this.#list
      .filter((one) => isPublic.has(one.jobKey) && (jobKey === null || one.jobKey === jobKey))
      .filter((one) => after === null || newestFirst(one, after) > 0)
      .slice(0, limit);
  }
}

type Place = Pick<Incident, "fromMs" | "jobKey">;

function keyOf({ fromMs, jobKey }: Place): string {
  return JSON.stringify([fromMs, jobKey]);
}

function newestFirst(a: Place, b: Place): number {
  return b.fromMs - a.fromMs || (a.jobKey < b.jobKey ? -1 : a.jobKey > b.jobKey ? 1 : 0);
}

/** Strangers see none, and they may be long. */
function withoutReasons(incident: Incident): Incident {
  return { ...incident, firstReason: "", lastReason: "" };
}
