import { D1Store } from "../adapters/d1/d1-store.ts";
import { d1HistoryReader } from "../adapters/d1/history-reader.ts";
import { D1PingStore } from "../adapters/d1/ping-store.ts";
import { logError } from "../adapters/log.ts";
import { pingAddress } from "../adapters/pings/ping-key.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings, problemsText } from "../adapters/settings/parse-settings.ts";
import { pingProblem, pingSecrets } from "../adapters/settings/secrets.ts";
import type { HistoryReader, Range } from "../domain/history/ports.ts";
import type { IncidentPlace } from "../domain/pages/incidents-page.ts";
import type { Viewer } from "../domain/pages/overview.ts";
import type { PingStore } from "../domain/ping.ts";
import type { Store } from "../domain/ports.ts";
import { errorText } from "../domain/text.ts";
import { readIncidentsPage } from "../usecases/read-incidents-page.ts";
import { readJobPage } from "../usecases/read-job-page.ts";
import { readOverview, type PageMemory, type PageSources } from "../usecases/read-overview.ts";
import { NotRead } from "../usecases/stranger-reads.ts";
import { atomFeed } from "../views/atom.ts";
import { IncidentsListPage } from "../views/incidents-page.tsx";
import { JobDetailsPage } from "../views/job-page.tsx";
import { MessagePage } from "../views/message-page.tsx";
import { OutboxPage } from "../views/outbox-page.tsx";
import { OverviewPage } from "../views/overview-page.tsx";
import type { PingPlace } from "../views/pings.tsx";
import { documentOf } from "./html.ts";
import type { Bindings } from "./env.ts";
import { metered } from "./metered-request.ts";

/** What is to be shown. */
export type PageWanted =
  | { readonly kind: "overview" }
  /** The address of a heartbeat begins with the origin. */
  | { readonly kind: "job"; readonly id: string; readonly range: Range; readonly origin: string }
  | { readonly kind: "incidents"; readonly after: IncidentPlace | null }
  /** For the owner alone. */
  | { readonly kind: "outbox" }
  /** As a feed; links in it begin with the origin. */
  | { readonly kind: "feed"; readonly origin: string };

/** And to whom. Goes to another object as it is. */
export interface PageTask {
  readonly page: PageWanted;
  readonly viewer: Viewer;
  readonly canSignIn: boolean;
}

export interface RenderedPage {
  readonly status: 200 | 404 | 503;
  readonly html: string;
}

/** Reads what a page shows and writes it. Faults of our own are a page as well. */
export async function renderPage(
  task: PageTask,
  env: Bindings,
  { clock, random }: Platform,
  memory: PageMemory,
): Promise<RenderedPage> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    return fault(task, "This Checker is set up wrongly, and watches nothing", problemsText(parsed.problems));
  }
  const { settings } = parsed;
  try {
    return await metered(env, memory.unrecorded, (database, rowsRead) => {
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
  const { page: wanted, viewer, canSignIn } = task;
  const { serverName, pageTitle } = sources.settings;
  const site = viewer === "owner" ? serverName : pageTitle;
  switch (wanted.kind) {
    case "overview": {
      const overview = await readOverview(sources, viewer, nowMs);
      return page(<OverviewPage overview={overview} site={site} canSignIn={canSignIn} />);
    }
    case "job": {
      const found = await readJobPage(sources, { ...wanted, viewer }, nowMs);
      if (found !== null) {
        const pingPlace = found.pings === null ? null : await placeOfPings(env, wanted.origin, found.job.job);
        return page(<JobDetailsPage page={found} canSignIn={canSignIn} pingPlace={pingPlace} />);
      }
      const { html } = page(
        <MessagePage title="There is no such job" viewer={viewer} canSignIn={canSignIn}>
          {viewer === "owner"
            ? "It was taken away, or its identity has changed."
            : "Or it is not shown to the public."}
        </MessagePage>,
      );
      return { status: 404, html };
    }
    case "incidents": {
      const found = await readIncidentsPage(sources, { ...wanted, viewer }, nowMs);
      return page(<IncidentsListPage page={found} canSignIn={canSignIn} />);
    }
    case "outbox": {
      const [messages, recipients, actions] = await Promise.all([
        sources.store.readOutbox(MAX_OUTBOX + 1),
        sources.store.readWaitingRecipients(MAX_RECIPIENTS),
        sources.store.readActions(null, MAX_ACTIONS),
      ]);
      const more = messages.length > MAX_OUTBOX;
      const shown = messages.slice(0, MAX_OUTBOX);
      return page(<OutboxPage messages={shown} more={more} recipients={recipients} actions={actions} />);
    }
    case "feed": {
      const found = await readIncidentsPage(sources, { after: null, viewer }, nowMs);
      return { status: 200, html: atomFeed(found, site, wanted.origin) };
    }
  }
}

async function placeOfPings(env: Bindings, origin: string, job: string): Promise<PingPlace> {
  const [secret] = pingSecrets(env);
  if (secret === undefined) return { problem: pingProblem(env) ?? "" };
  return { address: await pingAddress(origin, secret, job) };
}

/** What went wrong is for the owner alone. */
function fault({ viewer, canSignIn }: PageTask, title: string, reason: string): RenderedPage {
  const { html } = page(
    <MessagePage title={title} viewer={viewer} canSignIn={canSignIn}>
      {viewer === "owner" ? reason : "Whoever runs it is told by others. Try again in a while."}
    </MessagePage>,
  );
  return { status: 503, html };
}

function page(content: { toString(): string | Promise<string> }): RenderedPage {
  return { status: 200, html: documentOf(content) };
}
