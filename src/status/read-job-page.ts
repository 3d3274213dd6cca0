import type { Range } from "../history/ports.ts";
import { shownIncident, uptimesOf, type JobPageModel } from "./job-page.ts";
import { jobsOf, overviewOf } from "./status-page.ts";
import { historyFor, readShown, type PageSources } from "./read-status-page.ts";
import type { InstanceReader } from "./ports.ts";
import type { Audience } from "./audience.ts";
import type { PingStore } from "../heartbeats/ports.ts";

/** Incidents on a job's page, decisions, and things that its owner did. */
const MAX_INCIDENTS = 20;
const MAX_DECISIONS = 30;
const MAX_ACTIONS = 10;

/**
 * Everything that a job's page shows; null where the viewer may see no such job, be there one or not. At most fifteen
 * queries.
 *
 * @throws DatabaseError, NotRead
 */
export async function readJobPage(
  sources: PageSources & {
    readonly store: Pick<InstanceReader, "readInstance" | "readDecisionLog" | "readAuditLog">;
    readonly pings: Pick<PingStore, "readPing">;
  },
  { id, range, audience }: { readonly id: string; readonly range: Range; readonly audience: Audience },
  nowMs: number,
): Promise<JobPageModel | null> {
  const shown = await readShown(sources, audience, nowMs);
  const overview = overviewOf(shown.summaries, shown.instance, sources.settings, audience, nowMs);
  const job = jobsOf(overview).find((one) => one.id === id);
  if (job === undefined) return null;
  const isAdmin = audience === "admin";
  const history = historyFor(sources, shown, audience, nowMs);
  const [series, incidents, trace, actions, pings] = await Promise.all([
    history.readSeries(job.jobKey, range, nowMs),
    history.readIncidents({ after: null, limit: MAX_INCIDENTS, jobKey: job.jobKey }),
    isAdmin ? sources.store.readDecisionLog(job.jobKey, MAX_DECISIONS) : [],
    isAdmin ? sources.store.readAuditLog(job.jobKey, MAX_ACTIONS) : [],
    isAdmin ? sources.pings.readPing(id, nowMs) : null,
  ]);
  const { readAtMs, asOfMs, isStale, staleAtMs } = overview;
  return {
    audience,
    readAtMs,
    asOfMs,
    isStale,
    staleAtMs,
    job,
    range,
    series,
    uptimes: uptimesOf(job),
    incidents: incidents.map((incident) => shownIncident(incident, audience)),
    pings,
    decisionLog: trace,
    actions,
  };
}
