import { resolve } from "node:path";
import type { Settings } from "../../src/core/settings.ts";
import { checkProject } from "../lib/check-project.ts";
import { hasAllTables, rememberTables } from "./applied-migrations.ts";
import { startDevServer, type DevServer } from "./dev-server.ts";
import type { GuardedProcess } from "./guarded-process.ts";
import { serverLine, workerLine } from "./lines.ts";
import type { StartOptions } from "./options.ts";
import { requireFreePort } from "./port.ts";
import type { Terminal } from "./terminal.ts";
import { readDevVars, renderEnvFile } from "./secrets-file.ts";
import { readSettingFiles, type SettingFiles } from "./settings-watch.ts";
import { StartFailure } from "./start-failure.ts";
import { openStateFolder, writeSecrets, type StateFolder } from "./state-folder.ts";
import { createWrangler, type GuardedProcessLine } from "./wrangler.ts";
import { createOutputFilter, type WorkerLine } from "./wrangler-output.ts";

/** Where `prepare` hands in what must be given back, however it ends. */
export interface Holdings {
  /** Called before each process is started; throws when it is too late for that. */
  readonly beforeProcess: () => void;
  readonly onProcess: (process: GuardedProcess) => void;
  readonly onFolder: (folder: StateFolder) => void;
}

export interface Prepared {
  readonly settings: Settings;
  /** What they were read from, or a moment before it. */
  readonly settingFiles: SettingFiles;
  /** Cron expressions, UTC. */
  readonly crons: readonly string[];
  readonly folder: StateFolder;
  readonly server: DevServer;
  /** Starts the next server when that one has died. Throws StartFailure. */
  readonly startServer: () => Promise<DevServer>;
}

/**
 * From nothing to a Worker that answers. Throws StartFailure with all that a person needs to mend it.
 *
 * @param adminToken used unless .dev.vars has one
 */
export async function prepare(
  { port, state }: StartOptions,
  root: string,
  adminToken: string,
  { paint, print }: Terminal,
  holdings: Holdings,
): Promise<Prepared> {
  const settingFiles = await readSettingFiles(root);
  const { problems, warnings, settings, crons, config } = await checkProject(root);
  for (const warning of warnings) print(`warning: ${warning}`);
  if (warnings.length > 0) print("");
  if (problems.length > 0) throw new StartFailure(problems.join("\n"));

  if (settings === null || config === null) {
    throw new StartFailure("the settings are not valid; npm run check says why");
  }
  if (crons.length === 0) {
    throw new StartFailure("wrangler.toml names no crons under [triggers]; get them back from git");
  }
  const folder = await openStateFolder(resolve(root, state));
  holdings.onFolder(folder);
  // Only now: where Checker runs already, that it has the folder says more than that it has the port.
  await requireFreePort(port);
  const variables = { ADMIN_TOKEN: adminToken, ...(await readDevVars(root)) };
  await writeSecrets(folder, renderEnvFile(variables));

  const wrangler = createWrangler(root, folder);
  const track = (start: () => GuardedProcess): GuardedProcess => {
    holdings.beforeProcess();
    const process = start();
    holdings.onProcess(process);
    return process;
  };

  const show = (shown: WorkerLine): void => print(workerLine(paint, shown, Date.now()));
  if (!(await hasAllTables(root, config, folder))) {
    await migrate(folder, (onLine) => track(() => wrangler.migrate(onLine)), show);
    await rememberTables(root, config, folder);
  }

  const startServer = (): Promise<DevServer> =>
    startDevServer({
      port,
      adminToken: variables.ADMIN_TOKEN.trim(),
      start: (onLine) => track(() => wrangler.dev(port, onLine)),
      onLine: show,
      onBuildMended: () => print(serverLine(paint, "green", "the Worker is built again", Date.now())),
    });
  return { settings, settingFiles, crons, folder, server: await startServer(), startServer };
}

/** @throws StartFailure */
async function migrate(
  folder: StateFolder,
  start: (onLine: GuardedProcessLine) => GuardedProcess,
  show: (shown: WorkerLine) => void,
): Promise<void> {
  const filters = { stdout: createOutputFilter(), stderr: createOutputFilter() };
  const migration = start((text, output) => {
    const shown = filters[output](text);
    // Lines that belong to no error are the table of migrations.
    if (shown?.kind === "error") show(shown);
  });
  if ((await migration.exited) !== 0) {
    throw new StartFailure(
      `the migrations could not be applied to ${folder.database}; the lines above say why. ` +
        "Mend migrations/, or start with an empty database: npm start -- --state DIR",
    );
  }
}
