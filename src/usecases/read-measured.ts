import { overviewOf, type Overview } from "../domain/pages/overview.ts";
import { readShown, type PageSources } from "./read-overview.ts";

/**
 * What the owner's metrics are made of. Five queries, however many jobs there are; one where nothing has run since.
 *
 * @throws StoreFault
 */
export async function readMeasured(
  sources: PageSources,
  nowMs: number,
): Promise<{
  readonly overview: Overview;
  readonly oldestWaitingAtMs: number | null;
  readonly staleAfterSeconds: number;
}> {
  const { cards, instance } = await readShown(sources, "owner", nowMs);
  const { settings } = sources;
  return {
    overview: overviewOf(cards, instance, settings, "owner", nowMs),
    oldestWaitingAtMs: instance.oldestWaitingAtMs,
    staleAfterSeconds: settings.staleAfterSeconds,
  };
}
