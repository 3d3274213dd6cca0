import type { Range } from "../domain/history/ports.ts";
import { shownIncident, uptimesOf, type JobPage } from "../domain/pages/job-page.ts";
import { jobsOf, overviewOf, type Viewer } from "../domain/pages/overview.ts";
import type { PingStore } from "../domain/ping.ts";
import type { Store } from "../domain/ports.ts";
import { historyFor, readShown, type PageSources } from "./read-overview.ts";

/** Incidents on a job's page, decisions, and things that its owner did. */
const MAX_INCIDENTS = 20;
const MAX_DECISIONS = 30;
const MAX_ACTIONS = 10;

/**
 * Everything that a job's page shows; null where the viewer may see no such job, be there one or not. At most fifteen
 * queries.
 *
 * @throws StoreFault, NotRead
 */
export async function readJobPage(
  sources: PageSources & {
    readonly store: Pick<Store, "readInstance" | "readTrace" | "readActions">;
    readonly pings: Pick<PingStore, "readPing">;
  },
  { id, range, viewer }: { readonly id: string; readonly range: Range; readonly viewer: Viewer },
  nowMs: number,
): Promise<JobPage | null> {
  const shown = await readShown(sources, viewer, nowMs);
  const overview = overviewOf(shown.cards, shown.instance, sources.settings, viewer, nowMs);
  const job = jobsOf(overview).find((one) => one.id === id);
  if (job === undefined) return null;
  const isOwner = viewer === "owner";
  const history = historyFor(sources, shown, viewer, nowMs);
  const [series, incidents, trace, actions, pings] = await Promise.all([
    history.readSeries(job.job, range, nowMs),
    history.readIncidents({ after: null, limit: MAX_INCIDENTS, job: job.job }),
    isOwner ? sources.store.readTrace(job.job, MAX_DECISIONS) : [],
    isOwner ? sources.store.readActions(job.job, MAX_ACTIONS) : [],
    isOwner ? sources.pings.readPing(id, nowMs) : null,
  ]);
  const { readAtMs, asOfMs, isStale, staleAtMs } = overview;
  return {
    viewer,
    readAtMs,
    asOfMs,
    isStale,
    staleAtMs,
    job,
    range,
    series,
    uptimes: uptimesOf(job),
    incidents: incidents.map((incident) => shownIncident(incident, viewer)),
    pings,
    trace,
    actions,
  };
}
