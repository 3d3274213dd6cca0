import { join } from "node:path";
import { errorText } from "../../src/core/text.ts";
import type { ProjectSettings } from "../lib/read-settings.ts";
import { startWorker, type StartedWorker } from "../lib/start-worker.ts";
import type { RunReport, RunRequest } from "./report.ts";

/** The jobs could not be run at all. The message is for a person. */
export class RunFailure extends Error {
  override readonly name = "RunFailure";
  readonly code = "RUN_FAILED";
}

/**
 * Runs jobs once, in workerd, with no database and no mail. The registry must be written.
 *
 * @throws RunFailure
 */
export async function runInWorker(
  root: string,
  { vars, compatibility }: Pick<ProjectSettings, "vars" | "compatibility">,
  request: RunRequest,
): Promise<RunReport> {
  const entrypoint = join(root, "scripts/runner/worker.ts");
  let worker: StartedWorker;
  try {
    worker = await startWorker({ name: "checker-job", entrypoint, compatibility, vars });
  } catch (cause) {
    throw new RunFailure(`the Worker that runs jobs does not start: ${errorText(cause, 500)}`, { cause });
  }
  try {
    const response = await fetch(worker.url, { method: "POST", body: JSON.stringify(request) });
    if (!response.ok) throw new Error(await response.text());
    const report: unknown = await response.json();
    return report as RunReport;
  } catch (cause) {
    throw new RunFailure(`the jobs could not be run: ${errorText(cause, 500)}`, { cause });
  } finally {
    await worker.dispose();
  }
}
