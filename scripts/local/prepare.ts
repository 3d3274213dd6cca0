import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Settings } from "../../src/domain/settings.ts";
import { checkProject } from "../lib/check-project.ts";
import { readSettings } from "../lib/read-settings.ts";
import type { GuardedProcess } from "./guarded-process.ts";
import { createLocalWorker, type LocalWorker } from "./local-worker.ts";
import { workerLine } from "./lines.ts";
import type { StartOptions } from "./options.ts";
import { LOCAL_ADDRESS, requireFreePort } from "./port.ts";
import type { Terminal } from "./run.ts";
import { readDevVars, renderEnvFile } from "./secrets-file.ts";
import { StartFailure } from "./start-failure.ts";
import { openStateFolder, writeSecrets, type StateFolder } from "./state-folder.ts";
import { createWrangler } from "./wrangler.ts";
import { createOutputFilter } from "./wrangler-output.ts";

const READY_TIMEOUT_MS = 60_000;

/** Where `prepare` hands in what must be given back, however it ends. */
export interface Holdings {
  /** Called before each process is started; throws when it is too late for that. */
  readonly beforeProcess: () => void;
  readonly onProcess: (process: GuardedProcess) => void;
  readonly onFolder: (folder: StateFolder) => void;
}

export interface Prepared {
  readonly settings: Settings;
  /** Cron expressions, UTC. */
  readonly crons: readonly string[];
  readonly folder: StateFolder;
  readonly worker: LocalWorker;
  /** Ends only when something is wrong, or when it is stopped. */
  readonly server: GuardedProcess;
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
  const { problems, warnings } = await checkProject(root);
  for (const warning of warnings) print(`warning: ${warning}`);
  if (problems.length > 0) throw new StartFailure(problems.join("\n"));

  const { settings, crons } = await readSettings(root);
  if (settings === null) throw new StartFailure("the settings are not valid; npm run check says why");
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

  const filters = { stdout: createOutputFilter(), stderr: createOutputFilter() };
  const migration = track(() =>
    wrangler.migrate((line, output) => {
      const shown = filters[output](line);
      // Lines that belong to no error are the table of migrations.
      if (shown?.kind === "error") print(workerLine(paint, shown, Date.now()));
    }),
  );
  if ((await migration.exited) !== 0) {
    throw new StartFailure(
      `the migrations could not be applied to ${folder.database}; the lines above say why. ` +
        "Mend migrations/, or start with an empty database: npm start -- --state DIR",
    );
  }

  const server = track(() =>
    wrangler.dev(port, (line, output) => {
      const shown = filters[output](line);
      if (shown !== null) print(workerLine(paint, shown, Date.now()));
    }),
  );
  const url = `http://${LOCAL_ADDRESS}:${port}`;
  const worker = createLocalWorker(url, variables.ADMIN_TOKEN);
  switch (await firstAnswer(worker, server)) {
    case "answers":
      break;
    case "ended":
      throw new StartFailure("the Worker did not start; the lines above say why");
    case "silent":
      throw new StartFailure(
        `the Worker did not answer within ${READY_TIMEOUT_MS / 1000} s; start again, or see what wrangler dev says`,
      );
  }
  return { settings, crons, folder, worker, server };
}

async function firstAnswer(
  worker: LocalWorker,
  server: GuardedProcess,
): Promise<"answers" | "ended" | "silent"> {
  const ended = server.exited.then(() => "ended" as const);
  const deadlineMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < deadlineMs) {
    // Any answer will do: until the Worker is built, nobody listens or the request waits.
    const attempt = worker.status().then(
      () => "answers" as const,
      () => sleep(100, "refused" as const),
    );
    const outcome = await Promise.race([ended, attempt]);
    if (outcome !== "refused") return outcome;
  }
  return "silent";
}
