import { raw } from "hono/html";
import type { FC } from "hono/jsx";
import { LATEST_POINTS } from "../domain/history/latencies.ts";
import type { JobLook, ShownJob } from "../domain/pages/overview.ts";
import { shortName } from "../domain/showing.ts";
import { barPaths, barText } from "./bars.ts";
import { percent } from "./numbers.ts";
import { sparkPath, SPARK_HEIGHT } from "./spark.ts";
import { Time } from "./time.tsx";

/** How a look is called. */
export const LOOK_WORDS: Readonly<Record<JobLook, string>> = {
  down: "down",
  unclear: "cannot be checked",
  maintenance: "under maintenance",
  new: "did not run yet",
  up: "up",
};

/** A sign for each look, so that colour is never the only one. */
const LOOK_SIGNS: Readonly<Record<JobLook, string>> = {
  down: "✕",
  unclear: "?",
  maintenance: "⚒",
  new: "…",
  up: "✓",
};

export const Look: FC<{ readonly look: JobLook }> = ({ look }) => (
  <b class={look}>
    <i aria-hidden="true">{LOOK_SIGNS[look]}</i> {LOOK_WORDS[look]}
  </b>
);

/** Why nobody is told of it, if that is so. */
export const Quiet: FC<{ readonly job: ShownJob }> = ({ job }) => {
  const { look, maintenanceUntilMs, silencedUntilMs, isAcknowledged } = job;
  return (
    <>
      {maintenanceUntilMs === null ? null : (
        <small>
          {" "}
          {look === "maintenance" ? "until " : "under maintenance until "}
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
export const JobRow: FC<{ readonly job: ShownJob }> = ({ job }) => {
  const { id, name, look, reason, sinceMs, days, uptime, coverage, latenciesMs } = job;
  const latest = latenciesMs.findLast((latency) => latency !== null) ?? null;
  return (
    <li>
      <h3>
        <a href={`/jobs/${id}`}>{shortName(job.job, name)}</a>
      </h3>
      <p>
        <Look look={look} />
        {sinceMs === null ? null : (
          <>
            {" "}
            since <Time atMs={sinceMs} />
          </>
        )}
        <Quiet job={job} />
        {reason === "" || look === "new" ? null : <span class="why">{reason}</span>}
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
