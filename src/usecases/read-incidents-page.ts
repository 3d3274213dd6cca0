import type { HistoryReader, Incident, IncidentQuery } from "../domain/history/ports.ts";
import { daysOf, type IncidentsPage } from "../domain/pages/incidents-page.ts";
import { shownIncident } from "../domain/pages/job-page.ts";
import { jobId } from "../domain/pages/job-id.ts";
import { freshnessOf, type Viewer } from "../domain/pages/overview.ts";
import { readCards, type PageSources } from "./read-overview.ts";

/** Incidents of one page. */
const PAGE_SIZE = 50;

/**
 * The incidents that a viewer may see, a page of them: a stranger those of jobs that are public now. Six queries.
 *
 * @throws StoreFault
 */
export async function readIncidentsPage(
  sources: PageSources & { readonly history: Pick<HistoryReader, "readIncidents"> },
  { after, viewer }: { readonly after: IncidentQuery["after"]; readonly viewer: Viewer },
  nowMs: number,
): Promise<IncidentsPage> {
  const { cards, instance } = await readCards(sources, nowMs);
  const publicOnly = viewer === "stranger";
  const query = { after, limit: PAGE_SIZE + 1, job: null, publicOnly };
  const found = await sources.history.readIncidents(query);
  const present = new Set(cards.filter(({ isPublic }) => isPublic || !publicOnly).map(({ job }) => job));
  const shown = found.slice(0, PAGE_SIZE).map((incident: Incident) => ({
    ...shownIncident(incident, viewer),
    jobId: present.has(incident.job) ? jobId(incident.job) : null,
  }));
  const last = shown.at(-1);
  return {
    viewer,
    ...freshnessOf(instance, sources.settings, nowMs),
    days: daysOf(shown),
    next: found.length > PAGE_SIZE && last !== undefined ? { fromMs: last.fromMs, job: last.job } : null,
  };
}
