import { join } from "node:path";
import { startGuarded, type GuardedProcess } from "./guarded-process.ts";
import { LOCAL_ADDRESS } from "./port.ts";
import type { StateFolder } from "./state-folder.ts";

/**
 * wrangler as a command, not its programmatic API: the command's options are documented and stable, the
 * API that could do the same is marked unstable, and a process of its own can be ended with all it starts.
 */
export interface Wrangler {
  /** Applies the migrations that the local database has not seen. */
  migrate(onLine: GuardedProcessLine): GuardedProcess;
  /**
   * Serves the Worker on `port` until it is stopped, and rebuilds it when a file in jobs/ changes. Its runtime can be
   * looked into on a port of its own, any free one unless given.
   */
  dev(port: number, onLine: GuardedProcessLine, inspectorPort?: number): GuardedProcess;
}

/** Instead of the `main` of wrangler.toml: the same Worker, which takes events from `npm start` only. */
const OWN_ENTRY = "scripts/local/worker.ts";

export type GuardedProcessLine = (line: string, output: "stdout" | "stderr") => void;

/** @param config wrangler's own file where it is not the project's, absolute */
export function createWrangler(root: string, state: StateFolder, config?: string): Wrangler {
  const wrangler = [process.execPath, join(root, "node_modules/wrangler/bin/wrangler.js")];
  const env = wranglerEnvironment(root, state, process.env);
  const configured = config === undefined ? [] : [`--config=${config}`];
  const start = (args: readonly string[], onLine: GuardedProcessLine): GuardedProcess =>
    startGuarded({ command: [...wrangler, ...args, ...configured], cwd: root, env, onLine });
  return {
    migrate: (onLine) =>
      start(["d1", "migrations", "apply", "DB", "--local", `--persist-to=${state.database}`], onLine),
    dev: (port, onLine, inspectorPort = 0) =>
      start(
        [
          "dev",
          ...(config === undefined ? [OWN_ENTRY] : []),
          `--ip=${LOCAL_ADDRESS}`,
          `--port=${port}`,
          // 0 takes any free port: the default, 9229, is the same for every instance.
          `--inspector-port=${inspectorPort}`,
          `--persist-to=${state.database}`,
          // Given as a file because a command line can be read by every user of the machine.
          `--env-file=${state.secrets}`,
          "--show-interactive-dev-session=false",
          // Leaves out the banner and a line for each request, and keeps what the Worker warns of.
          "--log-level=warn",
        ],
        onLine,
      ),
  };
}

/** The environment in which wrangler keeps to itself: no network, no account, no file outside the state. */
export function wranglerEnvironment(
  root: string,
  state: Pick<StateFolder, "scratch">,
  inherited: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  return {
    ...inherited,
    // The build command runs `node`, which must be the project's however this script was started.
    PATH: `${join(root, "node_modules/.bin")}:${inherited["PATH"] ?? ""}`,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_SEND_ERROR_REPORTS: "false",
    // With the banner it would ask npm's registry for a newer wrangler.
    WRANGLER_HIDE_BANNER: "true",
    // Otherwise it asks workers.cloudflare.com what request.cf would look like.
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    CLOUDFLARE_LOAD_DEV_VARS_FROM_DOT_ENV: "true",
    CLOUDFLARE_INCLUDE_PROCESS_ENV: "false",
    // Another environment of wrangler.toml has another database, and was checked by nobody.
    CLOUDFLARE_ENV: undefined,
    // The post office reads sent mail from this API; a trace of every request would only fill the disk.
    X_LOCAL_EXPLORER: "true",
    X_LOCAL_OBSERVABILITY: "false",
    // Instances that see each other here answer for each other, as all are named the same.
    WRANGLER_REGISTRY_PATH: join(state.scratch, "registry"),
    WRANGLER_LOG_PATH: join(state.scratch, "log"),
    TMPDIR: state.scratch,
    NO_COLOR: "1",
    FORCE_COLOR: undefined,
  };
}
