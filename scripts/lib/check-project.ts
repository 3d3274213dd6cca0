import type { Settings } from "../../src/domain/settings.ts";
import type { PlannedJob } from "../../src/job/planned-job.ts";
import { evaluateJobs } from "./evaluate-jobs.ts";
import { readSettings } from "./read-settings.ts";
import { scanJobs } from "./scan-jobs.ts";

export interface CheckedProject {
  /** What keeps Checker from running as its owner means it, each as one printable text. */
  readonly problems: readonly string[];
  /** What is probably not meant. */
  readonly warnings: readonly string[];
  readonly jobs: readonly PlannedJob[];
  readonly settings: Settings | null;
}

/** Validates settings and jobs, and tells everything that is wrong at once. */
export async function checkProject(root: string): Promise<CheckedProject> {
  const [{ settings, problems, warnings }, scanned] = await Promise.all([readSettings(root), scanJobs(root)]);
  const all = [...problems, ...scanned.problems];
  if (scanned.problems.length > 0) return { problems: all, warnings, jobs: [], settings };
  const { jobs, faults } = await evaluateJobs(scanned.files, settings ?? undefined);
  for (const { name, text } of faults) {
    all.push(...text.split("\n").map((line) => `jobs/${name}: ${line}`));
  }
  return { problems: all, warnings: [...warnings, ...missingSystemJobs(jobs)], jobs, settings };
}

function missingSystemJobs(jobs: readonly PlannedJob[]): string[] {
  return jobs.some((job) => job.identity === "EmailChecker")
    ? []
    : ["jobs/EmailChecker is missing: nothing proves that mail arrives, so /status stays at MailProblem."];
}
