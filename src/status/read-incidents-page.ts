import { daysOf, type IncidentPlace, type IncidentsPage } from "./incidents-page.ts";
import { readIncidents } from "./read-incidents.ts";
import type { PageSources } from "./read-status-page.ts";
import type { Audience } from "./audience.ts";

/** Incidents of one page. */
const PAGE_SIZE = 50;

/**
 * A page of the incidents that a viewer may see, by day. Six queries.
 *
 * @throws DatabaseError, NotRead
 */
export async function readIncidentsPage(
  sources: PageSources,
  { after, audience }: { readonly after: IncidentPlace | null; readonly audience: Audience },
  nowMs: number,
): Promise<IncidentsPage> {
  const wanted = { limit: PAGE_SIZE, jobId: null, audience };
  const there = await readIncidents(sources, { ...wanted, after }, nowMs);
  // Where its job is not there any more a page begins anew.
  const found = there === "gone" ? await readIncidents(sources, { ...wanted, after: null }, nowMs) : there;
  if (typeof found === "string") throw new Error(`all incidents were asked for, and there is ${found}`);
  const { incidents, ...rest } = found;
  return { audience, ...rest, days: daysOf(incidents) };
}
