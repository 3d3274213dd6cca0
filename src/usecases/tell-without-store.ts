import { NEW_JOB, type JobState } from "../domain/job-state.ts";
import { groupMessages } from "../domain/mail-groups.ts";
import type { LeasedMessage, Message } from "../domain/message.ts";
import type { Mailer, Random } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import type { StoreFault } from "../domain/store-fault.ts";
import { formatUtc } from "../domain/text.ts";
import { maintenanceAt } from "../job/maintenance.ts";
import { mapWithSlots } from "../timing/slots.ts";
import { bundle } from "./bundle.ts";
import { NOTHING_GIVEN, type TickDecider } from "./decide-tick.ts";
import { composeMail, sendBounded } from "./deliver-mail.ts";
import type { LastKnown } from "./last-known.ts";
import type { JobRun } from "./run-jobs.ts";
import type { DecidedRun } from "./teller.ts";

export interface WithoutStore {
  readonly settings: Settings;
  readonly mailer: Mailer;
  readonly random: Random;
  readonly lastKnown: LastKnown;
}

const MAILS_AT_ONCE = 4;

/**
 * Tells failures while the database is away: late or twice is better than not at all. A copy of the Worker
 * that knows the states from before decides as ever. One that knows nothing tells every failure it sees,
 * once. What a mail did not reach its person with is decided anew by the next tick.
 */
export async function tellWithoutStore(
  { settings, mailer, random, lastKnown }: WithoutStore,
  decider: TickDecider,
  runs: readonly JobRun[],
  nowMs: number,
  fault: StoreFault,
): Promise<void> {
  if (!lastKnown.takeTick(nowMs)) return;
  const { states: known, version } = lastKnown;
  const decided = runs.map((run) =>
    known === null &&
    !lastKnown.ahead.has(run.planned.identity) &&
    run.outcome.status === "down" &&
    maintenanceAt(run.planned.maintenance, nowMs) === null
      ? firstSeen(run, nowMs)
      : // What the owner said stands in the database: twice is better than not at all.
        decider.decideRun(run, NOTHING_GIVEN, lastKnown.ahead, known ?? lastKnown.ahead),
  );
  const tellings = await decider.tellAll(decided);
  const messages = bundle(tellings, settings, random, nowMs);
  const note = noteOf(known !== null, nowMs, fault);
  const untold = new Set<string>();
  const groups = [...Map.groupBy(messages, ({ to }) => to).values()].flatMap((own) =>
    groupMessages(own.map(withoutAttempts)),
  );
  await mapWithSlots(groups, MAILS_AT_ONCE, async (group) => {
    const mail = composeMail(group, null, { settings, random }, nowMs);
    const delivery = await sendBounded(mailer, { ...mail, body: note + mail.body });
    if (delivery.accepted || delivery.permanent) return;
    for (const job of group.flatMap(jobsOf)) untold.add(job);
  });
  // The database is back, and somebody has committed meanwhile: that commit knows more.
  if (lastKnown.version !== version) return;
  for (const { run, decision } of decided) {
    const { identity } = run.planned;
    if (!untold.has(identity)) lastKnown.decidedWithout(identity, decision.state);
  }
}

/** A failure of which nothing is known but that it is one. It is told at once, as nobody can count it. */
function firstSeen(run: JobRun, nowMs: number): DecidedRun {
  const { reason, condition } = run.outcome;
  const state: JobState = {
    ...NEW_JOB,
    succeeding: false,
    failures: 1,
    firstFailureAtMs: nowMs,
    lastNotifyAtMs: nowMs,
    toldCondition: condition,
    status: "down",
    reason,
    sinceMs: nowMs,
  };
  return {
    run,
    before: NEW_JOB,
    maintenance: null,
    decision: { notice: "failure", ground: "told without the database", state },
  };
}

function noteOf(known: boolean, nowMs: number, fault: StoreFault): string {
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
  return { ...message, attempts: 0, unfinished: 0, lastError: null, held: false };
}

function jobsOf(message: Message): string[] {
  return message.parts.flatMap(({ job }) => job ?? []);
}
