import { raw } from "hono/html";
import type { FC } from "hono/jsx";
import { LATEST_POINTS } from "../../history/latencies.ts";
import type { DisplayStatus, JobView } from "../../status/status-page.ts";
import { shortName } from "../../core/job-display.ts";
import { barPaths, barText } from "../charts/bars.ts";
import { percent } from "../charts/numbers.ts";
import { sparkPath, SPARK_HEIGHT } from "../charts/spark.ts";
import { Time } from "./time.tsx";

/** How a look is called. */
export const STATUS_LABELS: Readonly<Record<DisplayStatus, string>> = {
  down: "down",
  inconclusive: "cannot be checked",
  maintenance: "under maintenance",
  new: "did not run yet",
  up: "up",
};

/** A sign for each look, so that colour is never the only one. */
const STATUS_SIGNS: Readonly<Record<DisplayStatus, string>> = {
  down: "✕",
  inconclusive: "?",
  maintenance: "⚒",
  new: "…",
  up: "✓",
};

export const StatusSign: FC<{ readonly look: DisplayStatus }> = ({ look }) => (
  <b class={look}>
    <i aria-hidden="true">{STATUS_SIGNS[look]}</i> {STATUS_LABELS[look]}
  </b>
);

/** Why nobody is told of it, if that is so. */
export const SuppressionBadges: FC<{ readonly job: JobView }> = ({ job }) => {
  const { displayStatus, maintenanceUntilMs, silencedUntilMs, isAcknowledged } = job;
  return (
    <>
      {maintenanceUntilMs === null ? null : (
        <small>
          {" "}
          {displayStatus === "maintenance" ? "until " : "under maintenance until "}
          <Time atMs={maintenanceUntilMs} />
        </small>
      )}
      {silencedUntilMs === null ? null : (
        <small>
          {" "}
          silenced until <Time atMs={silencedUntilMs} />
        </small>
      )}
      {isAcknowledged ? <small> acknowledged</small> : null}
    </>
  );
};

/** One job of the list. */
export const JobRow: FC<{ readonly job: JobView }> = ({ job }) => {
  const { id, name, displayStatus, reason, sinceMs, days, uptime, coverage, latenciesMs } = job;
  const latest = latenciesMs.findLast((latency) => latency !== null) ?? null;
  return (
    <li>
      <h3>
        <a href={`/jobs/${id}`}>{shortName(job.jobKey, name)}</a>
      </h3>
      <p>
        <StatusSign look={displayStatus} />
        {sinceMs === null ? null : (
          <>
            {" "}
            since <Time atMs={sinceMs} />
          </>
        )}
        <SuppressionBadges job={job} />
        {reason === "" || displayStatus === "new" ? null : <span class="why">{reason}</span>}
      </p>
      {raw(
        `<svg class="bars" viewBox="0 0 90 10" preserveAspectRatio="none" role="img" aria-label="${barText(days)}">${barPaths(days)}</svg>`,
      )}
      <p class="sum">
        {uptime === null ? "no data yet" : percent(uptime)}
        {coverage === null || coverage >= 0.9995 ? null : <small> seen {percent(coverage)}</small>}
      </p>
      {latest === null ? null : (
        <p class="ms">
          {raw(
            `<svg class="spark" viewBox="0 -1 ${LATEST_POINTS - 1} ${SPARK_HEIGHT + 2}" preserveAspectRatio="none" aria-hidden="true"><path d="${sparkPath(latenciesMs)}"/></svg>`,
          )}
          {latest} ms
        </p>
      )}
    </li>
  );
};
