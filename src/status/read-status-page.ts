import type { JobHistorySummary } from "../history/ports.ts";
import { overviewOf, type StatusPageModel } from "./status-page.ts";
import type { Settings } from "../core/settings.ts";
import { PendingUsage } from "../usage/usage-meter.ts";
import { commitOf, PublicReads, type Reads, type PublicView } from "./public-reads.ts";
import type { InstanceView } from "./instance-view.ts";
import type { Audience } from "./audience.ts";

export interface PageSources extends Reads {
  readonly settings: Settings;
  readonly memory: SummaryCache;
}

/**
 * The jobs as they were read last. They change with each commit and not between: a page that stays open, or that a crowd
 * looks at, reads them once a tick, so that the rows which the plan gives a day are left to the checks.
 */
export class SummaryCache {
  readonly publicReads = new PublicReads();
  /** What is read for pages, until a tick records it. */
  readonly pendingUsage: PendingUsage;
  #commit: string | null = null;
  #summaries: readonly JobHistorySummary[] = [];

  constructor(pendingUsage: PendingUsage = new PendingUsage()) {
    this.pendingUsage = pendingUsage;
  }

  summariesOf(instance: InstanceView): readonly JobHistorySummary[] | null {
    const commit = commitOf(instance);
    return commit !== null && commit === this.#commit ? this.#summaries : null;
  }

  remember(shown: PublicView, nowMs: number): void {
    this.#commit = commitOf(shown.instance);
    this.#summaries = shown.summaries;
    this.publicReads.remember(shown, nowMs);
  }
}

/**
 * Everything that the first page shows. Five queries, however many jobs there are; one where nothing has run since, and none
 * for a stranger who asks soon after another.
 *
 * @throws DatabaseError, NotRead
 */
export async function readOverview(
  sources: PageSources,
  audience: Audience,
  nowMs: number,
): Promise<StatusPageModel> {
  const { summaries, instance } = await readShown(sources, audience, nowMs);
  return overviewOf(summaries, instance, sources.settings, audience, nowMs);
}

/** @throws DatabaseError, NotRead */
export async function readShown(
  sources: PageSources,
  audience: Audience,
  nowMs: number,
): Promise<PublicView> {
  const { store, history, memory } = sources;
  if (audience === "public") return memory.publicReads.shown(sources, nowMs);
  // Before the jobs: those that a tick changes meanwhile are then read once more, and not taken for old.
  const instance = await store.readInstance();
  const shown = { instance, summaries: memory.summariesOf(instance) ?? (await history.readSummaries(nowMs)) };
  memory.remember(shown, nowMs);
  return shown;
}

/** Where the past of the jobs is read that a viewer sees. */
export function historyFor(
  sources: PageSources,
  shown: PublicView,
  audience: Audience,
  nowMs: number,
): Pick<Reads["history"], "readSeries" | "readIncidents"> {
  return audience === "admin" ? sources.history : sources.memory.publicReads.history(sources, shown, nowMs);
}
