import { raw } from "hono/html";
import type { FC } from "hono/jsx";
import { RANGES, type JobPageModel } from "../../status/job-page.ts";
import { shortName } from "../../core/job-display.ts";
import { barPaths, barText } from "../charts/bars.ts";
import { chartData } from "../charts/chart-data.ts";
import { CHART, drawChart, latencySummary } from "../charts/chart.ts";
import { DataPage } from "./data-page.tsx";
import { IncidentList } from "./incident-list.tsx";
import { JobActions } from "./job-actions.tsx";
import { StatusSign, STATUS_LABELS, SuppressionBadges } from "./job-row.tsx";
import { percent } from "../charts/numbers.ts";
import { Pings, type PingUrl } from "./pings.tsx";
import { ActionList, DecisionLog } from "./decision-log.tsx";
import { Ago, Time } from "./time.tsx";

const EVERY = {
  MINUTE: "every minute",
  HOUR: "every hour",
  DAY: "daily at 00:00 UTC",
  DAY_NOON: "daily at 12:00 UTC",
};

/** `/jobs/…`: one job, and how it was. */
export const JobPage: FC<{
  readonly page: JobPageModel;
  readonly canSignIn: boolean;
  /** Of a heartbeat, for its owner. */
  readonly pingPlace: PingUrl | null;
}> = ({ page, canSignIn, pingPlace }) => {
  const { job, audience, readAtMs, asOfMs, uptimes, incidents, pings, decisionLog, actions } = page;
  const name = shortName(job.jobKey, job.name);
  return (
    <DataPage
      of={page}
      title={`${name}: ${STATUS_LABELS[job.displayStatus]}`}
      look={job.displayStatus}
      canSignIn={canSignIn}
      hasChart
    >
      <header class={page.isStale ? "stale" : job.displayStatus}>
        <p class="site">{job.group}</p>
        <h1>{name}</h1>
        <p>
          <StatusSign look={job.displayStatus} />
          {job.sinceMs === null ? null : (
            <>
              {" "}
              for <Ago atMs={job.sinceMs} nowMs={readAtMs} plain />
            </>
          )}
        </p>
        <p>
          <SuppressionBadges job={job} />
        </p>
        {job.reason === "" ? null : <p class="why">{job.reason}</p>}
        <p>
          <small>
            Checked {EVERY[job.frequency]}
            {asOfMs === null ? null : (
              <>
                , last <Ago atMs={asOfMs} nowMs={readAtMs} />
              </>
            )}
            {audience === "admin" ? `. ${job.isPublic ? "Public" : "Private"}.` : null}
          </small>
        </p>
      </header>
      <section>
        <h2>Uptime</h2>
        {raw(
          `<svg class="bars" viewBox="0 0 90 10" preserveAspectRatio="none" role="img" aria-label="${barText(job.days)}">${barPaths(job.days)}</svg>`,
        )}
        <table>
          <thead>
            <tr>
              {uptimes.map(({ days }) => (
                <th scope="col">{days === 1 ? "Today" : `${days} days`}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              {uptimes.map(({ uptime, coverage }) => (
                <td>
                  {uptime === null ? "no data" : percent(uptime)}
                  {coverage === null || coverage >= 0.9995 ? null : <small> seen {percent(coverage)}</small>}
                </td>
              ))}
            </tr>
          </tbody>
        </table>
      </section>
      {audience === "admin" ? <JobActions job={job} /> : null}
      {pings === null || pingPlace === null ? null : (
        <Pings record={pings} place={pingPlace} nowMs={readAtMs} />
      )}
      <Latency page={page} />
      <section>
        <h2>Incidents</h2>
        {incidents.length === 0 ? (
          <p>None that is kept.</p>
        ) : (
          <IncidentList
            incidents={incidents.map((one) => ({ ...one, jobId: null }))}
            nowMs={readAtMs}
            named={false}
          />
        )}
      </section>
      {audience === "admin" ? (
        <>
          <section>
            <h2>Why you were told, or not</h2>
            {incidents.some(({ toMs, failures }) => toMs === null && failures > 1) ? (
              <p>
                It fails on and off: its changes are counted in the incident above, and only notices are
                listed.
              </p>
            ) : null}
            <DecisionLog entries={decisionLog} />
          </section>
          <section id="did">
            <h2>What was done here</h2>
            <ActionList actions={actions} />
          </section>
        </>
      ) : null}
    </DataPage>
  );
};

const Latency: FC<{ readonly page: JobPageModel }> = ({ page: { job, range, series } }) => {
  const chart = drawChart(series);
  const summary = latencySummary(series);
  return (
    <section>
      <h2>Latency</h2>
      <nav aria-label="Range" class="ranges">
        {Object.entries(RANGES).map(([key, value]) => (
          <a href={`/jobs/${job.id}?range=${key}`} aria-current={value === range ? "page" : undefined}>
            {value}
          </a>
        ))}
      </nav>
      {chart.mostMs === null && chart.down === "" && chart.maintenance === "" ? (
        <p>Nothing is known of this time.</p>
      ) : (
        <figure>
          <p class="axis">{chart.mostMs === null ? "no latency" : `${chart.mostMs} ms`}</p>
          {raw(
            `<svg class="chart" viewBox="0 -1 ${CHART.width} ${CHART.height + 2}" preserveAspectRatio="none" role="img" aria-label="Latency, drawn; in words below">` +
              (chart.maintenance === "" ? "" : `<path class="maintenance" d="${chart.maintenance}"/>`) +
              (chart.down === "" ? "" : `<path class="down" d="${chart.down}"/>`) +
              chart.lines.map(({ name, path }) => `<path class="${name}" d="${path}"/>`).join("") +
              `</svg>`,
          )}
          {/* Numbers alone; no browser runs it. */}
          {raw(`<script type="application/json" id="series">${JSON.stringify(chartData(series))}</script>`)}
          <p class="axis times">
            <Time atMs={series.fromMs} /> <Time atMs={series.toMs} />
          </p>
          <figcaption>
            {summary === null ? "Of no run a latency is known." : `${summary.text}.`}
            {chart.down === "" ? null : " Marked over the whole height: runs that failed."}
            {chart.maintenance === "" ? null : " In another colour: maintenance."}
            {chart.lines.length > 1 ? " Lines: median, 95 % and 99 %." : null}
          </figcaption>
        </figure>
      )}
    </section>
  );
};
