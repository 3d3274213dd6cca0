import { base64Url } from "../../api/cursor.ts";
import { openApiDocument } from "../../api/openapi.ts";
import { problemFields, type ProblemFields } from "../../api/problem.ts";
import { D1Store } from "../../adapters/d1/d1-store.ts";
import { d1HistoryReader } from "../../adapters/d1/history-reader.ts";
import { logError } from "../../adapters/log.ts";
import type { Platform } from "../../adapters/platform.ts";
import { parseSettings, problemsText } from "../../adapters/settings/parse-settings.ts";
import { badgeOf, NO_BADGE, UNKNOWN_BADGE, type Badge } from "../../domain/pages/badge.ts";
import type { Viewer } from "../../domain/pages/overview.ts";
import { errorText } from "../../domain/text.ts";
import { readOverview, type PageMemory } from "../../usecases/read-overview.ts";
import { NotRead } from "../../usecases/stranger-reads.ts";
import { readMeasured } from "../../usecases/read-measured.ts";
import { exposition, EXPOSITION_TYPES } from "../../views/exposition.ts";
import { badgeJson, badgeSvg } from "../../views/badge.ts";
import { percent } from "../../views/numbers.ts";
import { metricFamilies } from "../../views/metrics.ts";
import type { Bindings } from "../env.ts";
import { metered } from "../metered-request.ts";
import { JSON_TYPE, PROBLEM_TYPE, SVG_TYPE, type Answer, type AnswerTask } from "./answer.ts";
import { readResource, type ResourceSources } from "./read-resource.ts";

/** Reads what a program asks for and writes it. Faults of our own are an answer as well. */
export async function makeAnswer(
  task: AnswerTask,
  env: Bindings,
  { clock, random }: Platform,
  memory: PageMemory,
): Promise<Answer> {
  const { wanted, viewer } = task;
  if (wanted.kind === "openapi") return answer(openApiDocument(), viewer);
  const parsed = parseSettings(env);
  if (!parsed.ok && wanted.kind === "badge") return badgeAnswer(wanted, UNKNOWN_BADGE, 503);
  if (!parsed.ok) {
    return faultAnswer("set-up-wrongly", viewer, problemsText(parsed.problems));
  }
  const { settings } = parsed;
  try {
    return await metered(env, memory.unrecorded, (database, rowsRead) => {
      const history = d1HistoryReader(database, random);
      const sources = { store: new D1Store(database, random), history, settings, memory, rowsRead };
      return make(wanted, sources, viewer, clock.nowMs());
    });
  } catch (error) {
    const reason = errorText(error, 500);
    if (!(error instanceof NotRead)) logError(`An answer could not be made: ${reason}`);
    if (wanted.kind === "badge") return badgeAnswer(wanted, UNKNOWN_BADGE, 503);
    return faultAnswer("unavailable", viewer, reason);
  }
}

async function make(
  wanted: Exclude<AnswerTask["wanted"], { readonly kind: "openapi" }>,
  sources: ResourceSources,
  viewer: Viewer,
  nowMs: number,
): Promise<Answer> {
  switch (wanted.kind) {
    case "resource": {
      const found = await readResource(sources, wanted.call, viewer, nowMs);
      return found.ok ? answer(found.value, viewer) : problemAnswer(found.problem);
    }
    case "badge": {
      const badge = badgeOf(wanted.subject, await readOverview(sources, "stranger", nowMs), percent);
      return badge === null ? badgeAnswer(wanted, NO_BADGE, 404) : badgeAnswer(wanted, badge, 200);
    }
    case "metrics": {
      const families = metricFamilies(await readMeasured(sources, nowMs));
      const type = EXPOSITION_TYPES[wanted.format];
      return { status: 200, type, body: exposition(families, wanted.format), etag: null, next: null };
    }
  }
}

async function badgeAnswer(
  { label, form }: Extract<AnswerTask["wanted"], { readonly kind: "badge" }>,
  own: Badge,
  status: 200 | 404 | 503,
): Promise<Answer> {
  // A label of one's own would make "not found" look like somebody's state.
  const badge = label === null || status !== 200 ? own : { ...own, label };
  const body = form === "svg" ? badgeSvg(badge) : badgeJson(badge, status !== 200);
  const etag = status === 200 ? await etagOf(body, "stranger") : null;
  return { status, type: form === "svg" ? SVG_TYPE : JSON_TYPE, body, etag, next: null };
}

/** What went wrong is for the owner alone. */
function faultAnswer(kind: "set-up-wrongly" | "unavailable", viewer: Viewer, reason: string): Answer {
  const detail =
    viewer === "owner"
      ? `${reason}${/[.!?]$/.test(reason) ? "" : "."} ${kind === "unavailable" ? "Try again in a while." : "Run npm run check."}`
      : "Whoever runs it is told by others. Try again in a while.";
  return problemAnswer(problemFields(kind, detail));
}

export function problemAnswer(problem: ProblemFields): Answer {
  const body = `${JSON.stringify(problem)}\n`;
  return { status: problem.status, type: PROBLEM_TYPE, body, etag: null, next: null };
}

async function answer(value: object, viewer: Viewer): Promise<Answer> {
  const body = `${JSON.stringify(value)}\n`;
  const next = "nextCursor" in value && typeof value.nextCursor === "string" ? value.nextCursor : null;
  return { status: 200, type: JSON_TYPE, body, etag: await etagOf(body, viewer), next };
}

/** By content, so that all copies of the Worker say the same; and never one tag for what two viewers see. */
export async function etagOf(body: string, viewer: Viewer): Promise<string> {
  const bytes = new TextEncoder().encode(`${viewer}\n${body}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).subarray(0, 16);
  return `"${base64Url(digest)}"`;
}
