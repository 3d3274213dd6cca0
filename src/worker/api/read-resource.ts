import { writeCursor } from "../../web/api/cursor.ts";
import { freshnessFields } from "../../web/api/common.ts";
import { incidentFields } from "../../web/api/incident.ts";
import { byName, isAfter, jobDetails, jobSummary, statusOf } from "../../web/api/job.ts";
import { gapFields, tickFields } from "../../web/api/ticks.ts";
import { messageFields } from "../../web/api/outbox.ts";
import { parameterProblem, problemFields, problemTypes, type ProblemFields } from "../../web/api/problem.ts";
import type { AnswerOf, ApiCall, ResourceName } from "../../web/api/resources.ts";
import { peerFields, instanceFields } from "../../web/api/instance.ts";
import { seriesFields } from "../../web/api/series.ts";
import { MINUTE_MS } from "../../core/time/frequency.ts";
import type { HistoryReader } from "../../history/ports.ts";
import { RANGES } from "../../status/job-page.ts";
import { jobsOf, overviewOf } from "../../status/status-page.ts";
import { oneLine } from "../../core/text.ts";
import { readIncidents } from "../../status/read-incidents.ts";
import { historyFor, readOverview, readShown, type PageSources } from "../../status/read-status-page.ts";
import type { Store } from "../../storage/store.ts";
import type { Audience } from "../../status/audience.ts";

export type ResourceSources = PageSources & { readonly history: HistoryReader; readonly store: Store };

/** What is wanted, or what is wrong with it. */
export type Found<Name extends ResourceName> =
  | { readonly ok: true; readonly value: AnswerOf<Name> }
  | { readonly ok: false; readonly problem: ProblemFields };

type CallOf<Name extends ResourceName> = Extract<ApiCall, { readonly resource: Name }>;
type Reader<Name extends ResourceName> = (
  sources: ResourceSources,
  call: CallOf<Name>,
  audience: Audience,
  nowMs: number,
) => Promise<Found<Name>>;

/** @throws DatabaseError */
export function readResource(
  sources: ResourceSources,
  call: ApiCall,
  audience: Audience,
  nowMs: number,
): Promise<Found<ResourceName>> {
  const read = READERS[call.resource] as Reader<ResourceName>;
  return read(sources, call, audience, nowMs);
}

const READERS: { readonly [Name in ResourceName]: Reader<Name> } = {
  async jobs(sources, { query }, audience, nowMs) {
    const overview = await readOverview(sources, audience, nowMs);
    const { status, group, frequency, limit, cursor } = query;
    const fitting = jobsOf(overview).filter(
      (job) =>
        (status === undefined || status.includes(statusOf(job.displayStatus))) &&
        (group === undefined || job.group === group) &&
        (frequency === undefined || job.frequency === frequency),
    );
    const sorted = fitting.toSorted(byName);
    const rest = cursor === undefined ? sorted : sorted.filter((job) => isAfter(job, cursor));
    const [items, last] = [rest.slice(0, limit), rest[limit - 1]];
    return found({
      ...freshnessFields(overview),
      total: fitting.length,
      items: items.map((job) => jobSummary(job, audience === "admin")),
      nextCursor: rest.length > limit && last !== undefined ? writeCursor([last.name, last.id]) : null,
    });
  },

  async job(sources, { id }, audience, nowMs) {
    const overview = await readOverview(sources, audience, nowMs);
    const job = jobsOf(overview).find((one) => one.id === id);
    if (job === undefined) return noSuchJob(id);
    return found({ ...freshnessFields(overview), ...jobDetails(job, audience === "admin") });
  },

  async series(sources, { id, query }, audience, nowMs) {
    const shown = await readShown(sources, audience, nowMs);
    const overview = overviewOf(shown.summaries, shown.instance, sources.settings, audience, nowMs);
    const job = jobsOf(overview).find((one) => one.id === id);
    const range = RANGES[query.range];
    if (job === undefined || range === undefined) return noSuchJob(id);
    // Slots begin with minutes: nothing is lost, and the answer stays as it is until the next.
    const minuteMs = Math.floor(nowMs / MINUTE_MS) * MINUTE_MS;
    const series = await historyFor(sources, shown, audience, nowMs).readSeries(job.jobKey, range, minuteMs);
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

  async incidents(sources, { query: { job = null, limit, cursor } }, audience, nowMs) {
    const isAdmin = audience === "admin";
    const [fromMs = 0, whose = ""] = cursor ?? [];
    // A stranger is not told an identity, not even in a cursor.
    const place = isAdmin ? { fromMs, job: whose } : { fromMs, jobId: whose };
    const wanted = { after: cursor === undefined ? null : place, limit, jobId: job, audience };
    const list = await readIncidents(sources, wanted, nowMs);
    if (list === "no such job") return noSuchJob(job ?? "");
    if (list === "gone") return goneCursor();
    const { incidents, next, ...rest } = list;
    return found({
      ...freshnessFields(rest),
      items: incidents.map((incident) => incidentFields(incident, isAdmin)),
      nextCursor: next === null ? null : writeCursor([next.fromMs, "job" in next ? next.job : next.jobId]),
    });
  },

  async instance({ settings, ...sources }, _call, audience, nowMs) {
    const overview = await readOverview({ settings, ...sources }, audience, nowMs);
    const title = audience === "admin" ? settings.serverName : settings.pageTitle;
    return found({ ...freshnessFields(overview), ...instanceFields(overview.instance, title) });
  },

  async peers(sources, _call, audience, nowMs) {
    const overview = await readOverview(sources, audience, nowMs);
    const items = (overview.instance.details?.peers ?? []).map(peerFields);
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
