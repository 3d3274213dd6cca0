import type { JobState } from "../job-state.ts";
import type { Part } from "../message.ts";

/** A job's failure from the first run that counts to its recovery. Times are Unix ms. */
export interface Incident {
  readonly job: string;
  readonly name: string;
  /** The first failure. A job has at most one incident that begins with it. */
  readonly fromMs: number;
  /** Null while it goes on. */
  readonly toMs: number | null;
  readonly firstReason: string;
  readonly lastReason: string;
  /** How often it was told. */
  readonly told: number;
  readonly firstToldAtMs: number | null;
  /** When the first mail that told it was accepted by the mail service. */
  readonly acceptedAtMs: number | null;
  /** `removed`: the job was taken away while it failed. Null while it goes on. */
  readonly ended: "recovered" | "removed" | null;
  /** It began under maintenance. */
  readonly inMaintenance: boolean;
}

/** What a tick changes of an incident, or that there is one. */
export interface IncidentChange {
  readonly job: string;
  readonly name: string;
  readonly fromMs: number;
  /** What it fails with; null leaves the last reason as it is. */
  readonly reason: string | null;
  /** When it was told, where it was told since the last change. */
  readonly toldAtMs: number | null;
  /** When it was told before that, for an incident that nobody has written down yet. */
  readonly toldBeforeMs: number | null;
  /** It begins under maintenance, if it begins. */
  readonly inMaintenance: boolean;
  /** Null: it goes on, or does so again. The end of what has ended changes nothing. */
  readonly end: { readonly atMs: number; readonly how: "recovered" | "removed" } | null;
}

/** What came of a job, as far as its incident is concerned. */
export interface JobChange {
  readonly job: string;
  readonly name: string;
  /** As it is recorded. */
  readonly before: JobState;
  readonly after: JobState;
  /** When it was told, in this tick or without the database before it; null where it was not. */
  readonly toldAtMs: number | null;
  /** It was not there before. */
  readonly isNew: boolean;
  /** It is under maintenance. */
  readonly inMaintenance: boolean;
}

/** What a job's new state says of its incidents: nothing, or one that goes on or ends, or one that ends and a next. */
export function incidentChanges(
  { job, name, before, after, toldAtMs, isNew, inMaintenance }: JobChange,
  nowMs: number,
): IncidentChange[] {
  const [wasMs, isMs] = [before.firstFailureAtMs, after.firstFailureAtMs];
  const told = { toldAtMs, toldBeforeMs: null };
  const changes: IncidentChange[] = [];
  if (wasMs !== null && wasMs !== isMs) {
    // Where another failure followed unseen, it was over by then at the latest.
    const end = { atMs: isMs ?? nowMs, how: "recovered" } as const;
    const toldOfIt = isMs === null ? told : { ...told, toldAtMs: null };
    changes.push({
      job,
      name,
      fromMs: wasMs,
      reason: reasonOf(before),
      ...toldOfIt,
      inMaintenance: false,
      end,
    });
  }
  if (isMs === null) return changes;
  const reason = reasonOf(after);
  const isNews = wasMs !== isMs || isNew || toldAtMs !== null;
  const isOther = reason !== null && reason !== reasonOf(before);
  if (!isNews && !isOther) return changes;
  const toldBeforeMs = wasMs === isMs ? before.lastNotifyAtMs : null;
  const begins = inMaintenance && wasMs !== isMs;
  return [
    ...changes,
    { job, name, fromMs: isMs, reason, toldAtMs, toldBeforeMs, inMaintenance: begins, end: null },
  ];
}

/** The incident of a job that is there no more; null where it had none. */
export function incidentOfRemoved(job: string, state: JobState, nowMs: number): IncidentChange | null {
  const { firstFailureAtMs: fromMs, lastNotifyAtMs: toldBeforeMs } = state;
  if (fromMs === null) return null;
  const end = { atMs: nowMs, how: "removed" } as const;
  return {
    job,
    name: job,
    fromMs,
    reason: reasonOf(state),
    toldAtMs: null,
    toldBeforeMs,
    inMaintenance: false,
    end,
  };
}

function reasonOf({ status, reason }: JobState): string | null {
  return status === "down" ? reason : null;
}

/** The incident as it is after `change`. */
export function changeIncident(before: Incident | undefined, change: IncidentChange): Incident {
  const { job, name, fromMs, reason, toldAtMs, toldBeforeMs, inMaintenance, end } = change;
  const told = toldAtMs === null ? 0 : 1;
  const ending = end === null ? { toMs: null, ended: null } : { toMs: end.atMs, ended: end.how };
  if (before === undefined) {
    return {
      job,
      name,
      fromMs,
      ...ending,
      firstReason: reason ?? "",
      lastReason: reason ?? "",
      told: told + (toldBeforeMs === null ? 0 : 1),
      firstToldAtMs: toldBeforeMs ?? toldAtMs,
      acceptedAtMs: null,
      inMaintenance,
    };
  }
  return {
    ...before,
    ...(end === null || before.ended === null ? ending : {}),
    lastReason: reason ?? before.lastReason,
    told: before.told + told,
    firstToldAtMs: before.firstToldAtMs ?? toldAtMs,
  };
}

/** Whether a part of a message that was decided at `atMs` told this incident. */
export function tells(part: Pick<Part, "kind" | "job" | "atMs">, { job, fromMs, toMs }: Incident): boolean {
  const isNotice = part.kind === "failure" || part.kind === "flapping";
  return isNotice && part.job === job && part.atMs >= fromMs && (toMs === null || part.atMs <= toMs);
}
