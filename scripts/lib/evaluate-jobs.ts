import { pathToFileURL } from "node:url";
import type { Settings } from "../../src/domain/settings.ts";
import { loadJobs, type JobFile, type LoadedJobs } from "../../src/job/load-jobs.ts";
import type { FoundJob } from "./scan-jobs.ts";
import { stubWorkersModules } from "./workers-stubs.ts";

/** Settings for listing jobs where the real ones are not known or not valid. */
const STAND_IN: Settings = {
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
};

let stubbed = false;

/** Makes every job in this process, as the Worker would at a tick, and runs none. */
export async function evaluateJobs(
  found: readonly FoundJob[],
  settings: Settings = STAND_IN,
): Promise<LoadedJobs> {
  if (!stubbed) stubWorkersModules();
  stubbed = true;
  const files = found.map(({ name, path }): JobFile => ({
    name,
    load: async () => {
      const exported: unknown = await import(pathToFileURL(path).href);
      return exported as Record<string, unknown>;
    },
  }));
  return loadJobs(files, settings);
}
