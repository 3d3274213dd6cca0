import { unstable_DevEnv } from "wrangler";
import { errorText } from "../../src/core/text.ts";

/** A Worker to start in this process, with no cron. */
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
interface DevEnv {
  once(event: "reloadComplete" | "buildFailed" | "error", listener: (event: unknown) => void): void;
  startWorker(input: unknown): Promise<{ readonly url: Promise<URL>; dispose(): Promise<void> }>;
}

/**
 * Starts a Worker on a free port of this machine, in real workerd with real connections. wrangler's
 * createTestHarness will not do where failures of fetch() are looked at: it sends requests through Node
 * and turns every failure into an answer with status 500.
 *
 * @throws Error when the Worker cannot be bundled or does not start; its message says why, in one line
 */
export async function startWorker(worker: WorkerToStart): Promise<StartedWorker> {
  // Asks Cloudflare for the machine's location otherwise, and complains where there is no network.
  process.env["CLOUDFLARE_CF_FETCH_ENABLED"] = "false";
  process.env["WRANGLER_SEND_METRICS"] = "false";
  process.env["WRANGLER_WRITE_LOGS"] = "false";
  // It reads the project's folder of assets as well, and would tell of it before what dev.logLevel says counts.
  process.env["WRANGLER_LOG"] ??= "none";
  const environment = new unstable_DevEnv() as unknown as DevEnv;
  // What it calls ready is only the proxy before the Worker, which waits for ever for one that fails.
  const running = new Promise<void>((resolve, reject) => {
    environment.once("reloadComplete", () => resolve());
    for (const event of ["buildFailed", "error"] as const) {
      environment.once(event, (fault) => reject(new Error(startFault(fault), { cause: fault })));
    }
  });
  // Where starting throws at once, nobody waits for the other.
  running.catch(() => undefined);
  const started = await environment.startWorker({
    name: worker.name,
    entrypoint: worker.entrypoint,
    compatibilityDate: worker.compatibility.date,
    compatibilityFlags: worker.compatibility.flags,
    bindings: Object.fromEntries(
      Object.entries(worker.vars).map(([name, value]) => [name, { type: "json", value }]),
    ),
    // Otherwise it runs the one in wrangler.toml, which refuses the whole project for one wrong job.
    build: { custom: { command: "" } },
    dev: {
      persist: false,
      server: { hostname: "127.0.0.1", port: 0 },
      inspector: false,
      watch: false,
      logLevel: "none",
    },
  });
  // A Worker that did not start refuses to be ended as well; its process is gone by then.
  const dispose = (): Promise<void> => started.dispose().catch(() => undefined);
  try {
    await running;
    return { url: await started.url, dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

/** Why it did not start, from an event of wrangler's: an error, or an object with one as its cause. */
function startFault(event: unknown): string {
  const error = event instanceof Error ? event : (event as { readonly cause?: unknown }).cause;
  const text = error instanceof Error ? error.message : "";
  // workerd writes its errors as JSON, a line each.
  const [, message] = /"message":"((?:[^"\\]|\\.)*)"/.exec(text) ?? [];
  return message === undefined ? errorText(error, 500) : errorText(JSON.parse(`"${message}"`), 500);
}
