import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startInstance, type InstanceOptions } from "./instance.ts";
import { PLAIN, TIMEOUT_MS } from "./scenarios.ts";
import { systemOf, UPTIMEFLARE, type System } from "./systems.ts";
import { targetUrl, type TargetsGiven } from "./target-list.ts";

/** One run of more takes minutes, as it asks five at once. */
export const MOST_TARGETS = 1_000;
const PARTS = ["worker/src", "types"];

/**
 * UptimeFlare (github.com/lyc8503/UptimeFlare) as it is in that checkout, copied beside a list of targets that is
 * made here. It asks the internet where it runs, before each run: the copy's entry answers that itself.
 */
export function startUptimeFlare(checkout: string) {
  return async (root: string, targets: TargetsGiven, onEnd: InstanceOptions["onEnd"]): Promise<System> => {
    const path = await mkdtemp(join(tmpdir(), "checker-bench-other-"));
    onEnd(() => rm(path, { recursive: true, force: true }));
    const packages = join(checkout, "worker/node_modules");
    if (!existsSync(packages)) throw new Error(`${packages} is missing: run npm ci in ${checkout}/worker`);
    for (const part of PARTS) await cp(join(checkout, part), join(path, part), { recursive: true });
    await symlink(packages, join(path, "worker/node_modules"));
    await mkdir(join(path, "migrations"));
    await cp(join(checkout, "init.sql"), join(path, "migrations/0001_init.sql"));
    await writeFile(join(path, "uptime.config.ts"), configText(targets));
    await writeFile(join(path, "worker/src/entry.ts"), ENTRY);
    const instance = await startInstance({
      root,
      onEnd,
      config: {
        name: "bench-uptimeflare",
        main: join(path, "worker/src/entry.ts"),
        compatibility_flags: ["nodejs_compat"],
        d1_databases: [
          {
            binding: "UPTIMEFLARE_D1",
            database_name: "DB",
            database_id: "bench",
            migrations_dir: join(path, "migrations"),
          },
        ],
      },
    });
    return {
      ...systemOf(UPTIMEFLARE, instance, (minuteMs) => instance.worker.runScheduled("* * * * *", minuteMs)),
      takesPart: ({ name }) => name === PLAIN,
    };
  };
}

const ENTRY = `const inner = globalThis.fetch;
globalThis.fetch = (input, init) =>
  String(input).startsWith("https://cloudflare.com/cdn-cgi/trace")
    ? Promise.resolve(new Response("colo=XXX\\n"))
    : inner(input, init);
import worker from "./index";
export { RemoteChecker } from "./index";
export default { ...worker, fetch: () => new Response("True") };
`;

/** The text of its uptime.config.ts. */
export function configText(targets: TargetsGiven): string {
  const monitors = Array.from({ length: targets.count }, (_, index) => ({
    id: `target-${index}`,
    name: `Target ${index}`,
    method: "GET",
    target: targetUrl(index, targets),
    timeout: TIMEOUT_MS,
  }));
  return `export const workerConfig = ${JSON.stringify({ monitors })};\nexport const maintenances = [];\n`;
}
