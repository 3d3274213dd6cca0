import type { Incident, JobHistorySummary, JobSeries, Range } from "../history/ports.ts";
import type { AuditRecord } from "../alerting/audit.ts";
import type { PingRecord } from "../heartbeats/ping.ts";
import type { DecisionLogEntry } from "../alerting/decision-log.ts";
import { sharesOf, type Freshness, type JobView } from "./status-page.ts";
import type { Audience } from "./audience.ts";

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
export interface JobPageModel extends Freshness {
  readonly audience: Audience;
  readonly job: JobView;
  readonly range: Range;
  readonly series: JobSeries;
  readonly uptimes: readonly RangeUptime[];
  /** The newest, newest first. */
  readonly incidents: readonly Incident[];
  /** Of a heartbeat what its work said last. For strangers null. */
  readonly pings: PingRecord | null;
  /** Why somebody was told or was not, newest first. For strangers none. */
  readonly decisionLog: readonly DecisionLogEntry[];
  /** What its owner did, newest first. For strangers none. */
  readonly actions: readonly AuditRecord[];
}

/** Days of which the uptime is told. */
const UPTIME_DAYS = [1, 7, 30, 90];

/** Over whole days, of which the last is today so far. */
export function uptimesOf({ days }: Pick<JobHistorySummary, "days">): readonly RangeUptime[] {
  return UPTIME_DAYS.map((count) => ({ days: count, ...sharesOf(days.slice(-count)) }));
}

/** What of an incident a viewer sees: when it was is all that a stranger does. */
export function shownIncident(incident: Incident, audience: Audience): Incident {
  return audience === "admin"
    ? incident
    : {
        ...incident,
        firstReason: "",
        lastReason: "",
        notificationCount: 0,
        firstNotifiedAtMs: null,
        acceptedAtMs: null,
      };
}
