import { overviewOf, type StatusPageModel } from "./status-page.ts";
import { readShown, type PageSources } from "./read-status-page.ts";

/**
 * What the owner's metrics are made of. Five queries, however many jobs there are; one where nothing has run since.
 *
 * @throws DatabaseError
 */
export async function readMetrics(
  sources: PageSources,
  nowMs: number,
): Promise<{
  readonly overview: StatusPageModel;
  readonly oldestWaitingAtMs: number | null;
  readonly staleAfterSeconds: number;
}> {
  const { summaries, instance } = await readShown(sources, "admin", nowMs);
  const { settings } = sources;
  return {
    overview: overviewOf(summaries, instance, settings, "admin", nowMs),
    oldestWaitingAtMs: instance.oldestWaitingAtMs,
    staleAfterSeconds: settings.staleAfterSeconds,
  };
}
