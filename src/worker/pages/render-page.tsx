import { D1Store } from "../../storage/d1/d1-store.ts";
import { d1HistoryReader } from "../../storage/d1/history/reader.ts";
import { D1PingStore } from "../../storage/d1/heartbeats/ping-store.ts";
import { logError } from "../../platform/log.ts";
import { pingAddress } from "../../platform/pings/ping-key.ts";
import type { Platform } from "../../platform/platform.ts";
import { parseSettings, problemsText } from "../../platform/settings/parse-settings.ts";
import { pingProblem, pingSecrets } from "../../platform/settings/secrets.ts";
import type { HistoryReader } from "../../history/ports.ts";
import { explainFault } from "../../status/audience.ts";
import { errorText } from "../../core/text.ts";
import { readIncidentsPage } from "../../status/read-incidents-page.ts";
import { readJobPage } from "../../status/read-job-page.ts";
import { readOverview, type SummaryCache, type PageSources } from "../../status/read-status-page.ts";
import { NotRead } from "../../status/public-reads.ts";
import { atomFeed } from "../../web/feeds/atom.ts";
import { IncidentsListPage } from "../../web/pages/incidents-page.tsx";
import { JobPage } from "../../web/pages/job-page.tsx";
import { MessagePage } from "../../web/pages/message-page.tsx";
import { OutboxPage } from "../../web/pages/outbox-page.tsx";
import { OverviewPage } from "../../web/pages/status-page.tsx";
import type { PingUrl } from "../../web/pages/pings.tsx";
import { documentOf } from "./html.ts";
import type { Bindings } from "../env.ts";
import { metered } from "../metered-request.ts";
import type { Store } from "../../storage/store.ts";
import type { PageTask, RenderedPage } from "../rpc.ts";
import type { PingStore } from "../../heartbeats/ports.ts";

/** Reads what a page shows and writes it. Faults of our own are a page as well. */
export async function renderPage(
  task: PageTask,
  env: Bindings,
  { clock, random }: Platform,
  memory: SummaryCache,
): Promise<RenderedPage> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    return fault(task, "This Checker is set up wrongly, and watches nothing", problemsText(parsed.problems));
  }
  const { settings } = parsed;
  try {
    return await metered(env, memory.pendingUsage, (database, rowsRead) => {
      const sources = {
        store: new D1Store(database, random),
        history: d1HistoryReader(database, random),
        pings: new D1PingStore(database, random),
        settings,
        memory,
        rowsRead,
      };
      return write(task, sources, env, clock.nowMs());
    });
  } catch (error) {
    if (error instanceof NotRead) return fault(task, "Too many have asked today", error.message);
    // Whatever it is, a person gets a page, and its owner the reason.
    const reason = errorText(error, 500);
    logError(`A page could not be made: ${reason}`);
    return fault(task, "Nothing can be shown at present", reason);
  }
}

/** Messages that the page of the outbox lists, the newest. */
const MAX_OUTBOX = 50;
/** Recipients whom it names. */
const MAX_RECIPIENTS = 100;
/** Things that the owner did, on the same page, the newest. */
const MAX_ACTIONS = 20;

async function write(
  task: PageTask,
  sources: PageSources & {
    readonly history: HistoryReader;
    readonly store: Store;
    readonly pings: PingStore;
  },
  env: Bindings,
  nowMs: number,
): Promise<RenderedPage> {
  const { page: wanted, audience, canSignIn } = task;
  const { serverName, pageTitle } = sources.settings;
  const site = audience === "admin" ? serverName : pageTitle;
  switch (wanted.kind) {
    case "overview": {
      const overview = await readOverview(sources, audience, nowMs);
      return page(<OverviewPage overview={overview} site={site} canSignIn={canSignIn} />);
    }
    case "job": {
      const found = await readJobPage(sources, { ...wanted, audience }, nowMs);
      if (found !== null) {
        const pingPlace = found.pings === null ? null : await pingUrlOf(env, wanted.origin, found.job.jobKey);
        return page(<JobPage page={found} canSignIn={canSignIn} pingPlace={pingPlace} />);
      }
      const { html } = page(
        <MessagePage title="There is no such job" audience={audience} canSignIn={canSignIn}>
          {audience === "admin"
            ? "It was taken away, or its identity has changed."
            : "Or it is not shown to the public."}
        </MessagePage>,
      );
      return { status: 404, html };
    }
    case "incidents": {
      const found = await readIncidentsPage(sources, { ...wanted, audience }, nowMs);
      return page(<IncidentsListPage page={found} canSignIn={canSignIn} />);
    }
    case "outbox": {
      const [messages, recipients, actions] = await Promise.all([
        sources.store.readOutbox(MAX_OUTBOX + 1),
        sources.store.readWaitingRecipients(MAX_RECIPIENTS),
        sources.store.readAuditLog(null, MAX_ACTIONS),
      ]);
      const more = messages.length > MAX_OUTBOX;
      const shown = messages.slice(0, MAX_OUTBOX);
      return page(<OutboxPage messages={shown} more={more} recipients={recipients} actions={actions} />);
    }
    case "feed": {
      const found = await readIncidentsPage(sources, { after: null, audience }, nowMs);
      return { status: 200, html: atomFeed(found, site, wanted.origin) };
    }
  }
}

async function pingUrlOf(env: Bindings, origin: string, job: string): Promise<PingUrl> {
  const [secret] = pingSecrets(env);
  if (secret === undefined) return { problem: pingProblem(env) ?? "" };
  return { address: await pingAddress(origin, secret, job) };
}

function fault({ audience, canSignIn }: PageTask, title: string, reason: string): RenderedPage {
  const { html } = page(
    <MessagePage title={title} audience={audience} canSignIn={canSignIn}>
      {explainFault(audience, reason)}
    </MessagePage>,
  );
  return { status: 503, html };
}

function page(content: { toString(): string | Promise<string> }): RenderedPage {
  return { status: 200, html: documentOf(content) };
}
