import { join } from "node:path";
import { readSettings } from "../lib/read-settings.ts";
import { startWorker } from "../lib/start-worker.ts";
import type { RunReport } from "./report.ts";

/**
 * Runs the jobs with these identities once, in workerd, with no database and no mail. The registry must
 * be written.
 */
export async function runInWorker(root: string, identities: readonly string[]): Promise<RunReport> {
  const { vars, compatibility } = await readSettings(root);
  const entrypoint = join(root, "scripts/runner/worker.ts");
  const worker = await startWorker({ name: "checker-job", entrypoint, compatibility, vars });
  try {
    const response = await fetch(worker.url, { method: "POST", body: JSON.stringify(identities) });
    if (!response.ok) throw new Error(`the jobs could not be run: ${await response.text()}`);
    const report: unknown = await response.json();
    return report as RunReport;
  } finally {
    await worker.dispose();
  }
}
