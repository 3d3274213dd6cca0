import type { Settings } from "../../src/domain/settings.ts";
import type { JobFile, LoadedJobs } from "../../src/job/load-jobs.ts";
import { bundleForNode } from "./bundle-jobs.ts";
import type { FoundJob } from "./scan-jobs.ts";

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
  const source = await bundleForNode(root, found);
  const imported: unknown = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  const { loadJobs, files } = imported as Bundle;
  return loadJobs(files, settings);
}
