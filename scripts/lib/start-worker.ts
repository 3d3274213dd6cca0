import { unstable_startWorker } from "wrangler";

/** A Worker to start in this process, with no database, no mail and no cron. */
export interface WorkerToStart {
  readonly name: string;
  /** Its entry file, absolute. */
  readonly entrypoint: string;
  readonly compatibility: { readonly date: string; readonly flags: readonly string[] };
  readonly vars: Readonly<Record<string, unknown>>;
}

export interface StartedWorker {
  readonly url: URL;
  dispose(): Promise<void>;
}

/** The part of wrangler's own types that is used here; they refer to a package that is not published. */
type StartWorker = (input: unknown) => Promise<{
  readonly ready: Promise<void>;
  readonly url: Promise<URL>;
  dispose(): Promise<void>;
}>;

/**
 * Starts a Worker on a free port of this machine, in real workerd with real connections. wrangler's
 * createTestHarness will not do where failures of fetch() are looked at: it sends requests through Node
 * and turns every failure into an answer with status 500.
 */
export async function startWorker(worker: WorkerToStart): Promise<StartedWorker> {
  // Asks Cloudflare for the machine's location otherwise, and complains where there is no network.
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  const start = unstable_startWorker as unknown as StartWorker;
  const started = await start({
    name: worker.name,
    entrypoint: worker.entrypoint,
    compatibilityDate: worker.compatibility.date,
    compatibilityFlags: worker.compatibility.flags,
    bindings: Object.fromEntries(
      Object.entries(worker.vars).map(([name, value]) => [name, { type: "json", value }]),
    ),
    dev: {
      persist: false,
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      watch: false,
      logLevel: "none",
    },
  });
  await started.ready;
  return { url: await started.url, dispose: () => started.dispose() };
}
