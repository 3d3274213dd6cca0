import type { Decision } from "../alerting/evaluate.ts";
import type { JobState, PendingRecovery } from "../alerting/job-state.ts";
import type { DigestItemKind } from "../mail/message.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Settings } from "../core/settings.ts";
import { errorText } from "../core/text.ts";
import { withTimeout } from "../core/time/timeout.ts";
import { JobBase, type RequestedEmail } from "../job-sdk/job-base.ts";
import type { JobDefinition } from "../job-loading/job-definition.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import { failureText, flappingText, inconclusiveText, recoveryText } from "../job-sdk/notification-text.ts";
import type { Notification } from "../mail/group-by-recipient.ts";
import { jobMailLimitError, mailLimitNotification } from "./limit-job-mails.ts";

/** How long a job may take to tell, ms. It may call a service of its own. */
const NOTIFY_LIMIT_MS = 10_000;

export interface NotifyContext {
  readonly settings: Settings;
  /** Scheduled time of the tick, Unix ms. */
  readonly nowMs: number;
  /** Time left for telling, ms; without any, Checker tells in the jobs' place. */
  leftMs(): number;
}

type JobNotificationKind = Exclude<DigestItemKind, "inconclusive" | "other">;

/** How a job tells each kind of notice, and how Checker does when it cannot. */
const JOB_CALLBACKS: Record<
  JobNotificationKind,
  {
    readonly method: "onFailure" | "onStateChangeSuccess" | "onFlapping";
    readonly subject: (name: string) => string;
    readonly text: (name: string, notice: JobNotification) => string;
  }
> = {
  failure: { method: "onFailure", subject: (name) => `${name} failed`, text: failureText },
  recovery: {
    method: "onStateChangeSuccess",
    subject: (name) => `${name} is well again`,
    text: recoveryText,
  },
  flapping: { method: "onFlapping", subject: (name) => `${name} is flapping`, text: flappingText },
};

/**
 * Lets a job tell what was decided, and gives what is to be told to whom. A job that cannot tell, throws or
 * does not end is told for: the alert is not lost with it.
 */
export async function notifyJob(
  definition: JobDefinition,
  before: JobState,
  outcome: Outcome,
  decision: Decision,
  context: NotifyContext,
): Promise<Notification[]> {
  const { nowMs, settings } = context;
  const { job, name } = definition;
  const kind = decision.notification;
  if (kind === null) return [];
  const { alertContacts } = settings;
  if (kind === "inconclusive") {
    const body = inconclusiveText(name, outcome.reason, decision.state.sinceMs ?? nowMs, nowMs);
    const mail = { subject: `${name} cannot be checked`, body, to: alertContacts };
    return toNotifications([mail], kind, definition, outcome, nowMs);
  }
  const { method } = JOB_CALLBACKS[kind];
  const notice = describeNotification(kind, before, outcome, decision, nowMs);
  const limitMs = Math.max(0, Math.min(NOTIFY_LIMIT_MS, context.leftMs()));
  const problem = await invokeCallback(limitMs, () => job[method](notice));
  const mails = [...JobBase.takeRequestedEmails(job)];
  const refused = JobBase.takeRefusedEmails(job);
  if (problem !== null && !(problem === "it returned false" && mails.length > 0)) {
    mails.push({ ...fallbackMail(kind, name, notice, problem), to: alertContacts });
  }
  const notifications = toNotifications(mails, kind, definition, outcome, nowMs);
  return refused === 0
    ? notifications
    : [...notifications, mailLimitNotification(jobMailLimitError(definition), alertContacts, nowMs)];
}

/** Tells in the place of a job that cannot be reached. */
export function fallbackNotification(
  definition: JobDefinition,
  before: JobState,
  outcome: Outcome,
  decision: Decision,
  { nowMs, settings }: Pick<NotifyContext, "nowMs" | "settings">,
  problem: string,
): Notification[] {
  const kind = decision.notification;
  if (kind === null || kind === "inconclusive") return [];
  const notice = describeNotification(kind, before, outcome, decision, nowMs);
  const mail = { ...fallbackMail(kind, definition.name, notice, problem), to: settings.alertContacts };
  return toNotifications([mail], kind, definition, outcome, nowMs);
}

function fallbackMail(
  kind: JobNotificationKind,
  name: string,
  notice: JobNotification,
  problem: string,
): Pick<RequestedEmail, "subject" | "body"> {
  const { method, subject, text } = JOB_CALLBACKS[kind];
  const note = `This is Checker writing, because the job's own ${method} could not tell it: ${problem}.\n`;
  return { subject: subject(name), body: `${text(name, notice)}\n${note}` };
}

/** Mails as parts: to each person the first is the notice, and what a job writes besides is a mail of its own. */
function toNotifications(
  mails: readonly RequestedEmail[],
  kind: DigestItemKind,
  { jobKey, name }: JobDefinition,
  outcome: Outcome,
  atMs: number,
): Notification[] {
  const notified = new Set<string>();
  return mails.flatMap((mail) => {
    const first = mail.to.filter((recipient) => !notified.has(recipient));
    const further = mail.to.filter((recipient) => notified.has(recipient));
    for (const recipient of first) notified.add(recipient);
    const { subject, body } = mail;
    const item = { kind, jobKey, title: name, detail: outcome.reason, atMs, subject, body };
    const notifications = first.length === 0 ? [] : [{ to: first, item }];
    return further.length === 0
      ? notifications
      : [...notifications, ...requestedMails([{ ...mail, to: further }], jobKey, atMs)];
  });
}

/** Mails that are no notice, such as those that `execute` asked for. */
export function requestedMails(
  mails: readonly RequestedEmail[],
  jobKey: string | null,
  atMs: number,
): Notification[] {
  return mails.map(({ subject, body, to }) => ({
    to,
    item: { kind: "other", jobKey, title: subject, detail: "", atMs, subject, body },
  }));
}

function describeNotification(
  kind: JobNotificationKind,
  before: JobState,
  outcome: Outcome,
  decision: Decision,
  nowMs: number,
): JobNotification {
  const { state, reason } = decision;
  const flapping = kind === "flapping" || reason === "stable after flapping";
  // What ends is told from the state before it: the one after it knows nothing of a failure any more.
  const ended = kind === "recovery" ? endedFailure(before, nowMs) : null;
  const told = ended ?? state;
  const sinceMs = kind === "failure" || !flapping ? told.firstFailureAtMs : flappingSinceOf(before, state);
  return {
    reason: outcome.reason,
    sinceMs: sinceMs ?? nowMs,
    failures: told.failures,
    nowMs,
    endedMs: ended?.endedAtMs ?? null,
    latencyMs: outcome.latencyMs,
    failureKind: outcome.failureKind,
    flapping,
    changes: flapping ? Math.max(before.changesAtMs.length, state.changesAtMs.length) : 0,
  };
}

/** The failure that is over: that of just now, or one of which that was kept back. */
function endedFailure(
  before: JobState,
  nowMs: number,
): Pick<PendingRecovery, "failures" | "firstFailureAtMs" | "endedAtMs"> {
  const owed = before.succeeding ? (before.suppressed?.recovery ?? null) : null;
  return owed ?? { ...before, endedAtMs: nowMs };
}

/** When the changes began that led to its being called flapping. */
function flappingSinceOf(before: JobState, state: JobState): number | null {
  return before.flappingSinceMs ?? state.changesAtMs[0] ?? null;
}

/** Null when it told, else why not. */
async function invokeCallback(
  limitMs: number,
  method: () => boolean | Promise<boolean>,
): Promise<string | null> {
  try {
    const notification = Promise.resolve().then(method);
    return await withTimeout<string | null>(
      limitMs,
      notification.then((told) => (told ? null : "it returned false")),
      () => {
        const seconds = Math.round(limitMs / 1000);
        return seconds === 0
          ? "there was no time left for it in this tick"
          : `it did not end within ${seconds} s`;
      },
    );
  } catch (error) {
    return `it threw ${errorText(error)}`;
  }
}
