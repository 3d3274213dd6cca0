import type { Incident, JobCard, JobSeries, Range } from "../history/ports.ts";
import type { ActionRecord } from "../owner.ts";
import type { PingRecord } from "../ping.ts";
import type { TraceEntry } from "../trace.ts";
import { sharesOf, type Freshness, type ShownJob, type Viewer } from "./overview.ts";

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
export interface JobPage extends Freshness {
  readonly viewer: Viewer;
  readonly job: ShownJob;
  readonly range: Range;
  readonly series: JobSeries;
  readonly uptimes: readonly RangeUptime[];
  /** The newest, newest first. */
  readonly incidents: readonly Incident[];
  /** Of a heartbeat what its work said last. For strangers null. */
  readonly pings: PingRecord | null;
  /** Why somebody was told or was not, newest first. For strangers none. */
  readonly trace: readonly TraceEntry[];
  /** What its owner did, newest first. For strangers none. */
  readonly actions: readonly ActionRecord[];
}

/** Days of which the uptime is told. */
const UPTIME_DAYS = [1, 7, 30, 90];

/** Over whole days, of which the last is today so far. */
export function uptimesOf({ days }: Pick<JobCard, "days">): readonly RangeUptime[] {
  return UPTIME_DAYS.map((count) => ({ days: count, ...sharesOf(days.slice(-count)) }));
}

/** What of an incident a viewer sees: when it was is all that a stranger does. */
export function shownIncident(incident: Incident, viewer: Viewer): Incident {
  return viewer === "owner"
    ? incident
    : { ...incident, firstReason: "", lastReason: "", told: 0, firstToldAtMs: null, acceptedAtMs: null };
}
