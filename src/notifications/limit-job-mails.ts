import { isOtherMail } from "../mail/message.ts";
import { MAX_WAITING_MAILS } from "../mail/outbox.ts";
import { MAX_CHARACTERS_A_RUN, MAX_MAILS_A_RUN } from "../job-sdk/job-base.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import { type Notification, systemNotification } from "../mail/group-by-recipient.ts";
import type { JobRun } from "../execution/run-jobs.ts";
import type { JobLoadError } from "../job-loading/load-error.ts";

/** Mails of jobs that are not sent, as too many. Each text is the same every time, so it is reported once. */
export interface MailLimitError extends JobLoadError {
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
export function jobMailLimitError({ jobKey, name }: Pick<JobDefinition, "jobKey" | "name">): MailLimitError {
  const characters = MAX_CHARACTERS_A_RUN.toLocaleString("en-US");
  return {
    name: `Mails of ${jobKey}`,
    message: `${name} asked for more than ${MAX_MAILS_A_RUN} mails or ${characters} characters in one run`,
    advice: OF_A_JOB,
  };
}

function recipientMailLimitError(to: string): MailLimitError {
  const message = `${MAX_WAITING_MAILS} messages of jobs wait for ${to}, so further ones are not sent`;
  return { name: `Mails to ${to}`, message, advice: TO_A_RECIPIENT };
}

/**
 * What is left of it where nothing is kept that is too much, and what to report.
 *
 * @param crowded recipients for whom as many mails of jobs wait as are kept
 */
export function limitJobMails(
  runs: readonly JobRun[],
  asked: readonly Notification[],
  crowded: readonly string[],
): { readonly notifications: readonly Notification[]; readonly faults: ReadonlyMap<string, MailLimitError> } {
  const full = new Set(crowded);
  const loud = runs
    .filter(({ refusedEmails }) => refusedEmails > 0)
    .map(({ definition }) => jobMailLimitError(definition));
  // While it lasts, or it would be reported at each run of a job that runs once an hour.
  const faults = [...loud, ...crowded.map(recipientMailLimitError)];
  return {
    notifications: asked.map((one) =>
      isOtherMail(one.item) ? { ...one, to: one.to.filter((to) => !full.has(to)) } : one,
    ),
    faults: new Map(faults.map((fault) => [fault.name, fault])),
  };
}

export function mailLimitNotification(
  { message, advice }: MailLimitError,
  to: readonly string[],
  atMs: number,
): Notification {
  return systemNotification("Too many mails of jobs", message, [`${message}.`, "", ...advice], to, atMs);
}
