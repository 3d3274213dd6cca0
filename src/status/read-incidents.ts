import { shownIncident } from "./job-page.ts";
import { jobId } from "../core/job-id.ts";
import { freshnessOf, type Freshness } from "./status-page.ts";
import type { IncidentPlace, ShownIncident } from "./incidents-page.ts";
import { historyFor, readShown, type PageSources } from "./read-status-page.ts";
import type { Audience } from "./audience.ts";

export interface IncidentsWanted {
  /** Where the last page ended; the job by its identity or, where that is not told, by its id. Null for the first. */
  readonly after: IncidentPlace | null;
  readonly limit: number;
  /** Null for all jobs. */
  readonly jobId: string | null;
  readonly audience: Audience;
}

/** What was asked for is not there, or not for this viewer. */
export type Missing = "no such job" | "gone";

export interface FoundIncidents extends Freshness {
  /** Newest first. */
  readonly incidents: readonly ShownIncident[];
  /** Where they end, if there are more. */
  readonly next: IncidentPlace | null;
}

/**
 * The incidents that a viewer may see, a page of them: a stranger those of jobs that are public now. Six queries,
 * or none for a stranger who asks soon after another.
 *
 * @throws DatabaseError, NotRead
 */
export async function readIncidents(
  sources: PageSources,
  { after, limit, jobId: id, audience }: IncidentsWanted,
  nowMs: number,
): Promise<FoundIncidents | Missing> {
  const shown = await readShown(sources, audience, nowMs);
  const { summaries, instance } = shown;
  const publicOnly = audience === "public";
  const present = new Map(
    summaries.filter(({ isPublic }) => isPublic || !publicOnly).map(({ jobKey, name }) => [jobKey, name]),
  );
  const identityOf = (wanted: string): string | undefined =>
    [...present.keys()].find((job) => jobId(job) === wanted);
  const jobKey = id === null ? null : identityOf(id);
  if (jobKey === undefined) return "no such job";
  const lastJobOf = (place: IncidentPlace): string | undefined => {
    if ("jobId" in place) return identityOf(place.jobId);
    // Whoever could give an identity could find out by trying which there are.
    return publicOnly ? undefined : place.job;
  };
  const lastJob = after === null ? null : lastJobOf(after);
  if (lastJob === undefined) return "gone";
  const found = await historyFor(sources, shown, audience, nowMs).readIncidents({
    after: after === null || lastJob === null ? null : { fromMs: after.fromMs, jobKey: lastJob },
    limit: limit + 1,
    jobKey,
    publicOnly,
  });
  const incidents = found.slice(0, limit).map((incident) => ({
    ...shownIncident(incident, audience),
    // What it was called before may have been meant for its owner alone.
    name: publicOnly ? (present.get(incident.jobKey) ?? "") : incident.name,
    jobId: present.has(incident.jobKey) ? jobId(incident.jobKey) : null,
  }));
  const last = incidents.at(-1);
  return {
    ...freshnessOf(instance, sources.settings, nowMs),
    incidents,
    next:
      found.length > limit && last !== undefined
        ? { fromMs: last.fromMs, ...(publicOnly ? { jobId: jobId(last.jobKey) } : { job: last.jobKey }) }
        : null,
  };
}
