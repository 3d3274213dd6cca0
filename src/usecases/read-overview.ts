import type { JobCard } from "../domain/history/ports.ts";
import type { InstanceView } from "../domain/instance-status.ts";
import { overviewOf, type Overview, type Viewer } from "../domain/pages/overview.ts";
import type { Settings } from "../domain/settings.ts";
import { Unrecorded } from "./meter.ts";
import { commitOf, StrangerReads, type Reads, type Shown } from "./stranger-reads.ts";

export interface PageSources extends Reads {
  readonly settings: Settings;
  readonly memory: PageMemory;
}

/**
 * The jobs as they were read last. They change with each commit and not between: a page that stays open, or that a crowd
 * looks at, reads them once a tick, so that the rows which the plan gives a day are left to the checks.
 */
export class PageMemory {
  readonly strangers = new StrangerReads();
  /** What is read for pages, until a tick records it. */
  readonly unrecorded: Unrecorded;
  #commit: string | null = null;
  #cards: readonly JobCard[] = [];

  constructor(unrecorded: Unrecorded = new Unrecorded()) {
    this.unrecorded = unrecorded;
  }

  cardsOf(instance: InstanceView): readonly JobCard[] | null {
    const commit = commitOf(instance);
    return commit !== null && commit === this.#commit ? this.#cards : null;
  }

  remember(shown: Shown, nowMs: number): void {
    this.#commit = commitOf(shown.instance);
    this.#cards = shown.cards;
    this.strangers.remember(shown, nowMs);
  }
}

/**
 * Everything that the first page shows. Five queries, however many jobs there are; one where nothing has run since, and none
 * for a stranger who asks soon after another.
 *
 * @throws StoreFault, NotRead
 */
export async function readOverview(sources: PageSources, viewer: Viewer, nowMs: number): Promise<Overview> {
  const { cards, instance } = await readShown(sources, viewer, nowMs);
  return overviewOf(cards, instance, sources.settings, viewer, nowMs);
}

/** @throws StoreFault, NotRead */
export async function readShown(sources: PageSources, viewer: Viewer, nowMs: number): Promise<Shown> {
  const { store, history, memory } = sources;
  if (viewer === "stranger") return memory.strangers.shown(sources, nowMs);
  // Before the jobs: those that a tick changes meanwhile are then read once more, and not taken for old.
  const instance = await store.readInstance();
  const shown = { instance, cards: memory.cardsOf(instance) ?? (await history.readCards(nowMs)) };
  memory.remember(shown, nowMs);
  return shown;
}

/** Where the past of the jobs is read that a viewer sees. */
export function historyFor(
  sources: PageSources,
  shown: Shown,
  viewer: Viewer,
  nowMs: number,
): Pick<Reads["history"], "readSeries" | "readIncidents"> {
  return viewer === "owner" ? sources.history : sources.memory.strangers.history(sources, shown, nowMs);
}
