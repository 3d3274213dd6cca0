import type { FC } from "hono/jsx";
import type { JobGroup, StatusPageModel } from "../../status/status-page.ts";
import { plural } from "../../core/text.ts";
import { SilenceForms } from "./job-actions.tsx";
import { JobRow } from "./job-row.tsx";
import { Layout } from "./layout.tsx";
import { InstanceCard } from "./instance-card.tsx";
import { Ago, Time } from "./time.tsx";

/** `/`: what is down, since when and why, and whether Checker itself can be trusted. */
export const OverviewPage: FC<{
  readonly overview: StatusPageModel;
  /** What the site is called: to strangers not as its owner calls it. */
  readonly site: string;
  readonly canSignIn: boolean;
}> = ({ overview, site, canSignIn }) => {
  const {
    audience,
    readAtMs,
    asOfMs,
    isStale,
    staleAtMs,
    summary,
    worst,
    instance,
    groups,
    silencedUntilMs,
  } = overview;
  const staleInSeconds = staleAtMs === null ? null : Math.floor((staleAtMs - readAtMs) / 1000);
  return (
    <Layout
      title={`${isStale ? "Old data" : summary} – ${site}`}
      audience={audience}
      canSignIn={canSignIn}
      icon={isStale ? "stale" : worst}
      staleInSeconds={staleInSeconds}
      isStale={isStale}
    >
      <header class={isStale ? "stale" : worst}>
        <p class="site">{site}</p>
        <h1>{isStale ? "The present state is not known" : summary}</h1>
        <p>
          {asOfMs === null ? (
            "Checker has not run yet."
          ) : (
            <>
              {isStale ? `${summary}, when Checker last ran: ` : "Checked "}
              <Ago atMs={asOfMs} nowMs={readAtMs} />
            </>
          )}
        </p>
        {silencedUntilMs === null ? null : (
          <p class="ill">
            <b>Nothing is told of any job</b> until <Time atMs={silencedUntilMs} />:{" "}
            <a href="#silence">silenced</a>
          </p>
        )}
      </header>
      <InstanceCard self={instance} asOfMs={asOfMs} isStale={isStale} nowMs={readAtMs} />
      {groups.map((group) => (
        <Group group={group} />
      ))}
      {audience === "admin" && groups.length > 0 ? (
        <section id="silence">
          <h2>All jobs</h2>
          <div class="acts">
            <SilenceForms path="" untilMs={silencedUntilMs} what="all jobs" />
          </div>
        </section>
      ) : null}
      {groups.length === 0 ? <NothingHere audience={audience} /> : null}
    </Layout>
  );
};

const Group: FC<{ readonly group: JobGroup }> = ({ group: { name, jobs } }) => {
  const down = jobs.filter(({ displayStatus }) => displayStatus === "down").length;
  return (
    <section>
      <h2>
        {/* A name that turns the direction of text turns its own alone. */}
        <bdi>{name}</bdi>{" "}
        <small>{down === 0 ? plural(jobs.length, "job") : `${down} of ${jobs.length} down`}</small>
      </h2>
      <ul class="jobs">
        {jobs.map((job) => (
          <JobRow job={job} />
        ))}
      </ul>
    </section>
  );
};

const NothingHere: FC<Pick<StatusPageModel, "audience">> = ({ audience }) => (
  <p>
    {audience === "admin"
      ? "There is no job yet. Write one, or add a server to a list in jobs/."
      : "Nothing of what is watched is shown to the public."}
  </p>
);
