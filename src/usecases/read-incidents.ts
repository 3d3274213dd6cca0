import type { HistoryReader, Incident, IncidentQuery } from "../domain/history/ports.ts";
import { shownIncident } from "../domain/pages/job-page.ts";
import { jobId } from "../domain/pages/job-id.ts";
import { freshnessOf, type Freshness, type Viewer } from "../domain/pages/overview.ts";
import type { ShownIncident } from "../domain/pages/incidents-page.ts";
import { readCards, type PageSources } from "./read-overview.ts";

export interface IncidentsWanted {
  /** Where the last page ended; the job by its identity or, where that is not told, by its id. Null for the first. */
  readonly after: IncidentQuery["after"] | { readonly fromMs: number; readonly jobId: string };
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
  readonly next: Pick<Incident, "fromMs" | "job"> | null;
}

/**
 * The incidents that a viewer may see, a page of them: a stranger those of jobs that are public now. Six queries.
 *
 * @throws StoreFault
 */
export async function readIncidents(
  sources: PageSources & { readonly history: Pick<HistoryReader, "readIncidents"> },
  { after, limit, jobId: id, viewer }: IncidentsWanted,
  nowMs: number,
): Promise<FoundIncidents | Missing> {
  const { cards, instance } = await readCards(sources, nowMs);
  const publicOnly = viewer === "stranger";
  const present = new Set(cards.filter(({ isPublic }) => isPublic || !publicOnly).map(({ job }) => job));
  const identityOf = (wanted: string): string | undefined =>
    [...present].find((job) => jobId(job) === wanted);
  const job = id === null ? null : identityOf(id);
  if (job === undefined) return "no such job";
  const lastJob = after === null ? "" : "job" in after ? after.job : identityOf(after.jobId);
  if (lastJob === undefined) return "gone";
  const found = await sources.history.readIncidents({
    after: after === null ? null : { fromMs: after.fromMs, job: lastJob },
    limit: limit + 1,
    job,
    publicOnly,
  });
  const incidents = found.slice(0, limit).map((incident) => ({
    ...shownIncident(incident, viewer),
    jobId: present.has(incident.job) ? jobId(incident.job) : null,
  }));
  const last = incidents.at(-1);
  return {
    ...freshnessOf(instance, sources.settings, nowMs),
    incidents,
    next: found.length > limit && last !== undefined ? { fromMs: last.fromMs, job: last.job } : null,
  };
}
