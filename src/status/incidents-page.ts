import { DAY_MS } from "../core/time/frequency.ts";
import { floorTo } from "../history/retention.ts";
import type { Incident } from "../history/ports.ts";
import type { Freshness } from "./status-page.ts";
import type { Audience } from "./audience.ts";

export interface ShownIncident extends Incident {
  /** Of its job's page; null where the job is there no more. */
  readonly jobId: string | null;
}

/** Where a page ends: with the job's identity for its owner, and with its id for a stranger, who is told no identity. */
export type IncidentPlace =
  { readonly fromMs: number; readonly job: string } | { readonly fromMs: number; readonly jobId: string };

export interface IncidentDay {
  /** Start of the day, UTC, Unix ms. */
  readonly atMs: number;
  readonly incidents: readonly ShownIncident[];
}

/** Incidents by the day on which they began, newest first. */
export interface IncidentsPage extends Freshness {
  readonly audience: Audience;
  readonly days: readonly IncidentDay[];
  /** Where this page ends, if there is more; null on the last. */
  readonly next: IncidentPlace | null;
}

export function daysOf(incidents: readonly ShownIncident[]): readonly IncidentDay[] {
  return [...Map.groupBy(incidents, ({ fromMs }) => floorTo(DAY_MS, fromMs))].map(([atMs, own]) => ({
    atMs,
    incidents: own,
  }));
}
