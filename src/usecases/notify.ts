import type { Decision } from "../domain/decide.ts";
import type { JobState } from "../domain/job-state.ts";
import { composeSubject, MAX_BODY_LENGTH, type Message } from "../domain/message.ts";
import type { Random } from "../domain/ports.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Settings } from "../domain/settings.ts";
import { boundedText, errorText } from "../domain/text.ts";
import { withinLimit } from "../timing/time-limit.ts";
import { JobBase, type RequestedEmail } from "../job/job-base.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import type { JobNotice } from "../job/notice.ts";
import { failureText, inconclusiveText, recoveryText } from "../job/notice-text.ts";

/** How long a job may take to tell, ms. It may call a service of its own. */
const NOTIFY_LIMIT_MS = 10_000;

export interface Telling {
  readonly settings: Settings;
  readonly random: Random;
  /** Scheduled time of the tick, Unix ms. */
  readonly nowMs: number;
  /** Time left for telling, ms; without any, Checker tells in the jobs' place. */
  leftMs(): number;
}

/**
 * Lets a job tell what was decided, and gives the mails that this takes. A job that cannot tell, throws
 * or does not end is told for: the alert is not lost with it.
 */
export async function tell(
  { job, name }: PlannedJob,
  before: JobState,
  outcome: Outcome,
  decision: Decision,
  telling: Telling,
): Promise<RequestedEmail[]> {
  const { nowMs, settings } = telling;
  if (decision.notice === null) return [];
  if (decision.notice === "inconclusive") {
    const body = inconclusiveText(name, outcome.reason, decision.state.sinceMs ?? nowMs, nowMs);
    return [{ subject: `${name} cannot be checked`, body, to: settings.alertContacts }];
  }
  const failing = decision.notice === "failure";
  const notice = noticeOf(failing ? decision.state : before, outcome, nowMs);
  const limitMs = Math.max(0, Math.min(NOTIFY_LIMIT_MS, telling.leftMs()));
  const problem = await call(limitMs, () =>
    failing ? job.onFailure(notice) : job.onStateChangeSuccess(notice),
  );
  const mails = [...JobBase.takeRequestedEmails(job)];
  if (problem === null || (problem === "it returned false" && mails.length > 0)) return mails;

  const method = failing ? "onFailure" : "onStateChangeSuccess";
  const body = failing ? failureText(name, notice) : recoveryText(name, notice);
  const note = `This is Checker writing, because the job's own ${method} could not tell it: ${problem}.\n`;
  const subject = failing ? `${name} failed` : `${name} is well again`;
  return [...mails, { subject, body: `${body}\n${note}`, to: settings.alertContacts }];
}

function noticeOf(state: JobState, outcome: Outcome, nowMs: number): JobNotice {
  return {
    reason: outcome.reason,
    sinceMs: state.firstFailureAtMs ?? nowMs,
    failures: state.failures,
    nowMs,
    latencyMs: outcome.latencyMs,
    condition: outcome.condition,
  };
}

/** Null when it told, else why not. */
async function call(limitMs: number, method: () => boolean | Promise<boolean>): Promise<string | null> {
  try {
    const telling = Promise.resolve().then(method);
    return await withinLimit<string | null>(
      limitMs,
      telling.then((told) => (told ? null : "it returned false")),
      () => `it did not end within ${Math.round(limitMs / 1000)} s`,
    );
  } catch (error) {
    return `it threw ${errorText(error)}`;
  }
}

/** One message for each recipient of each mail. */
export function toMessages(
  mails: readonly RequestedEmail[],
  job: string | null,
  { settings, random, nowMs }: Telling,
): Message[] {
  return mails.flatMap(({ subject, body, to }) => {
    const composed = composeSubject(settings, subject, random.number());
    const bounded = boundedText(body, MAX_BODY_LENGTH);
    return to.map((recipient) => ({
      id: random.token(),
      to: recipient,
      subject: composed,
      body: bounded,
      job,
      decidedAtMs: nowMs,
      expiresAtMs: null,
      token: null,
    }));
  });
}
