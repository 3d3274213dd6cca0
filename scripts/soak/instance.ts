import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startDevServer, type DevServer } from "../local/dev-server.ts";
import type { GuardedProcess } from "../local/guarded-process.ts";
import { createLastingWorker } from "../local/lasting-worker.ts";
import { takeLeftMail, type LeftMail } from "../local/left-mail.ts";
import type { LocalWorker } from "../local/local-worker.ts";
import { createPostOffice } from "../local/post-office.ts";
import type { StateFolder } from "../local/state-folder.ts";
import { createWrangler } from "../local/wrangler.ts";
import { renderEnvFile } from "../local/secrets-file.ts";
import { writeSecrets } from "../local/state-folder.ts";

const MAIL_FROM = "checker@soak.example";
export const RECIPIENTS = ["one@soak.example", "two@soak.example"];

/** A local Checker that can be killed. */
export interface Instance {
  /** Fires one cron event at the server that runs now. Rejects when that dies meanwhile. */
  fire(minuteMs: number): Promise<void>;
  /** Kills runtime and wrangler at once (SIGKILL). */
  kill(): void;
  /** Starts them again when they are dead, and hands out what they had sent. */
  revive(): Promise<void>;
  /** Hands out all mail: to itself, or as files. */
  collect(): Promise<void>;
  stop(): Promise<void>;
}

export async function startInstance(
  root: string,
  folder: StateFolder,
  port: number,
  world: { readonly url: string; readonly targets: number },
): Promise<Instance> {
  const config = join(folder.path, "wrangler.json");
  await writeFile(config, JSON.stringify(configOf(root, world)));
  await writeSecrets(folder, renderEnvFile({ ADMIN_TOKEN: "soak" }));
  const wrangler = createWrangler(root, folder, config);
  const migration = wrangler.migrate(() => undefined);
  if ((await migration.exited) !== 0) throw new Error("the migrations could not be applied");

  let process: GuardedProcess | null = null;
  let alive = false;
  const start = async (): Promise<DevServer> => {
    const started = await startDevServer({
      port,
      adminToken: "soak",
      start: (onLine) => (process = wrangler.dev(port, onLine)),
      onLine: () => undefined,
      onBuildMended: () => undefined,
    });
    alive = true;
    // Never rejects, which the linter cannot know.
    started.died.then(() => (alive = false)).catch(() => undefined);
    return started;
  };
  let server = await start();
  let leftMail: readonly LeftMail[] = [];
  const worker: LocalWorker = createLastingWorker({
    current: () => Promise.resolve(server),
    leftMail: () => leftMail,
  });
  const postOffice = createPostOffice({
    worker,
    mailFrom: MAIL_FROM,
    ownAddresses: [MAIL_FROM],
    folder: folder.mail,
    onEvent: () => undefined,
  });

  return {
    fire: (minuteMs) => server.worker.runScheduled("* * * * *", minuteMs),
    kill() {
      // At once: that it has died is known a moment later.
      alive = false;
      process?.kill();
    },
    async revive() {
      if (alive) return;
      await server.died;
      leftMail = [...takeLeftMail(folder.scratch), ...leftMail];
      server = await start();
    },
    collect: () => postOffice.collect(),
    stop: async () => process?.stop(),
  };
}

function configOf(root: string, world: { readonly url: string; readonly targets: number }): object {
  return {
    name: "checker-soak",
    main: join(root, "scripts/soak/worker.ts"),
    compatibility_date: "2026-11-17",
    vars: {
      SERVER_NAME: "soak",
      ALERT_CONTACT: RECIPIENTS,
      MAIL_FROM,
      // The soak is about each single alert.
      MAX_MAILS_PER_HOUR: 1_000,
      FLAPPING_CHANGES: 0,
      REFERENCE_TARGETS: [],
      // All in shards, of which several are hit by each death.
      IN_PLACE_JOBS: 0,
      SHARD_SIZE: 3,
      SOAK_WORLD: world.url,
      SOAK_TARGETS: world.targets,
    },
    d1_databases: [
      {
        binding: "DB",
        database_name: "checker",
        database_id: "soak",
        migrations_dir: join(root, "migrations"),
      },
    ],
    durable_objects: { bindings: [{ name: "RUNNERS", class_name: "Runner" }] },
    migrations: [{ tag: "v1", new_sqlite_classes: ["Runner"] }],
    send_email: [{ name: "EMAIL" }],
  };
}
