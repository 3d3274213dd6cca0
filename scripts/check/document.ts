import { ASSUMED_ANSWER_MS, projectDay } from "../../src/capacity/projection.ts";
import type { ActiveMaintenance } from "../../src/alerting/maintenance.ts";
import type { Limit } from "../../src/usage/quota.ts";
import type { JobFrequency } from "../../src/core/time/frequency.ts";
import type { NotificationPolicy } from "../../src/alerting/policy.ts";
import type { Plan } from "../../src/core/plan.ts";
import type { CheckedProject } from "../lib/check-project.ts";
import { faultLines } from "../lib/check-project.ts";
import type { DeployedJobs } from "./deployed-jobs.ts";
import type { JobChanges } from "./job-changes.ts";

/**
 * What `npm run check -- --json` prints: one JSON document. Fields may be added; those that are there keep their
 * names and meanings. Documented for its readers in docs/reference/commands.md.
 */
export interface CheckDocument {
  /** Whether the command ends with 0. */
  readonly ok: boolean;
  /** Whether --deploy was given: `warnings` are problems then. */
  readonly deploy: boolean;
  /** What is wrong with settings, a text each with name, value and remedy. */
  readonly settingsProblems: readonly string[];
  /** What is wrong with how the Worker is built, its database, mail and cron events, or the folder of its jobs. */
  readonly workerProblems: readonly string[];
  /** What of jobs/ makes no job, file by file. */
  readonly jobErrors: readonly JobErrors[];
  /** What is probably not meant. Keeps a deploy back, and no local run. */
  readonly warnings: readonly string[];
  /** What works, and is worth knowing. */
  readonly notes: readonly string[];
  /** All that could be made, in the order of their files. */
  readonly jobs: readonly ListedJob[];
  /** Cron expressions of wrangler.toml, UTC. */
  readonly crons: readonly string[];
  /** Null where the settings are not valid. */
  readonly projection: PlanProjection | null;
  /** Null without --diff. */
  readonly diff: Diff | null;
}

export interface JobErrors {
  /** Path in the project: `jobs/Web.ts`. */
  readonly file: string;
  readonly problems: readonly string[];
}

export interface ListedJob {
  readonly jobKey: string;
  /** For people. */
  readonly name: string;
  /** Path in the project: `jobs/Web.ts`. */
  readonly file: string;
  readonly frequency: JobFrequency;
  readonly policy: NotificationPolicy;
  /** Of each of its windows what goes on or comes first, null where none will come. */
  readonly maintenance: readonly (ListedStretch | null)[];
}

/** Times as ISO 8601, UTC. */
export interface ListedStretch {
  readonly from: string;
  readonly until: string;
}

/** What a quiet day needs of the plan. */
export interface PlanProjection {
  readonly plan: Plan;
  /** How long every answer is taken to take. */
  readonly assumedAnswerMs: number;
  readonly limits: readonly ProjectedLimit[];
}

export interface ProjectedLimit extends Pick<Limit, "name" | "per" | "most"> {
  /** Of `used` and `most`, such as `MB`; empty for plain numbers. */
  readonly unit: string;
  readonly used: number;
  /** `used` of `most`, 1 for all of it. */
  readonly share: number;
}

export interface Diff {
  readonly from: "cloudflare" | "local";
  /** `unreadable` alone is a failure, and `problem` says why. */
  readonly state: DeployedJobs["state"];
  readonly problem: string | null;
  /** Null where there is nothing to compare with: `noTable`, `unreadable`. Before a first deploy all jobs are added. */
  readonly changes: JobChanges | null;
}

interface Told {
  readonly ok: boolean;
  readonly deploy: boolean;
  readonly notes: readonly string[];
  readonly diff: Diff | null;
  readonly nowMs: number;
}

export function checkDocument(
  checked: CheckedProject,
  { ok, deploy, notes, diff, nowMs }: Told,
): CheckDocument {
  const { settings, jobs, files, broken, faults } = checked;
  const pathOf = (name: string): string => `jobs/${files.find((file) => file.name === name)?.file ?? name}`;
  return {
    ok,
    deploy,
    settingsProblems: checked.settingsProblems,
    workerProblems: checked.workerProblems,
    jobErrors: [
      ...broken.map(({ file, problem }) => ({ file: `jobs/${file}`, problems: [problem] })),
      ...faults.map((fault) => ({ file: pathOf(fault.name), problems: faultLines(fault) })),
    ],
    warnings: checked.warnings,
    notes,
    jobs: jobs.map(({ jobKey, name, file, frequency, policy, maintenance }) => ({
      jobKey,
      name,
      file: pathOf(file),
      frequency,
      policy,
      maintenance: maintenance.map(({ next }) => listed(next(nowMs))),
    })),
    crons: checked.crons,
    projection:
      settings === null
        ? null
        : {
            plan: settings.plan,
            assumedAnswerMs: ASSUMED_ANSWER_MS,
            limits: projectDay(jobs, settings.plan, settings.sharding, settings.history).map(
              ({ limit: { name, per, unit, most }, used, share }) => ({ name, per, unit, used, most, share }),
            ),
          },
    diff,
  };
}

function listed(stretch: ActiveMaintenance | null): ListedStretch | null {
  return (
    stretch && {
      from: new Date(stretch.fromMs).toISOString(),
      until: new Date(stretch.untilMs).toISOString(),
    }
  );
}
