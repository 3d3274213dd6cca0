import type { FC } from "hono/jsx";
import type { JobGroup, Overview } from "../domain/pages/overview.ts";
import { plural } from "../domain/text.ts";
import { SilenceForms } from "./job-actions.tsx";
import { JobRow } from "./job-row.tsx";
import { Layout } from "./layout.tsx";
import { SelfCard } from "./self-card.tsx";
import { Ago, Time } from "./time.tsx";

/** `/`: what is down, since when and why, and whether Checker itself can be trusted. */
export const OverviewPage: FC<{
  readonly overview: Overview;
  /** What the site is called: to strangers not as its owner calls it. */
  readonly site: string;
  readonly canSignIn: boolean;
}> = ({ overview, site, canSignIn }) => {
  const { viewer, readAtMs, asOfMs, isStale, staleAtMs, summary, worst, self, groups, silencedUntilMs } =
    overview;
  const staleInSeconds = staleAtMs === null ? null : Math.floor((staleAtMs - readAtMs) / 1000);
  return (
    <Layout
      title={`${isStale ? "Old data" : summary} – ${site}`}
      viewer={viewer}
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
      <SelfCard self={self} asOfMs={asOfMs} isStale={isStale} nowMs={readAtMs} />
      {groups.map((group) => (
        <Group group={group} />
      ))}
      {viewer === "owner" && groups.length > 0 ? (
        <section id="silence">
          <h2>All jobs</h2>
          <div class="acts">
            <SilenceForms path="" untilMs={silencedUntilMs} what="all jobs" />
          </div>
        </section>
      ) : null}
      {groups.length === 0 ? <NothingHere viewer={viewer} /> : null}
    </Layout>
  );
};

const Group: FC<{ readonly group: JobGroup }> = ({ group: { name, jobs } }) => {
  const down = jobs.filter(({ look }) => look === "down").length;
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

const NothingHere: FC<Pick<Overview, "viewer">> = ({ viewer }) => (
  <p>
    {viewer === "owner"
      ? "There is no job yet. Write one, or add a server to a list in jobs/."
      : "Nothing of what is watched is shown to the public."}
  </p>
);
