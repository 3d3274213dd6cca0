import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startDevServer } from "../local/dev-server.ts";
import type { LocalWorker } from "../local/local-worker.ts";
import { freePort } from "../local/port.ts";
import { renderEnvFile } from "../local/secrets-file.ts";
import { openStateFolder, writeSecrets, type StateFolder } from "../local/state-folder.ts";
import { createWrangler } from "../local/wrangler.ts";

/** One Worker that is measured, in the real runtime. */
export interface Instance {
  readonly url: string;
  readonly worker: LocalWorker;
  readonly folder: StateFolder;
  stop(): Promise<void>;
}

const ADMIN_TOKEN = "bench-bench-bench";

/** @param config without its database, which every instance gets */
export async function startInstance(root: string, config: object): Promise<Instance> {
  const path = await mkdtemp(join(tmpdir(), "checker-bench-"));
  const folder = await openStateFolder(path);
  const file = join(path, "wrangler.json");
  const database = {
    binding: "DB",
    database_name: "checker",
    database_id: "bench",
    migrations_dir: join(root, "migrations"),
  };
  await writeFile(
    file,
    JSON.stringify({ compatibility_date: "2026-11-17", d1_databases: [database], ...config }),
  );
  await writeSecrets(folder, renderEnvFile({ ADMIN_TOKEN }));
  const wrangler = createWrangler(root, folder, file);
  const migration = wrangler.migrate(() => undefined);
  if ((await migration.exited) !== 0) throw new Error("the migrations could not be applied");
  const port = await freePort();
  let stop = (): Promise<void> => Promise.resolve();
  const server = await startDevServer({
    port,
    adminToken: ADMIN_TOKEN,
    start: (onLine) => {
      const process = wrangler.dev(port, onLine);
      stop = () => process.stop();
      return process;
    },
    onLine: ({ text }) => {
      console.error(text);
    },
    onBuildMended: () => undefined,
    // Nobody asks while something is measured.
    askEveryMs: 3_600_000,
  });
  return {
    url: `http://127.0.0.1:${port}`,
    worker: server.worker,
    folder,
    async stop() {
      await stop();
      folder.release();
      await rm(path, { recursive: true, force: true });
    },
  };
}
