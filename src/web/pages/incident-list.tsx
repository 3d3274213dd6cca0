import type { FC } from "hono/jsx";
import type { ShownIncident } from "../../status/incidents-page.ts";
import { shortName } from "../../core/job-display.ts";
import { formatDuration } from "../../core/text.ts";
import { Time } from "./time.tsx";

/** Incidents, each with how long it lasted, why, and what was told of it. */
export const IncidentList: FC<{
  readonly incidents: readonly ShownIncident[];
  readonly nowMs: number;
  /** With the name of the job. */
  readonly named: boolean;
}> = ({ incidents, nowMs, named }) => (
  <ul class="plain incidents">
    {incidents.map((incident) => (
      <li class="card">
        {named ? <Name incident={incident} /> : null}
        <p>
          {incident.toMs === null ? (
            <b class="down">
              <i aria-hidden="true">✕</i> {incident.failures > 1 ? "fails on and off" : "goes on"}
            </b>
          ) : (
            <b class="up">
              <i aria-hidden="true">✓</i> {incident.ended === "removed" ? "ended with its job" : "is over"}
            </b>
          )}{" "}
          {formatDuration((incident.toMs ?? nowMs) - incident.fromMs)}, from <Time atMs={incident.fromMs} />
          {incident.toMs === null ? null : (
            <>
              {" "}
              to <Time atMs={incident.toMs} />
            </>
          )}
          {incident.failures > 1 ? `, failed ${incident.failures} times` : null}
          {incident.recoveredAtMs === null ? null : (
            <>
              , well since <Time atMs={incident.recoveredAtMs} />
            </>
          )}
        </p>
        {incident.inMaintenance ? <p class="why">It began under maintenance.</p> : null}
        {incident.firstReason === "" ? null : <p class="why">{incident.firstReason}</p>}
        {incident.lastReason === incident.firstReason ? null : <p class="why">then: {incident.lastReason}</p>}
        <NotificationSummary incident={incident} />
      </li>
    ))}
  </ul>
);

const Name: FC<{ readonly incident: ShownIncident }> = ({ incident: { jobKey, jobId, name } }) => (
  <h3>
    {jobId === null ? shortName(jobKey, name) : <a href={`/jobs/${jobId}`}>{shortName(jobKey, name)}</a>}
  </h3>
);

/** A stranger is shown nothing of what was told. */
const NotificationSummary: FC<{ readonly incident: ShownIncident }> = ({
  incident: { notificationCount, firstNotifiedAtMs, acceptedAtMs },
}) => {
  if (firstNotifiedAtMs === null) return null;
  return (
    <p>
      <small>
        Told {notificationCount === 1 ? "once" : `${notificationCount} times`}, first{" "}
        <Time atMs={firstNotifiedAtMs} />
        {acceptedAtMs === null ? (
          "; no mail of it was accepted yet"
        ) : (
          <>
            ; mail accepted <Time atMs={acceptedAtMs} />
          </>
        )}
      </small>
    </p>
  );
};
