import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevServer } from "../local/dev-server.ts";
import type { GuardedProcess } from "../local/guarded-process.ts";
import type { LocalWorker } from "../local/local-worker.ts";
import { freePort } from "../local/port.ts";
import { renderEnvFile } from "../local/secrets-file.ts";
import { openStateFolder, writeSecrets, type StateFolder } from "../local/state-folder.ts";
import { createWrangler } from "../local/wrangler.ts";
import { heapDuring } from "./heap.ts";
import { runtimeProcesses, runtimeUse, type RuntimeUse } from "./processes.ts";

/** One Worker that is measured, in the real runtime. */
export interface Instance {
  readonly url: string;
  readonly worker: LocalWorker;
  readonly folder: StateFolder;
  /** Why its runtime died. Never rejects. */
  readonly died: Promise<string>;
  use(): RuntimeUse;
  /** The most that the Worker's isolate had in use meanwhile, garbage apart; bytes. It costs time. */
  heapDuring(work: () => Promise<void>): Promise<number>;
}

export interface InstanceOptions {
  /** The project. */
  readonly root: string;
  /** What wrangler is to know of the Worker. A database is named DB and has its migrations applied. */
  readonly config: { readonly d1_databases?: readonly object[] } & Readonly<Record<string, unknown>>;
  /** Is told at once how what was begun is ended; to be called whether or not the start succeeds. */
  readonly onEnd: (end: () => Promise<void>) => void;
}

const ADMIN_TOKEN = "bench-bench-bench";
/** For the migrations. The start has a limit of its own. */
const MIGRATION_LIMIT_MS = 60_000;
/** Nobody asks while something is measured. */
const NEVER_ASK_MS = 3_600_000;

export async function startInstance({ root, config, onEnd }: InstanceOptions): Promise<Instance> {
  const path = await mkdtemp(join(tmpdir(), "checker-bench-"));
  const remove = (): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  // A forced end leaves no time for more.
  process.once("exit", remove);
  const running: GuardedProcess[] = [];
  onEnd(async () => {
    await Promise.all(running.map((one) => one.stop()));
    remove();
    process.off("exit", remove);
  });

  const folder = await openStateFolder(path);
  const file = join(path, "wrangler.json");
  await writeFile(file, JSON.stringify({ compatibility_date: "2026-11-17", ...config }));
  await writeSecrets(folder, renderEnvFile({ ADMIN_TOKEN }));
  const wrangler = createWrangler(root, folder, file);
  if (config.d1_databases !== undefined) {
    const migration = wrangler.migrate(() => undefined);
    running.push(migration);
    const timer = setTimeout(() => migration.kill(), MIGRATION_LIMIT_MS);
    const code = await migration.exited;
    clearTimeout(timer);
    if (code !== 0) throw new Error("the migrations could not be applied");
  }
  const port = await freePort();
  const inspectorPort = await freePort();
  const server = await startDevServer({
    port,
    adminToken: ADMIN_TOKEN,
    start: (onLine) => {
      const process = wrangler.dev(port, onLine, inspectorPort);
      running.push(process);
      return process;
    },
    onLine: ({ text }) => {
      console.error(text);
    },
    onBuildMended: () => undefined,
    askEveryMs: NEVER_ASK_MS,
  });
  const pids = runtimeProcesses(folder.scratch);
  if (pids.length === 0) throw new Error("the processes of the runtime are not to be found; it takes Linux");
  return {
    url: `http://127.0.0.1:${port}`,
    worker: server.worker,
    folder,
    died: server.died,
    use: () => runtimeUse(pids),
    heapDuring: (work) => heapDuring(inspectorPort, work),
  };
}
