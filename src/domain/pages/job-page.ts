import { DAY_MS } from "../frequency.ts";
import type { Incident, JobCard, JobSeries, Range } from "../history/ports.ts";
import { addTallies, coverageOf, NO_TALLY, uptimeOf } from "../history/rollup.ts";
import type { Overview, ShownJob, Viewer } from "./overview.ts";

/** How ranges stand in addresses. */
export const RANGES: Readonly<Record<string, Range>> = {
  "24h": "24 h",
  "7d": "7 d",
  "30d": "30 d",
  "90d": "90 d",
  "1y": "1 y",
};

export interface RangeUptime {
  readonly days: number;
  readonly uptime: number | null;
  readonly coverage: number | null;
}

/** One job, and how it was. */
export interface JobPage extends Pick<Overview, "viewer" | "readAtMs" | "asOfMs" | "isStale" | "staleAtMs"> {
  readonly job: ShownJob;
  readonly range: Range;
  readonly series: JobSeries;
  readonly uptimes: readonly RangeUptime[];
  /** The newest, newest first. */
  readonly incidents: readonly Incident[];
}

/** Days of which the uptime is told. */
const UPTIME_DAYS = [1, 7, 30, 90];

/** Over whole days, of which the last is today so far. */
export function uptimesOf({ days }: Pick<JobCard, "days">): readonly RangeUptime[] {
  return UPTIME_DAYS.map((count) => {
    let sum = NO_TALLY;
    for (const day of days.slice(-count)) sum = addTallies(sum, day);
    return { days: count, uptime: uptimeOf(sum), coverage: coverageOf(sum) };
  });
}

/** What of an incident a viewer sees: when it was is all that a stranger does. */
export function shownIncident(incident: Incident, viewer: Viewer): Incident {
  return viewer === "owner"
    ? incident
    : { ...incident, firstReason: "", lastReason: "", told: 0, firstToldAtMs: null, acceptedAtMs: null };
}

/** How long a range is, ms. */
export function rangeMs(range: Range): number {
  const days: Readonly<Record<Range, number>> = { "24 h": 1, "7 d": 7, "30 d": 30, "90 d": 90, "1 y": 365 };
  return days[range] * DAY_MS;
}
