import type { HistoryReader, JobCard } from "../domain/history/ports.ts";
import type { InstanceView } from "../domain/instance-status.ts";
import { overviewOf, type Overview, type Viewer } from "../domain/pages/overview.ts";
import type { Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";

export interface PageSources {
  readonly store: Pick<Store, "readInstance">;
  readonly history: Pick<HistoryReader, "readCards">;
  readonly settings: Settings;
  readonly memory: PageMemory;
}

/**
 * The jobs as they were read last. They change with each commit and not between: a page that stays open, or that a crowd
 * looks at, reads them once a tick, so that the rows which the plan gives a day are left to the checks.
 */
export class PageMemory {
  #commit: string | null = null;
  #cards: readonly JobCard[] = [];

  cardsOf(instance: InstanceView): readonly JobCard[] | null {
    const key = keyOf(instance);
    return key !== null && key === this.#commit ? this.#cards : null;
  }

  remember(instance: InstanceView, cards: readonly JobCard[]): void {
    this.#commit = keyOf(instance);
    this.#cards = cards;
  }
}

/** With the tick, as a database that was restored counts some commits again. */
function keyOf({ version, lastTick }: InstanceView): string | null {
  return lastTick === null ? null : `${version} ${lastTick.scheduledAtMs} ${lastTick.finishedAtMs}`;
}

/**
 * Everything that the first page shows. Five queries, however many jobs there are; one where nothing has run since.
 *
 * @throws StoreFault
 */
export async function readOverview(sources: PageSources, viewer: Viewer, nowMs: number): Promise<Overview> {
  const { cards, instance } = await readCards(sources, nowMs);
  return overviewOf(cards, instance, sources.settings, viewer, nowMs);
}

/** @throws StoreFault */
export async function readCards(
  { store, history, memory }: PageSources,
  nowMs: number,
): Promise<{ readonly cards: readonly JobCard[]; readonly instance: InstanceView }> {
  // Before the jobs: those that a tick changes meanwhile are then read once more, and not taken for old.
  const instance = await store.readInstance();
  const known = memory.cardsOf(instance);
  if (known !== null) return { cards: known, instance };
  const cards = await history.readCards(nowMs);
  memory.remember(instance, cards);
  return { cards, instance };
}
