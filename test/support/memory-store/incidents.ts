/** What a commit on D1 does to incidents as SQL, as code. */
import type { Incident, IncidentChange } from "../../../src/history/incident.ts";
import type { DigestItem } from "../../../src/mail/message.ts";

/** The incident as it is after `change`. */
export function changeIncident(before: Incident | undefined, change: IncidentChange): Incident {
  const {
    jobKey,
    name,
    fromMs,
    reason,
    notifiedAtMs,
    notifiedBeforeMs,
    furtherNotifications,
    failures,
    inMaintenance,
    end,
  } = change;
  const told = (notifiedAtMs === null ? 0 : 1) + furtherNotifications;
  const ending = end === null ? { toMs: null, ended: null } : { toMs: end.atMs, ended: end.how };
  if (before === undefined) {
    return {
      jobKey,
      name,
      fromMs,
      ...ending,
      failures,
      recoveredAtMs: null,
      firstReason: reason ?? "",
      lastReason: reason ?? "",
      notificationCount: told + (notifiedBeforeMs === null ? 0 : 1),
      firstNotifiedAtMs: notifiedBeforeMs ?? notifiedAtMs,
      acceptedAtMs: null,
      inMaintenance,
    };
  }
  return {
    ...before,
    ...(end === null || before.ended === null ? ending : {}),
    failures: Math.max(before.failures, failures),
    lastReason: reason ?? before.lastReason,
    notificationCount: before.notificationCount + told,
    firstNotifiedAtMs: before.firstNotifiedAtMs ?? notifiedAtMs,
  };
}

/** Whether a part of a message that was decided at `atMs` told this incident. */
export function tells(
  part: Pick<DigestItem, "kind" | "jobKey" | "atMs">,
  { jobKey, fromMs, toMs }: Incident,
): boolean {
  const isNotice = part.kind === "failure" || part.kind === "flapping";
  return isNotice && part.jobKey === jobKey && part.atMs >= fromMs && (toMs === null || part.atMs <= toMs);
}
