import { D1Store } from "../adapters/d1/d1-store.ts";
import { d1HistoryReader } from "../adapters/d1/history-reader.ts";
import { logError } from "../adapters/log.ts";
import type { Platform } from "../adapters/platform.ts";
import { formatProblem, parseSettings } from "../adapters/settings/parse-settings.ts";
import type { Viewer } from "../domain/pages/overview.ts";
import { StoreFault } from "../domain/store-fault.ts";
import { readOverview, type PageSources } from "../usecases/read-overview.ts";
import { MessagePage } from "../views/message-page.tsx";
import { OverviewPage } from "../views/overview-page.tsx";
import type { Bindings } from "./env.ts";

/** What is to be shown, and to whom. Goes to another object as it is. */
export interface PageTask {
  readonly page: "overview";
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
): Promise<RenderedPage> {
  const parsed = parseSettings(env);
  if (!parsed.ok) {
    const names = parsed.problems.map((problem) => formatProblem({ ...problem, value: "" }));
    return fault(task, "This Checker is set up wrongly, and watches nothing", names.join(" "));
  }
  const { settings } = parsed;
  const sources: PageSources = {
    store: new D1Store(env.DB, random),
    history: d1HistoryReader(env.DB, random),
    settings,
  };
  try {
    const overview = await readOverview(sources, task.viewer, clock.nowMs());
    return page(
      <OverviewPage
        overview={overview}
        site={task.viewer === "owner" ? settings.serverName : settings.pageTitle}
        canSignIn={task.canSignIn}
      />,
    );
  } catch (error) {
    if (!(error instanceof StoreFault)) throw error;
    logError(`A page could not be read: ${error.message}`);
    return fault(task, "Nothing can be shown at present", error.message);
  }
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
  return { status: 200, html: `<!doctype html>${String(content)}` };
}
