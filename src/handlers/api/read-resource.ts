import { writeCursor } from "../../api/cursor.ts";
import { freshnessFields } from "../../api/common.ts";
import { incidentFields } from "../../api/incident.ts";
import { byName, isAfter, jobDetails, jobSummary, statusOf } from "../../api/job.ts";
import { gapFields, tickFields } from "../../api/ledger.ts";
import { messageFields } from "../../api/outbox.ts";
import { parameterProblem, problemFields, problemTypes, type ProblemFields } from "../../api/problem.ts";
import type { AnswerOf, ApiCall, ResourceName } from "../../api/resources.ts";
import { peerFields, selfFields } from "../../api/self.ts";
import { seriesFields } from "../../api/series.ts";
import { MINUTE_MS } from "../../domain/frequency.ts";
import type { HistoryReader } from "../../domain/history/ports.ts";
import { RANGES } from "../../domain/pages/job-page.ts";
import { jobsOf, overviewOf, type Viewer } from "../../domain/pages/overview.ts";
import type { Store } from "../../domain/ports.ts";
import { oneLine } from "../../domain/text.ts";
import { readIncidents } from "../../usecases/read-incidents.ts";
import { historyFor, readOverview, readShown, type PageSources } from "../../usecases/read-overview.ts";

export type ResourceSources = PageSources & { readonly history: HistoryReader; readonly store: Store };

/** What is wanted, or what is wrong with it. */
export type Found<Name extends ResourceName> =
  | { readonly ok: true; readonly value: AnswerOf<Name> }
  | { readonly ok: false; readonly problem: ProblemFields };

type CallOf<Name extends ResourceName> = Extract<ApiCall, { readonly resource: Name }>;
type Reader<Name extends ResourceName> = (
  sources: ResourceSources,
  call: CallOf<Name>,
  viewer: Viewer,
  nowMs: number,
) => Promise<Found<Name>>;

/** @throws StoreFault */
export function readResource(
  sources: ResourceSources,
  call: ApiCall,
  viewer: Viewer,
  nowMs: number,
): Promise<Found<ResourceName>> {
  const read = READERS[call.resource] as Reader<ResourceName>;
  return read(sources, call, viewer, nowMs);
}

const READERS: { readonly [Name in ResourceName]: Reader<Name> } = {
  async jobs(sources, { query }, viewer, nowMs) {
    const overview = await readOverview(sources, viewer, nowMs);
    const { status, group, frequency, limit, cursor } = query;
    const fitting = jobsOf(overview).filter(
      (job) =>
        (status === undefined || status.includes(statusOf(job.look))) &&
        (group === undefined || job.group === group) &&
        (frequency === undefined || job.frequency === frequency),
    );
    const sorted = fitting.toSorted(byName);
    const rest = cursor === undefined ? sorted : sorted.filter((job) => isAfter(job, cursor));
    const [items, last] = [rest.slice(0, limit), rest[limit - 1]];
    return found({
      ...freshnessFields(overview),
      total: fitting.length,
      items: items.map((job) => jobSummary(job, viewer === "owner")),
      nextCursor: rest.length > limit && last !== undefined ? writeCursor([last.name, last.id]) : null,
    });
  },

  async job(sources, { id }, viewer, nowMs) {
    const overview = await readOverview(sources, viewer, nowMs);
    const job = jobsOf(overview).find((one) => one.id === id);
    if (job === undefined) return noSuchJob(id);
    return found({ ...freshnessFields(overview), ...jobDetails(job, viewer === "owner") });
  },

  async series(sources, { id, query }, viewer, nowMs) {
    const shown = await readShown(sources, viewer, nowMs);
    const overview = overviewOf(shown.cards, shown.instance, sources.settings, viewer, nowMs);
    const job = jobsOf(overview).find((one) => one.id === id);
    const range = RANGES[query.range];
    if (job === undefined || range === undefined) return noSuchJob(id);
    // Slots begin with minutes: nothing is lost, and the answer stays as it is until the next.
    const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    const series = await historyFor(sources, shown, viewer, nowMs).readSeries(job.job, range, minuteMs);
    const of = { ...freshnessFields(overview), jobId: id, range: query.range };
    const fields = seriesFields(series);
    switch (fields.every) {
      case "slot":
        return found({ ...of, ...fields });
      case "hour":
        return found({ ...of, ...fields });
      case "day":
        return found({ ...of, ...fields });
    }
  },

  async incidents(sources, { query: { job = null, limit, cursor } }, viewer, nowMs) {
    const isOwner = viewer === "owner";
    const [fromMs = 0, whose = ""] = cursor ?? [];
    // A stranger is not told an identity, not even in a cursor.
    const place = isOwner ? { fromMs, job: whose } : { fromMs, jobId: whose };
    const wanted = { after: cursor === undefined ? null : place, limit, jobId: job, viewer };
    const list = await readIncidents(sources, wanted, nowMs);
    if (list === "no such job") return noSuchJob(job ?? "");
    if (list === "gone") return goneCursor();
    const { incidents, next, ...rest } = list;
    return found({
      ...freshnessFields(rest),
      items: incidents.map((incident) => incidentFields(incident, isOwner)),
      nextCursor: next === null ? null : writeCursor([next.fromMs, "job" in next ? next.job : next.jobId]),
    });
  },

  async self({ settings, ...sources }, _call, viewer, nowMs) {
    const overview = await readOverview({ settings, ...sources }, viewer, nowMs);
    const title = viewer === "owner" ? settings.serverName : settings.pageTitle;
    return found({ ...freshnessFields(overview), ...selfFields(overview.self, title) });
  },

  async peers(sources, _call, viewer, nowMs) {
    const overview = await readOverview(sources, viewer, nowMs);
    const items = (overview.self.details?.peers ?? []).map(peerFields);
    return found({ ...freshnessFields(overview), items });
  },

  async ticks({ store }, { query }) {
    const { records, before } = await store.recentTicks(query.limit, query.cursor?.[0] ?? null);
    const items = records.map(({ id, ...tick }) => ({ id, ...tickFields(tick) }));
    return found({ items, nextCursor: before === null ? null : writeCursor([before]) });
  },

  async gaps({ store }, { query }) {
    const { records, before } = await store.recentGaps(query.limit, query.cursor?.[0] ?? null);
    return found({
      items: records.map(gapFields),
      nextCursor: before === null ? null : writeCursor([before]),
    });
  },

  async outbox({ store }, { query: { limit, cursor } }) {
    const after = cursor === undefined ? null : { decidedAtMs: cursor[0], id: cursor[1] };
    const messages = await store.readOutbox(limit + 1, after);
    const last = messages.length > limit ? messages[limit - 1] : undefined;
    return found({
      items: messages.slice(0, limit).map(messageFields),
      nextCursor: last === undefined ? null : writeCursor([last.decidedAtMs, last.id]),
    });
  },

  async problems() {
    return found(problemTypes());
  },
};

function found<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value };
}

/** The same for a job that is private and for one that there is not. */
function noSuchJob(id: string): { readonly ok: false; readonly problem: ProblemFields } {
  const detail = `No job has the id ${JSON.stringify(oneLine(id, 40))}, or it is not shown to the public. /api/v1/jobs lists those that you may see.`;
  return { ok: false, problem: problemFields("no-such-job", detail) };
}

/** Its job was taken away, or is not public any more. */
function goneCursor(): { readonly ok: false; readonly problem: ProblemFields } {
  const problem = parameterProblem([
    {
      parameter: "cursor",
      value: "…",
      problem: "leads to what is there no more",
      remedy: "Leave it out, and begin anew.",
    },
  ]);
  return { ok: false, problem };
}
