import type { HistoryReader } from "../domain/history/ports.ts";
import { overviewOf, type Overview, type Viewer } from "../domain/pages/overview.ts";
import type { Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";

export interface PageSources {
  readonly store: Pick<Store, "readInstance">;
  readonly history: Pick<HistoryReader, "readCards">;
  readonly settings: Settings;
}

/**
 * Everything that the first page shows. Five queries, however many jobs there are.
 *
 * @throws StoreFault
 */
export async function readOverview(
  { store, history, settings }: PageSources,
  viewer: Viewer,
  nowMs: number,
): Promise<Overview> {
  const [cards, instance] = await Promise.all([history.readCards(nowMs), store.readInstance()]);
  return overviewOf(cards, instance, settings, viewer, nowMs);
}
