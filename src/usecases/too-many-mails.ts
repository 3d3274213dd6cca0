import { isOtherMail } from "../domain/message.ts";
import { MAX_WAITING_MAILS } from "../domain/outbox.ts";
import type { JobFault } from "../domain/ports.ts";
import { MAX_CHARACTERS_A_RUN, MAX_MAILS_A_RUN } from "../job/job-base.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import type { Telling } from "./bundle.ts";
import { telling } from "./instance-news.ts";
import type { JobRun } from "./run-jobs.ts";

/** Mails of jobs that are not sent, as too many. Each text is the same every time, so it is reported once. */
export interface MailFault extends JobFault {
  readonly advice: readonly string[];
}

const OF_A_JOB = [
  "The first of them were sent, the others were not: so many mails would delay the alerts of other jobs.",
  "",
  "What to do: let the job put what it reports into fewer and shorter mails.",
];

const TO_A_RECIPIENT = [
  "Alerts go on. Of the mails that jobs ask for besides, no more is kept until some of these are sent.",
  "",
  "What to do: see on the page of the outbox why they wait. The address may refuse mail, or get more than the share of",
  "MAX_MAILS_PER_HOUR that is left for such mails. Let the jobs mail less, or drop what waits.",
];

/** A job asked for more mails than one run may send. */
export function mailFault({ identity, name }: Pick<PlannedJob, "identity" | "name">): MailFault {
  const characters = MAX_CHARACTERS_A_RUN.toLocaleString("en-US");
  return {
    name: `Mails of ${identity}`,
    text: `${name} asked for more than ${MAX_MAILS_A_RUN} mails or ${characters} characters in one run`,
    advice: OF_A_JOB,
  };
}

function recipientFault(to: string): MailFault {
  const text = `${MAX_WAITING_MAILS} messages of jobs wait for ${to}, so further ones are not sent`;
  return { name: `Mails to ${to}`, text, advice: TO_A_RECIPIENT };
}

/**
 * What is left of it where nothing is kept that is too much, and what to report.
 *
 * @param crowded recipients for whom as many mails of jobs wait as are kept
 */
export function boundMails(
  runs: readonly JobRun[],
  asked: readonly Telling[],
  crowded: readonly string[],
): { readonly tellings: readonly Telling[]; readonly faults: ReadonlyMap<string, MailFault> } {
  const full = new Set(crowded);
  const loud = runs.filter(({ refusedEmails }) => refusedEmails > 0).map(({ planned }) => mailFault(planned));
  // While it lasts, or it would be reported at each run of a job that runs once an hour.
  const faults = [...loud, ...crowded.map(recipientFault)];
  return {
    tellings: asked.map((one) =>
      isOtherMail(one.part) ? { ...one, to: one.to.filter((to) => !full.has(to)) } : one,
    ),
    faults: new Map(faults.map((fault) => [fault.name, fault])),
  };
}

export function tooManyMailsTelling(
  { text, advice }: MailFault,
  to: readonly string[],
  atMs: number,
): Telling {
  return telling("Too many mails of jobs", text, [`${text}.`, "", ...advice], to, atMs);
}
