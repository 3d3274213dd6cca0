import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Settings } from "../../src/core/settings.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import type { LoadedJobs } from "../../src/job-loading/load-jobs.ts";
import { bundleForNode } from "./bundle-jobs.ts";
import type { FoundJob } from "./found-job.ts";

/** Settings for listing jobs where the real ones are not known or not valid. */
const STAND_IN: Settings = {
  pageTitle: "Status",
  serverName: "checker",
  alertContacts: ["admin@example.com"],
  mailFrom: "checker@example.com",
  mailLoopbackTo: "checker@example.com",
  peers: [],
  peerCheckEvery: "HOUR",
  noMail: true,
  bustThreading: false,
  staleAfterSeconds: 180,
  loopbackTimeoutSeconds: 600,
  maxMailsPerHour: 30,
  referenceTargets: [],
  gapAlertAfterSeconds: 600,
  flapping: { changes: 0, runs: 20 },
  plan: "free",
  sharding: { size: 30, inPlace: 12 },
  history: { rawDays: 7, hourlyDays: 90, dailyDays: 730 },
  pingProblem: null,
  deadManUrl: null,
};

/** What the bundle of the jobs exports. */
interface Bundle {
  readonly loadJobs: (files: readonly JobFile[], settings: Settings) => Promise<LoadedJobs>;
  readonly files: readonly JobFile[];
}

/**
 * Makes every job in this process, as the Worker would at a tick, and runs none. What is evaluated is
 * bundled, as in the Worker: Node by itself would refuse files that the Worker runs, such as those with
 * an enum or with imports that leave out the ending.
 *
 * @param found files that can be bundled
 */
export async function evaluateJobs(
  root: string,
  found: readonly FoundJob[],
  settings: Settings = STAND_IN,
): Promise<LoadedJobs> {
  const { loadJobs, files } = (await importSource(await bundleForNode(root, found))) as Bundle;
  return loadJobs(files, settings);
}

async function importSource(source: string): Promise<unknown> {
  // A job that fails outside of its run ends this process; the trace then names the job's own file.
  process.setSourceMapsEnabled(true);
  const folder = await mkdtemp(join(tmpdir(), "checker-jobs-"));
  try {
    const path = join(folder, "jobs.mjs");
    await writeFile(path, source);
    return await import(pathToFileURL(path).href);
  } finally {
    await rm(folder, { recursive: true });
  }
}
