import { shownIncident } from "../domain/pages/job-page.ts";
import { jobId } from "../domain/pages/job-id.ts";
import { freshnessOf, type Freshness, type Viewer } from "../domain/pages/overview.ts";
import type { IncidentPlace, ShownIncident } from "../domain/pages/incidents-page.ts";
import { historyFor, readShown, type PageSources } from "./read-overview.ts";

export interface IncidentsWanted {
  /** Where the last page ended; the job by its identity or, where that is not told, by its id. Null for the first. */
  readonly after: IncidentPlace | null;
  readonly limit: number;
  /** Null for all jobs. */
  readonly jobId: string | null;
  readonly viewer: Viewer;
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
 * @throws StoreFault, NotRead
 */
export async function readIncidents(
  sources: PageSources,
  { after, limit, jobId: id, viewer }: IncidentsWanted,
  nowMs: number,
): Promise<FoundIncidents | Missing> {
  const shown = await readShown(sources, viewer, nowMs);
  const { cards, instance } = shown;
  const publicOnly = viewer === "stranger";
  const present = new Map(
    cards.filter(({ isPublic }) => isPublic || !publicOnly).map(({ job, name }) => [job, name]),
  );
  const identityOf = (wanted: string): string | undefined =>
    [...present.keys()].find((job) => jobId(job) === wanted);
  const job = id === null ? null : identityOf(id);
  if (job === undefined) return "no such job";
  const lastJobOf = (place: IncidentPlace): string | undefined => {
    if ("jobId" in place) return identityOf(place.jobId);
    // Whoever could give an identity could find out by trying which there are.
    return publicOnly ? undefined : place.job;
  };
  const lastJob = after === null ? null : lastJobOf(after);
  if (lastJob === undefined) return "gone";
  const found = await historyFor(sources, shown, viewer, nowMs).readIncidents({
    after: after === null || lastJob === null ? null : { fromMs: after.fromMs, job: lastJob },
    limit: limit + 1,
    job,
    publicOnly,
  });
  const incidents = found.slice(0, limit).map((incident) => ({
    ...shownIncident(incident, viewer),
    // What it was called before may have been meant for its owner alone.
    name: publicOnly ? (present.get(incident.job) ?? "") : incident.name,
    jobId: present.has(incident.job) ? jobId(incident.job) : null,
  }));
  const last = incidents.at(-1);
  return {
    ...freshnessOf(instance, sources.settings, nowMs),
    incidents,
    next:
      found.length > limit && last !== undefined
        ? { fromMs: last.fromMs, ...(publicOnly ? { jobId: jobId(last.job) } : { job: last.job }) }
        : null,
  };
}
