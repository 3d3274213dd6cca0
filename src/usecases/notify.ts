import type { Decision } from "../domain/decide.ts";
import type { JobState, OwedRecovery } from "../domain/job-state.ts";
import type { PartKind } from "../domain/message.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Settings } from "../domain/settings.ts";
import { errorText } from "../domain/text.ts";
import { withinLimit } from "../timing/time-limit.ts";
import { JobBase, type RequestedEmail } from "../job/job-base.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import type { JobNotice } from "../job/notice.ts";
import { failureText, flappingText, inconclusiveText, recoveryText } from "../job/notice-text.ts";
import type { Telling } from "./bundle.ts";
import { mailFault, tooManyMailsTelling } from "./too-many-mails.ts";

/** How long a job may take to tell, ms. It may call a service of its own. */
const NOTIFY_LIMIT_MS = 10_000;

export interface TellContext {
  readonly settings: Settings;
  /** Scheduled time of the tick, Unix ms. */
  readonly nowMs: number;
  /** Time left for telling, ms; without any, Checker tells in the jobs' place. */
  leftMs(): number;
}

type Told = Exclude<PartKind, "inconclusive" | "other">;

/** How a job tells each kind of notice, and how Checker does when it cannot. */
const WAYS: Record<
  Told,
  {
    readonly method: "onFailure" | "onStateChangeSuccess" | "onFlapping";
    readonly subject: (name: string) => string;
    readonly text: (name: string, notice: JobNotice) => string;
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
export async function tell(
  planned: PlannedJob,
  before: JobState,
  outcome: Outcome,
  decision: Decision,
  context: TellContext,
): Promise<Telling[]> {
  const { nowMs, settings } = context;
  const { job, name } = planned;
  const kind = decision.notice;
  if (kind === null) return [];
  const { alertContacts } = settings;
  if (kind === "inconclusive") {
    const body = inconclusiveText(name, outcome.reason, decision.state.sinceMs ?? nowMs, nowMs);
    const mail = { subject: `${name} cannot be checked`, body, to: alertContacts };
    return tellingsOf([mail], kind, planned, outcome, nowMs);
  }
  const { method } = WAYS[kind];
  const notice = noticeOf(kind, before, outcome, decision, nowMs);
  const limitMs = Math.max(0, Math.min(NOTIFY_LIMIT_MS, context.leftMs()));
  const problem = await call(limitMs, () => job[method](notice));
  const mails = [...JobBase.takeRequestedEmails(job)];
  const refused = JobBase.takeRefusedEmails(job);
  if (problem !== null && !(problem === "it returned false" && mails.length > 0)) {
    mails.push({ ...inItsPlace(kind, name, notice, problem), to: alertContacts });
  }
  const tellings = tellingsOf(mails, kind, planned, outcome, nowMs);
  return refused === 0
    ? tellings
    : [...tellings, tooManyMailsTelling(mailFault(planned), alertContacts, nowMs)];
}

/** Tells in the place of a job that cannot be reached. */
export function tellFor(
  planned: PlannedJob,
  before: JobState,
  outcome: Outcome,
  decision: Decision,
  { nowMs, settings }: Pick<TellContext, "nowMs" | "settings">,
  problem: string,
): Telling[] {
  const kind = decision.notice;
  if (kind === null || kind === "inconclusive") return [];
  const notice = noticeOf(kind, before, outcome, decision, nowMs);
  const mail = { ...inItsPlace(kind, planned.name, notice, problem), to: settings.alertContacts };
  return tellingsOf([mail], kind, planned, outcome, nowMs);
}

function inItsPlace(
  kind: Told,
  name: string,
  notice: JobNotice,
  problem: string,
): Pick<RequestedEmail, "subject" | "body"> {
  const { method, subject, text } = WAYS[kind];
  const note = `This is Checker writing, because the job's own ${method} could not tell it: ${problem}.\n`;
  return { subject: subject(name), body: `${text(name, notice)}\n${note}` };
}

/** Mails as parts: to each person the first is the notice, and what a job writes besides is a mail of its own. */
function tellingsOf(
  mails: readonly RequestedEmail[],
  kind: PartKind,
  { identity, name }: PlannedJob,
  outcome: Outcome,
  atMs: number,
): Telling[] {
  const noticed = new Set<string>();
  return mails.flatMap((mail) => {
    const first = mail.to.filter((recipient) => !noticed.has(recipient));
    const further = mail.to.filter((recipient) => noticed.has(recipient));
    for (const recipient of first) noticed.add(recipient);
    const { subject, body } = mail;
    const part = { kind, job: identity, title: name, detail: outcome.reason, atMs, subject, body };
    const tellings = first.length === 0 ? [] : [{ to: first, part }];
    return further.length === 0
      ? tellings
      : [...tellings, ...requested([{ ...mail, to: further }], identity, atMs)];
  });
}

/** Mails that are no notice, such as those that `execute` asked for. */
export function requested(mails: readonly RequestedEmail[], job: string | null, atMs: number): Telling[] {
  return mails.map(({ subject, body, to }) => ({
    to,
    part: { kind: "other", job, title: subject, detail: "", atMs, subject, body },
  }));
}

function noticeOf(
  kind: Told,
  before: JobState,
  outcome: Outcome,
  decision: Decision,
  nowMs: number,
): JobNotice {
  const { state, ground } = decision;
  const flapping = kind === "flapping" || ground === "settled after flapping";
  // What ends is told from the state before it: the one after it knows nothing of a failure any more.
  const ended = kind === "recovery" ? endedOf(before, nowMs) : null;
  const told = ended ?? state;
  const sinceMs = kind === "failure" || !flapping ? told.firstFailureAtMs : flappingSinceOf(before, state);
  return {
    reason: outcome.reason,
    sinceMs: sinceMs ?? nowMs,
    failures: told.failures,
    nowMs,
    endedMs: ended?.endedAtMs ?? null,
    latencyMs: outcome.latencyMs,
    condition: outcome.condition,
    flapping,
    changes: flapping ? Math.max(before.changesAtMs.length, state.changesAtMs.length) : 0,
  };
}

/** The failure that is over: that of just now, or one of which that was kept back. */
function endedOf(
  before: JobState,
  nowMs: number,
): Pick<OwedRecovery, "failures" | "firstFailureAtMs" | "endedAtMs"> {
  const owed = before.succeeding ? (before.held?.recovery ?? null) : null;
  return owed ?? { ...before, endedAtMs: nowMs };
}

/** When the changes began that led to its being called flapping. */
function flappingSinceOf(before: JobState, state: JobState): number | null {
  return before.flappingSinceMs ?? state.changesAtMs[0] ?? null;
}

/** Null when it told, else why not. */
async function call(limitMs: number, method: () => boolean | Promise<boolean>): Promise<string | null> {
  try {
    const telling = Promise.resolve().then(method);
    return await withinLimit<string | null>(
      limitMs,
      telling.then((told) => (told ? null : "it returned false")),
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
