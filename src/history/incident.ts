import type { JobState, ChurnSummary } from "../alerting/job-state.ts";

/** A job's failure from the first run that counts to its recovery. Times are Unix ms. */
export interface Incident {
  readonly jobKey: string;
  readonly name: string;
  /** The first failure. A job has at most one incident that begins with it. */
  readonly fromMs: number;
  /** Null while it goes on. */
  readonly toMs: number | null;
  /** How often the job failed: an incident stays open while its job fails and recovers over and over. */
  readonly failures: number;
  /** When the last of these failures ended, while the incident goes on; null while the job fails. */
  readonly recoveredAtMs: number | null;
  readonly firstReason: string;
  readonly lastReason: string;
  /** How often it was told. */
  readonly notificationCount: number;
  readonly firstNotifiedAtMs: number | null;
  /** When the first mail that told it was accepted by the mail service. */
  readonly acceptedAtMs: number | null;
  /** `removed`: the job was taken away while it failed. Null while it goes on. */
  readonly ended: "recovered" | "removed" | null;
  /** It began under maintenance. */
  readonly inMaintenance: boolean;
}

/** What a tick changes of an incident, or that there is one. */
export interface IncidentChange {
  readonly jobKey: string;
  readonly name: string;
  readonly fromMs: number;
  /** What it fails with; null leaves the last reason as it is. */
  readonly reason: string | null;
  /** When it was told, where it was told since the last change. */
  readonly notifiedAtMs: number | null;
  /** When it was told before that, for an incident that nobody has written down yet. */
  readonly notifiedBeforeMs: number | null;
  /** How often it was told besides. */
  readonly furtherNotifications: number;
  /** How often the job has failed so far. */
  readonly failures: number;
  /** It begins under maintenance, if it begins. */
  readonly inMaintenance: boolean;
  /** Null: it goes on, or does so again. The end of what has ended changes nothing. */
  readonly end: { readonly atMs: number; readonly how: "recovered" | "removed" } | null;
}

/** What came of a job, as far as its incident is concerned. */
export interface JobChange {
  readonly jobKey: string;
  readonly name: string;
  /** As it is recorded. */
  readonly before: JobState;
  readonly after: JobState;
  /** When it was told, in this tick or without the database before it; null where it was not. */
  readonly notifiedAtMs: number | null;
  /** It was not there before. */
  readonly isNew: boolean;
  /** It is under maintenance. */
  readonly inMaintenance: boolean;
}

/** The first failure of the incident that is open; null where none is. */
export function incidentFromMs({ churn, firstFailureAtMs }: JobState): number | null {
  const summary = churn?.summary ?? null;
  return summary === null ? firstFailureAtMs : summary.fromMs;
}

/** What a job's new state says of its incidents: nothing, or one that goes on or ends, or one that ends and a next. */
export function incidentChanges(
  { jobKey, name, before, after, notifiedAtMs, isNew, inMaintenance }: JobChange,
  nowMs: number,
): IncidentChange[] {
  const [wasMs, isMs] = [incidentFromMs(before), incidentFromMs(after)];
  const was = before.churn?.summary ?? null;
  const isChurning = (after.churn?.summary ?? null) !== null;
  const counted = { failures: was?.failures ?? 1, ...notificationsOf(was) };
  const changes: IncidentChange[] = [];
  if (wasMs !== null && wasMs !== isMs) {
    // Where another failure followed unseen, it was over by then at the latest.
    const end = { atMs: was?.recoveredAtMs ?? isMs ?? nowMs, how: "recovered" } as const;
    // The last failure of a job that has settled failing is an incident of its own.
    const isLastApart = was !== null && was.recoveredAtMs === null && isMs !== null && was.failures > 1;
    const told =
      isMs === null && notifiedAtMs !== null ? notificationsOf(was, notifiedAtMs) : notificationsOf(was);
    changes.push({
      jobKey,
      name,
      fromMs: wasMs,
      reason: reasonOf(before),
      notifiedBeforeMs: null,
      ...counted,
      ...told,
      failures: counted.failures - (isLastApart ? 1 : 0),
      inMaintenance: false,
      end,
    });
  }
  if (isMs === null) return changes;
  const goesOn = wasMs === isMs;
  // It is counted in the job's state until the job settles.
  if (goesOn && isChurning && was !== null && !isNew) return changes;
  const reason = reasonOf(after);
  const isNews = !goesOn || isNew || notifiedAtMs !== null || (was !== null && !isChurning);
  const isOther = reason !== null && reason !== reasonOf(before);
  if (!isNews && !isOther) return changes;
  const notifiedBeforeMs = goesOn ? before.lastNotifiedAtMs : null;
  const begins = inMaintenance && !goesOn;
  const told = notificationsOf(goesOn ? was : null, notifiedAtMs);
  const failures = goesOn ? counted.failures : 1;
  return [
    ...changes,
    {
      jobKey,
      name,
      fromMs: isMs,
      reason,
      notifiedBeforeMs,
      ...told,
      failures,
      inMaintenance: begins,
      end: null,
    },
  ];
}

/** Those that were counted while the job was unsettled, and one more where `notifiedAtMs` is given. */
function notificationsOf(
  was: ChurnSummary | null,
  notifiedAtMs: number | null = null,
): Pick<IncidentChange, "notifiedAtMs" | "furtherNotifications"> {
  const firstMs = was?.firstNotifiedAtMs ?? notifiedAtMs;
  const count = (was?.notifications ?? 0) + (notifiedAtMs === null ? 0 : 1);
  return { notifiedAtMs: firstMs, furtherNotifications: firstMs === null ? 0 : count - 1 };
}

/** The incident of a job that is there no more; null where it had none. */
export function incidentOfRemoved(jobKey: string, state: JobState, nowMs: number): IncidentChange | null {
  const { lastNotifiedAtMs: notifiedBeforeMs } = state;
  const fromMs = incidentFromMs(state);
  if (fromMs === null) return null;
  const was = state.churn?.summary ?? null;
  const recoveredAtMs = was?.recoveredAtMs ?? null;
  return {
    jobKey,
    name: jobKey,
    fromMs,
    reason: reasonOf(state),
    notifiedBeforeMs,
    ...notificationsOf(was),
    failures: was?.failures ?? 1,
    inMaintenance: false,
    end: recoveredAtMs === null ? { atMs: nowMs, how: "removed" } : { atMs: recoveredAtMs, how: "recovered" },
  };
}

/** What is counted in the state of an unsettled job is not in its incident's row yet. */
export function withSummary(incident: Incident, state: JobState | undefined): Incident {
  const summary = state?.churn?.summary ?? null;
  if (state === undefined || summary === null || summary.fromMs !== incident.fromMs || incident.toMs !== null)
    return incident;
  return {
    ...incident,
    failures: summary.failures,
    recoveredAtMs: summary.recoveredAtMs,
    lastReason: reasonOf(state) ?? incident.lastReason,
    notificationCount: incident.notificationCount + summary.notifications,
    firstNotifiedAtMs: incident.firstNotifiedAtMs ?? summary.firstNotifiedAtMs,
  };
}

function reasonOf({ status, reason }: JobState): string | null {
  return status === "down" ? reason : null;
}
