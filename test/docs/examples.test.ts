import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseSettings } from "../../src/platform/settings/parse-settings.ts";
import { MemoryStore } from "../support/memory-store/store.ts";
import { maintenanceAt } from "../../src/job-sdk/maintenance-windows.ts";
import { loadJobs } from "../../src/job-loading/load-jobs.ts";
import { runJobs, type JobRun } from "../../src/execution/run-jobs.ts";
import type { Network } from "../../src/core/ports.ts";
import { BackupIsFresh } from "../../docs/examples/BackupIsFresh.ts";
import { MaintainedServers } from "../../docs/examples/MaintainedServers.ts";
import { QueueLength } from "../../docs/examples/QueueLength.ts";

const NOW_MS = Date.UTC(2026, 10, 23, 12);
const root = join(import.meta.dirname, "../..");

/** Runs an example as a tick would, against a network with `answers` by URL. */
async function run(exported: object, answers: Record<string, string>): Promise<readonly JobRun[]> {
  const parsed = parseSettings({
    SERVER_NAME: "checker",
    ALERT_CONTACT: "admin@example.com",
    MAIL_FROM: "checker@example.com",
  });
  if (!parsed.ok) throw new Error("invalid settings in this test");
  const files = Object.entries(exported).map(([name, value]) => ({
    name,
    load: () => Promise.resolve({ [name]: value as unknown }),
  }));
  const { jobs, loadErrors } = await loadJobs(files, parsed.settings);
  expect(loadErrors).toEqual([]);
  const network: Network = {
    fetch: (url) => Promise.resolve(new Response(answers[url])),
    connect: () => {
      throw new Error("examples must not connect");
    },
  };
  return runJobs(jobs, {
    network,
    store: new MemoryStore(),
    nowMs: NOW_MS,
    elapsedMs: () => 0,
    deadlineMs: 60_000,
    sendLoopback: () => undefined,
  });
}

describe("the documented examples", () => {
  test("BackupIsFresh is up while the backup is fresh and down when it is old", async () => {
    const at = (hoursAgo: number): Record<string, string> => ({
      "https://backup.example.com/latest": new Date(NOW_MS - hoursAgo * 3_600_000).toISOString(),
    });
    const fresh = await run({ BackupIsFresh }, at(25));
    const old = await run({ BackupIsFresh }, at(27));
    expect(fresh.map(({ outcome }) => outcome.status)).toEqual(["up"]);
    expect(old.map(({ outcome }) => outcome.reason)).toEqual(["execute returned false"]);
  });

  test("QueueLength creates one job per queue, each with its own reason", async () => {
    const runs = await run(
      { QueueLength },
      {
        "https://queues.example.com/orders/length": "12",
        "https://queues.example.com/mail/length": "51",
      },
    );
    expect(
      runs.map(({ definition, outcome }) => [definition.jobKey, outcome.status, outcome.reason]),
    ).toEqual([
      [`QueueLength["orders"]`, "up", "12 messages wait"],
      [`QueueLength["mail"]`, "down", "51 messages wait, the limit is 50"],
    ]);
  });

  test("MaintainedServers are under maintenance in their windows, except the entry that opts out", async () => {
    const runs = await run({ MaintainedServers }, {});
    const maintainedAt = (time: string): readonly boolean[] =>
      runs.map(({ definition }) => maintenanceAt(definition.maintenance, Date.parse(time)) !== null);
    expect(maintainedAt("2026-11-28T20:59:00Z")).toEqual([false, false]);
    expect(maintainedAt("2026-11-28T21:00:00Z")).toEqual([true, false]);
    expect(maintainedAt("2026-11-29T04:59:00Z")).toEqual([true, false]);
    expect(maintainedAt("2026-11-30T03:49:00Z")).toEqual([true, false]);
    expect(maintainedAt("2026-12-01T21:00:00Z")).toEqual([true, false]);
  });

  test.each([
    ["docs/guides/maintenance-and-silences.md", "MaintainedServers"],
    ["README.md", "BackupIsFresh"],
    ["docs/guides/custom-jobs.md", "BackupIsFresh"],
    ["docs/guides/custom-jobs.md", "QueueLength"],
  ])("%s shows the example %s unchanged", async (page, name) => {
    const text = await readFile(join(root, page), "utf8");
    const example = await readFile(join(root, `docs/examples/${name}.ts`), "utf8");
    expect(text).toContain(`\`\`\`ts\n${example}\`\`\`\n`);
  });
});
