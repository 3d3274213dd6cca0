import { NEW_JOB, type JobState } from "../alerting/job-state.ts";
import { groupMessages } from "../mail/mail-groups.ts";
import type { LeasedMessage, Message } from "../mail/message.ts";
import type { Random } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { DatabaseError } from "../core/database-error.ts";
import { formatUtc } from "../core/text.ts";
import { maintenanceAt } from "../job-sdk/maintenance-windows.ts";
import { mapConcurrent } from "../core/time/concurrency.ts";
import { groupByRecipient } from "../mail/group-by-recipient.ts";
import { NO_INPUT, type TickEvaluator } from "./evaluate-tick.ts";
import { composeMail, MAILS_AT_ONCE, sendBounded } from "../mail/deliver-mail.ts";
import type { TickMemory } from "./tick-memory.ts";
import type { JobRun } from "../execution/run-jobs.ts";
import type { EvaluatedRun } from "../notifications/notifier.ts";
import type { Mailer } from "../mail/ports.ts";

export interface AlertDependencies {
  readonly settings: Settings;
  readonly mailer: Mailer;
  readonly random: Random;
  readonly memory: Pick<TickMemory, "stateCache">;
}

/**
 * Tells failures while the database is away: late or twice is better than not at all. A copy of the Worker
 * that knows the states from before decides as ever. One that knows nothing tells every failure it sees,
 * once. What a mail did not reach its person with is decided anew by the next tick.
 */
export async function alertWithoutDatabase(
  { settings, mailer, random, memory: { stateCache } }: AlertDependencies,
  decider: TickEvaluator,
  runs: readonly JobRun[],
  nowMs: number,
  fault: DatabaseError,
): Promise<void> {
  if (!stateCache.claimTick(nowMs)) return;
  const { states: known, version } = stateCache;
  const decided = runs.map((run) =>
    known === null &&
    !stateCache.uncommitted.has(run.definition.jobKey) &&
    run.outcome.status === "down" &&
    maintenanceAt(run.definition.maintenance, nowMs) === null
      ? firstSeen(run, nowMs)
      : // What the owner said stands in the database: twice is better than not at all.
        decider.evaluateRun(run, NO_INPUT, stateCache.uncommitted, known ?? stateCache.uncommitted),
  );
  const notifications = await decider.notifyAll(decided);
  const messages = groupByRecipient(notifications, settings, random, nowMs);
  const note = noteOf(known !== null, nowMs, fault);
  const untold = new Set<string>();
  const groups = [...Map.groupBy(messages, ({ to }) => to).values()].flatMap((own) =>
    groupMessages(own.map(withoutAttempts)),
  );
  await mapConcurrent(groups, MAILS_AT_ONCE, async (group) => {
    const mail = composeMail(group, null, { settings, random }, nowMs);
    const delivery = await sendBounded(mailer, { ...mail, body: note + mail.body });
    if (delivery.accepted || delivery.permanent) return;
    for (const job of group.flatMap(jobsOf)) untold.add(job);
  });
  // The database is back, and somebody has committed meanwhile: that commit knows more.
  if (stateCache.version !== version) return;
  for (const { run, decision } of decided) {
    const { jobKey } = run.definition;
    if (!untold.has(jobKey)) stateCache.saveUncommitted(jobKey, decision.state);
  }
}

/** A failure of which nothing is known but that it is one. It is told at once, as nobody can count it. */
function firstSeen(run: JobRun, nowMs: number): EvaluatedRun {
  const { reason, failureKind } = run.outcome;
  const state: JobState = {
    ...NEW_JOB,
    succeeding: false,
    failures: 1,
    firstFailureAtMs: nowMs,
    lastNotifiedAtMs: nowMs,
    lastNotifiedFailureKind: failureKind,
    status: "down",
    reason,
    sinceMs: nowMs,
  };
  return {
    run,
    before: NEW_JOB,
    maintenance: null,
    decision: { notification: "failure", reason: "notified without the database", state },
  };
}

function noteOf(known: boolean, nowMs: number, fault: DatabaseError): string {
  return [
    `This is mailed without Checker's own database, which does not answer (${formatUtc(nowMs)}).`,
    known
      ? "What was known before is taken into account; should this copy of Checker end, some of it may be told twice."
      : "Nothing is known of before: the failure may be an old one, or one that was told already.",
    `Cause: ${fault.message}`,
    "",
    "",
  ].join("\n");
}

function withoutAttempts(message: Message): LeasedMessage {
  return { ...message, attempts: 0, unfinished: 0, lastError: null, throttled: false };
}

function jobsOf(message: Message): string[] {
  return message.items.flatMap(({ jobKey }) => jobKey ?? []);
}
