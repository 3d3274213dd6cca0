import * as v from "valibot";
import type { Incident as DomainIncident } from "../../history/ports.ts";
import { jobId } from "../../core/job-id.ts";
import { Count, FreshnessFields, JobId, NextCursor, textOrNull, Time, timeOf } from "./common.ts";

const OWNER = "For the owner alone.";

export const Incident = v.pipe(
  v.object({
    jobId: v.pipe(JobId, v.description("Of its job, which may be there no more.")),
    jobName: v.string(),
    startedAt: v.pipe(Time, v.description("The first failure.")),
    endedAt: v.pipe(v.nullable(Time), v.description("Null while it goes on.")),
    end: v.pipe(
      v.nullable(v.picklist(["recovered", "removed"])),
      v.description("`removed`: the job was taken away while it failed. Null while it goes on."),
    ),
    durationMs: v.pipe(v.nullable(Count), v.description("Milliseconds. Null while it goes on.")),
    failureCount: v.pipe(
      Count,
      v.description(
        "How often the job failed: while it fails and recovers over and over, one incident goes on.",
      ),
    ),
    recoveredAt: v.pipe(
      v.nullable(Time),
      v.description(
        "Since when the job is well while the incident goes on, because it may fail again soon. Null while it fails, and afterwards.",
      ),
    ),
    inMaintenance: v.pipe(v.boolean(), v.description("It began under maintenance.")),
    firstReason: v.pipe(v.nullable(v.string()), v.description(OWNER)),
    lastReason: v.pipe(v.nullable(v.string()), v.description(OWNER)),
    notificationCount: v.pipe(
      v.nullable(Count),
      v.description(`How many notifications of it were sent. ${OWNER}`),
    ),
    firstNotifiedAt: v.pipe(v.nullable(Time), v.description(OWNER)),
    mailAcceptedAt: v.pipe(
      v.nullable(Time),
      v.description(`When the first mail about it was accepted by the mail service. ${OWNER}`),
    ),
  }),
  v.title("Incident"),
);

export const IncidentList = v.pipe(
  v.object({
    ...FreshnessFields,
    items: v.pipe(v.array(Incident), v.description("Newest first.")),
    nextCursor: NextCursor,
  }),
  v.title("IncidentList"),
);

export function incidentFields(incident: DomainIncident, isAdmin: boolean): v.InferOutput<typeof Incident> {
  const {
    jobKey,
    name,
    fromMs,
    toMs,
    ended,
    firstReason,
    lastReason,
    notificationCount,
    firstNotifiedAtMs,
    acceptedAtMs,
  } = incident;
  return {
    jobId: jobId(jobKey),
    jobName: name,
    startedAt: timeOf(fromMs),
    endedAt: timeOf(toMs),
    end: ended,
    durationMs: toMs === null ? null : Math.max(0, toMs - fromMs),
    failureCount: incident.failures,
    recoveredAt: timeOf(incident.recoveredAtMs),
    inMaintenance: incident.inMaintenance,
    firstReason: isAdmin ? textOrNull(firstReason) : null,
    lastReason: isAdmin ? textOrNull(lastReason) : null,
    notificationCount: isAdmin ? notificationCount : null,
    firstNotifiedAt: isAdmin ? timeOf(firstNotifiedAtMs) : null,
    mailAcceptedAt: isAdmin ? timeOf(acceptedAtMs) : null,
  };
}
