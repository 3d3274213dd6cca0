import type { IncidentsPage, ShownIncident } from "../../status/incidents-page.ts";
import { jobId } from "../../core/job-id.ts";
import { shortName } from "../../core/job-display.ts";
import { formatDuration } from "../../core/text.ts";
import { xml } from "./xml.ts";

/**
 * The incidents as a feed. An entry keeps its id while it goes on, and changes when it is over.
 * Source: RFC 4287.
 */
export function atomFeed(page: IncidentsPage, site: string, origin: string): string {
  const incidents = page.days.flatMap(({ incidents }) => incidents);
  const updatedMs = Math.max(0, ...incidents.map(({ fromMs, toMs }) => toMs ?? fromMs));
  return [
    `<?xml version="1.0" encoding="utf-8"?>`,
    `<feed xmlns="http://www.w3.org/2005/Atom">`,
    `<id>${xml(`${origin}/incidents`)}</id>`,
    `<title>${xml(`Incidents – ${site}`)}</title>`,
    `<updated>${new Date(updatedMs).toISOString()}</updated>`,
    `<author><name>${xml(site)}</name></author>`,
    `<link rel="self" href="${xml(`${origin}/incidents.atom`)}"/>`,
    `<link rel="alternate" type="text/html" href="${xml(`${origin}/incidents`)}"/>`,
    ...incidents.map((incident) => entry(incident, origin)),
    `</feed>`,
    "",
  ].join("\n");
}

function entry(incident: ShownIncident, origin: string): string {
  const { fromMs, toMs, failures, firstReason, jobKey, name } = incident;
  const title = shortName(jobKey, name);
  const [now, then] = failures > 1 ? ["fails on and off", "failed on and off"] : ["is down", "was down"];
  const lasted = toMs === null ? now : `${then} for ${formatDuration(toMs - fromMs)}`;
  const often = failures > 1 ? ` It failed ${failures} times.` : "";
  const since = new Date(fromMs).toISOString();
  const until = toMs === null ? "" : ` until ${new Date(toMs).toISOString()}`;
  const why = firstReason === "" ? "" : ` Reason: ${firstReason}`;
  return [
    "<entry>",
    `<id>${xml(`${origin}/incidents/${fromMs}-${jobId(jobKey)}`)}</id>`,
    `<title>${xml(`${title} ${lasted}`)}</title>`,
    `<updated>${new Date(toMs ?? fromMs).toISOString()}</updated>`,
    `<published>${since}</published>`,
    `<link rel="alternate" type="text/html" href="${xml(`${origin}/jobs/${jobId(jobKey)}`)}"/>`,
    `<content type="text">${xml(`${title} ${lasted}, from ${since}${until}.${often}${why}`)}</content>`,
    "</entry>",
  ].join("\n");
}
