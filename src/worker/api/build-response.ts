import { base64Url } from "../../web/api/cursor.ts";
import { openApiDocument } from "../../web/api/openapi.ts";
import { problemFields, type ProblemFields } from "../../web/api/problem.ts";
import { D1Store } from "../../storage/d1/d1-store.ts";
import { d1HistoryReader } from "../../storage/d1/history/reader.ts";
import { logError } from "../../platform/log.ts";
import type { Platform } from "../../platform/platform.ts";
import { parseSettings, problemsText } from "../../platform/settings/parse-settings.ts";
import { badgeOf, NO_BADGE, UNKNOWN_BADGE, type Badge } from "../../status/badge.ts";
import { explainFault } from "../../status/audience.ts";
import { errorText } from "../../core/text.ts";
import { readOverview, type SummaryCache } from "../../status/read-status-page.ts";
import { NotRead } from "../../status/public-reads.ts";
import { readMetrics } from "../../status/read-metrics.ts";
import { exposition, EXPOSITION_TYPES } from "../../web/metrics/exposition.ts";
import { badgeJson, badgeSvg } from "../../web/badges/badge-svg.ts";
import { percent } from "../../web/charts/numbers.ts";
import { metricFamilies } from "../../web/metrics/metrics.ts";
import type { Bindings } from "../env.ts";
import { metered } from "../metered-request.ts";
import { JSON_TYPE, PROBLEM_TYPE, SVG_TYPE, type ApiResponse, type ApiTask } from "./api-response.ts";
import { readResource, type ResourceSources } from "./read-resource.ts";
import type { Audience } from "../../status/audience.ts";

/** Reads what a program asks for and writes it. Faults of our own are an answer as well. */
export async function buildResponse(
  task: ApiTask,
  env: Bindings,
  { clock, random }: Platform,
  memory: SummaryCache,
): Promise<ApiResponse> {
  const { wanted, audience } = task;
  if (wanted.kind === "openapi") return answer(openApiDocument(), audience);
  const parsed = parseSettings(env);
  if (!parsed.ok && wanted.kind === "badge") return badgeAnswer(wanted, UNKNOWN_BADGE, 503);
  if (!parsed.ok) {
    return faultAnswer("set-up-wrongly", audience, problemsText(parsed.problems));
  }
  const { settings } = parsed;
  try {
    return await metered(env, memory.pendingUsage, (database, rowsRead) => {
      const history = d1HistoryReader(database, random);
      const sources = { store: new D1Store(database, random), history, settings, memory, rowsRead };
      return make(wanted, sources, audience, clock.nowMs());
    });
  } catch (error) {
    const reason = errorText(error, 500);
    if (!(error instanceof NotRead)) logError(`An answer could not be made: ${reason}`);
    if (wanted.kind === "badge") return badgeAnswer(wanted, UNKNOWN_BADGE, 503);
    return faultAnswer("unavailable", audience, reason);
  }
}

async function make(
  wanted: Exclude<ApiTask["wanted"], { readonly kind: "openapi" }>,
  sources: ResourceSources,
  audience: Audience,
  nowMs: number,
): Promise<ApiResponse> {
  switch (wanted.kind) {
    case "resource": {
      const found = await readResource(sources, wanted.call, audience, nowMs);
      return found.ok ? answer(found.value, audience) : problemAnswer(found.problem);
    }
    case "badge": {
      const badge = badgeOf(wanted.subject, await readOverview(sources, "public", nowMs), percent);
      return badge === null ? badgeAnswer(wanted, NO_BADGE, 404) : badgeAnswer(wanted, badge, 200);
    }
    case "metrics": {
      const families = metricFamilies(await readMetrics(sources, nowMs));
      const type = EXPOSITION_TYPES[wanted.format];
      return { status: 200, type, body: exposition(families, wanted.format), etag: null, next: null };
    }
  }
}

async function badgeAnswer(
  { label, form }: Extract<ApiTask["wanted"], { readonly kind: "badge" }>,
  own: Badge,
  status: 200 | 404 | 503,
): Promise<ApiResponse> {
  // A label of one's own would make "not found" look like somebody's state.
  const badge = label === null || status !== 200 ? own : { ...own, label };
  const body = form === "svg" ? badgeSvg(badge) : badgeJson(badge, status !== 200);
  const etag = status === 200 ? await etagOf(body, "public") : null;
  return { status, type: form === "svg" ? SVG_TYPE : JSON_TYPE, body, etag, next: null };
}

function faultAnswer(
  kind: "set-up-wrongly" | "unavailable",
  audience: Audience,
  reason: string,
): ApiResponse {
  const advice = kind === "unavailable" ? "Try again in a while." : "Run npm run check.";
  const ownersDetail = `${reason}${/[.!?]$/.test(reason) ? "" : "."} ${advice}`;
  return problemAnswer(problemFields(kind, explainFault(audience, ownersDetail)));
}

export function problemAnswer(problem: ProblemFields): ApiResponse {
  const body = `${JSON.stringify(problem)}\n`;
  return { status: problem.status, type: PROBLEM_TYPE, body, etag: null, next: null };
}

async function answer(value: object, audience: Audience): Promise<ApiResponse> {
  const body = `${JSON.stringify(value)}\n`;
  const next = "nextCursor" in value && typeof value.nextCursor === "string" ? value.nextCursor : null;
  return { status: 200, type: JSON_TYPE, body, etag: await etagOf(body, audience), next };
}

/** By content, so that all copies of the Worker say the same; and never one tag for what two viewers see. */
async function etagOf(body: string, audience: Audience): Promise<string> {
  const bytes = new TextEncoder().encode(`${audience}\n${body}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 16);
  return `"${base64Url(digest)}"`;
}
