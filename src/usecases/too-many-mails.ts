import type { JobFault } from "../domain/ports.ts";
import { MAX_CHARACTERS_A_RUN, MAX_MAILS_A_RUN } from "../job/job-base.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import type { Telling } from "./bundle.ts";
import { telling } from "./instance-news.ts";
import type { JobRun } from "./run-jobs.ts";

/** A job asked for more mails than one run may send. Its text is the same each time, so it is reported once. */
export function mailFault({ identity, name }: Pick<PlannedJob, "identity" | "name">): JobFault {
  const characters = MAX_CHARACTERS_A_RUN.toLocaleString("en-US");
  return {
    name: `Mails of ${identity}`,
    text: `${name} asked for more than ${MAX_MAILS_A_RUN} mails or ${characters} characters in one run`,
  };
}

/** By name. */
export function mailFaults(runs: readonly JobRun[]): ReadonlyMap<string, JobFault> {
  const faults = runs
    .filter(({ refusedEmails }) => refusedEmails > 0)
    .map(({ planned }) => mailFault(planned));
  return new Map(faults.map((fault) => [fault.name, fault]));
}

export function tooManyMailsTelling({ text }: JobFault, to: readonly string[], atMs: number): Telling {
  const lines = [
    `${text}.`,
    "",
    "The first of them were sent, the others were not: so many mails would delay the alerts of other jobs.",
    "",
    "What to do: let the job put what it reports into fewer and shorter mails.",
  ];
  return telling("Too many mails of one job", text, lines, to, atMs);
}
