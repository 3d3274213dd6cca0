import type { Settings } from "../../src/core/settings.ts";
import type { JobDefinition } from "../../src/job-loading/job-definition.ts";
import { checkBindings } from "./check-bindings.ts";
import { checkConfig } from "./check-config.ts";
import { checkCrons } from "./check-crons.ts";
import { unreachableTargets } from "./check-targets.ts";
import { evaluateJobs } from "./evaluate-jobs.ts";
import { findings, mergeFindings, type Findings } from "./findings.ts";
import type { Config } from "./read-config.ts";
import { readSettings, type ProjectSettings } from "./read-settings.ts";
import type { FoundJob } from "./found-job.ts";
import { scanJobs, type BrokenJob } from "./scan-jobs.ts";
import type { JobLoadError } from "../../src/job-loading/load-error.ts";

export interface CheckedProject extends Findings {
  readonly jobs: readonly JobDefinition[];
  /** The files of jobs/ that a Worker can be built with. */
  readonly files: readonly FoundJob[];
  /** The others, whose problems are among all problems. */
  readonly broken: readonly BrokenJob[];
  /** What of the files could not be made here. Also among all problems, a line each. */
  readonly faults: readonly JobLoadError[];
  readonly settings: Settings | null;
  /** Those of all problems that are about settings, in wrangler.toml and .dev.vars. */
  readonly settingsProblems: readonly string[];
  /** Those about how the Worker is built, its database, its mail, its cron events, and the folder of its jobs. */
  readonly workerProblems: readonly string[];
  /** Cron expressions of wrangler.toml. */
  readonly crons: readonly string[];
  /** wrangler.toml, or null where it cannot be read. */
  readonly config: Config | null;
}

export interface CheckOptions {
  /** The settings are those of a deploy, which takes nothing from .dev.vars. Default: those of a local run. */
  readonly deployed?: boolean;
  /** Default: the time by this machine's clock. */
  readonly nowMs?: number;
}

/** Validates wrangler.toml, settings and jobs, and tells everything that is wrong at once. */
export async function checkProject(
  root: string,
  { deployed = false, nowMs = Date.now() }: CheckOptions = {},
): Promise<CheckedProject> {
  const [read, scanned] = await Promise.all([readSettings(root, { deployed }), scanJobs(root)]);
  const { settings } = read;
  const { files, broken } = scanned;
  const { jobs, loadErrors } = await evaluateJobs(root, files, settings ?? undefined);
  const failed = [...broken, ...loadErrors].map(({ name }) => name);
  const worker = await checkWorker(read, root, nowMs);
  const found = mergeFindings([
    findings({ problems: read.problems, warnings: read.warnings, notes: read.notes }),
    worker,
    findings({
      problems: [...scanned.problems, ...loadErrors.flatMap(faultLines)],
      warnings: missingSystemJobs(jobs, failed),
      notes: [
        ...scanned.notes,
        ...(deployed ? unreachableTargets(jobs) : unpingable(jobs, settings?.pingProblem ?? null)),
      ],
    }),
  ]);
  const ofFiles = new Set(broken.map(({ problem }) => problem));
  return {
    ...found,
    jobs,
    files,
    broken,
    faults: loadErrors,
    settings,
    settingsProblems: read.problems,
    workerProblems: [...worker.problems, ...scanned.problems.filter((text) => !ofFiles.has(text))],
    crons: read.crons,
    config: read.config,
  };
}

/** A fault as a person reads it: one text for each thing that is wrong. */
export function faultLines({ name, message }: JobLoadError): string[] {
  return message.split("\n").map((line) => `jobs/${name}: ${line}`);
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

/** @param failed names of files that are there, and told as wrong */
function missingSystemJobs(jobs: readonly JobDefinition[], failed: readonly string[]): string[] {
  return failed.includes("EmailChecker") || jobs.some((job) => job.jobKey === "EmailChecker")
    ? []
    : ["jobs/EmailChecker is missing: nothing proves that mail arrives, so /status stays at MailProblem."];
}

/** Of a deployed Worker nobody here knows the secrets. */
function unpingable(jobs: readonly JobDefinition[], problem: string | null): string[] {
  return problem === null
    ? []
    : jobs.flatMap(({ name, isPassive }) => (isPassive ? [`${name}: ${problem}`] : []));
}
