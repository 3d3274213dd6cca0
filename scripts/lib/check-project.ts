import type { Settings } from "../../src/domain/settings.ts";
import type { PlannedJob } from "../../src/job/planned-job.ts";
import { checkBindings } from "./check-bindings.ts";
import { checkConfig } from "./check-config.ts";
import { checkCrons } from "./check-crons.ts";
import { evaluateJobs } from "./evaluate-jobs.ts";
import { findings, mergeFindings, type Findings } from "./findings.ts";
import { readSettings, type ProjectSettings } from "./read-settings.ts";
import { scanJobs } from "./scan-jobs.ts";

export interface CheckedProject extends Findings {
  readonly jobs: readonly PlannedJob[];
  readonly settings: Settings | null;
}

/** Validates wrangler.toml, settings and jobs, and tells everything that is wrong at once. */
export async function checkProject(root: string, nowMs: number = Date.now()): Promise<CheckedProject> {
  const [read, scanned] = await Promise.all([readSettings(root), scanJobs(root)]);
  const { settings } = read;
  const found = [
    findings({ problems: read.problems, warnings: read.warnings }),
    await checkWorker(read, root, nowMs),
    findings({ problems: scanned.problems }),
  ];
  if (scanned.problems.length > 0) return { ...mergeFindings(found), jobs: [], settings };
  const { jobs, faults } = await evaluateJobs(scanned.files, settings ?? undefined);
  const problems = faults.flatMap(({ name, text }) =>
    text.split("\n").map((line) => `jobs/${name}: ${line}`),
  );
  found.push(findings({ problems, warnings: missingSystemJobs(jobs) }));
  return { ...mergeFindings(found), jobs, settings };
}

async function checkWorker(
  { config, settings }: ProjectSettings,
  root: string,
  nowMs: number,
): Promise<Findings> {
  if (config === null) return findings({});
  return mergeFindings([
    await checkConfig(config, root, nowMs),
    await checkBindings(config, root, settings),
    checkCrons(config, settings?.staleAfterSeconds ?? null),
  ]);
}

function missingSystemJobs(jobs: readonly PlannedJob[]): string[] {
  return jobs.some((job) => job.identity === "EmailChecker")
    ? []
    : ["jobs/EmailChecker is missing: nothing proves that mail arrives, so /status stays at MailProblem."];
}
