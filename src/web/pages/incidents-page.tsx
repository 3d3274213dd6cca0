import type { FC } from "hono/jsx";
import type { IncidentPlace, IncidentsPage } from "../../status/incidents-page.ts";
import { DataPage } from "./data-page.tsx";
import { IncidentList } from "./incident-list.tsx";

/** `/incidents`: what failed, by day. */
export const IncidentsListPage: FC<{ readonly page: IncidentsPage; readonly canSignIn: boolean }> = ({
  page,
  canSignIn,
}) => {
  const goesOn = page.days.some(({ incidents }) => incidents.some(({ toMs }) => toMs === null));
  return (
    <DataPage of={page} title="Incidents" look={goesOn ? "down" : "up"} canSignIn={canSignIn}>
      <h1>Incidents</h1>
      <p>
        <a href="/incidents.atom">As a feed</a>
      </p>
      {page.days.length === 0 ? <p>There was none.</p> : null}
      {page.days.map(({ atMs, incidents }) => (
        <section>
          <h2>
            {new Date(atMs).toISOString().slice(0, 10)} <small>UTC</small>
          </h2>
          <IncidentList incidents={incidents} nowMs={page.readAtMs} named />
        </section>
      ))}
      {page.next === null ? null : (
        <p>
          <a href={`/incidents?${addressOf(page.next)}`}>Older</a>
        </p>
      )}
    </DataPage>
  );
};

function addressOf({ fromMs, ...of }: IncidentPlace): string {
  const job = "job" in of ? { job: of.job } : { id: of.jobId };
  return String(new URLSearchParams({ before: String(fromMs), ...job }));
}
