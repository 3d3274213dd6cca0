import { historyDetail } from "../usage/quota.ts";
import { NO_CHURN_LIMITS, isStable, withChurn, type ChurnLimits } from "../alerting/churn.ts";
import { evaluate } from "../alerting/evaluate.ts";
import { withFlapping, withoutFlapping } from "../alerting/flapping.ts";
import { everyMsOf, type Slot } from "../core/time/frequency.ts";
import {
  suppressionReason,
  NO_SUPPRESSIONS,
  resolvedAcknowledgements,
  applySuppression,
  type Suppressions,
} from "../alerting/suppression.ts";
import { NEW_JOB, type JobState } from "../alerting/job-state.ts";
import { gapsBefore, gapToReport } from "./gaps.ts";
import {
  withUndeliveredReason,
  shouldNotifyAgain,
  forgetNotification,
  type UndeliveredNotification,
} from "../alerting/undelivered.ts";
import type { Random } from "../core/ports.ts";
import { detectStatusChange } from "./status-change.ts";
import { addToDay, NO_USAGE } from "../usage/usage.ts";
import { maintenanceAt } from "../job-sdk/maintenance-windows.ts";
import { groupByRecipient, type Notification } from "../mail/group-by-recipient.ts";
import { loadErrorChanges } from "./load-errors.ts";
import { corruptRowNotification, loadErrorNotification, gapNotification } from "./system-notifications.ts";
import { recordHistory } from "./record-history.ts";
import type { JobRun } from "../execution/run-jobs.ts";
import { requestedMails } from "../notifications/notify-job.ts";
import { limitJobMails, mailLimitNotification } from "../notifications/limit-job-mails.ts";
import type { NotifyClient } from "../notifications/notify-task.ts";
import { decisionsToLog, ongoingMaintenance } from "./log-decisions.ts";
import { Notifier, type EvaluatedRun, type TickContext } from "../notifications/notifier.ts";
import { hasRoomFor, changedStates } from "./changed-states.ts";
import type { StatusChange } from "./tick-record.ts";
import type { TickView, TickCommit } from "./ports.ts";
import { evaluateConnectivity } from "./evaluate-connectivity.ts";
import type { CheckResults } from "./check-results.ts";

/** What was decided, in the form in which it is committed. */
export interface EvaluatedTick extends Pick<
  TickCommit,
  | "states"
  | "changes"
  | "messages"
  | "newLoadErrors"
  | "resolvedLoadErrors"
  | "notifiedLoadErrors"
  | "resolvedNotifiedErrors"
  | "completedSlots"
  | "gaps"
  | "history"
  | "decisions"
  | "maintenance"
  | "resolvedAcknowledgements"
  | "reportedFailures"
  | "failureCounters"
  | "churning"
  | "repaired"
> {
  /** The runs that counted: not those whose slot another invocation committed meanwhile. */
  readonly counted: readonly JobRun[];
}

/**
 * Turns outcomes into new states and messages, against the state as `view` has it. May be called again
 * for the same tick when another commit came between.
 */
export class TickEvaluator {
  readonly #context: TickContext;
  readonly #random: Random;
  readonly #teller: Notifier;

  constructor(context: TickContext, random: Random, shards: NotifyClient | null = null) {
    this.#context = context;
    this.#random = random;
    this.#teller = new Notifier(context, shards);
  }

  /**
   * @param ahead states that are known to be newer than those in `view`
   * @param startedAtMs of the runs, Unix ms
   */
  async decide(
    checkResults: CheckResults,
    slots: readonly Slot[],
    view: TickView,
    uncommitted: ReadonlyMap<string, JobState>,
    startedAtMs: number,
  ): Promise<EvaluatedTick> {
    const pendingSlots = slots.filter(
      ({ frequency, atMs }) => atMs > (view.lastCompletedSlots.get(frequency) ?? -Infinity),
    );
    const frequencies = new Set(pendingSlots.map((slot) => slot.frequency));
    // Whoever has mended something asks for a run while a tick still waits for what it found before.
    const superseded = new Set(
      view.manualRuns.filter(({ atMs }) => atMs >= startedAtMs).map(({ jobKey }) => jobKey),
    );
    const counts = ({ definition }: JobRun): boolean =>
      frequencies.has(definition.frequency) && !superseded.has(definition.jobKey);
    const counted = checkResults.runs.filter(counts);
    // A run that came too late to count may still have asked for mail, and was told that it would go out.
    const discarded = checkResults.runs.filter((run) => !counts(run));
    return this.#decide(checkResults, { counted, discarded, pendingSlots }, view, uncommitted);
  }

  /** Of runs that somebody asked for: all count, and no slot is finished with them. */
  evaluateManualRun(
    checkResults: CheckResults,
    view: TickView,
    uncommitted: ReadonlyMap<string, JobState>,
  ): Promise<EvaluatedTick> {
    return this.#decide(
      checkResults,
      { counted: checkResults.runs, discarded: [], pendingSlots: [] },
      view,
      uncommitted,
    );
  }

  async #decide(
    checkResults: CheckResults,
    { counted, discarded, pendingSlots }: SortedRuns,
    view: TickView,
    uncommitted: ReadonlyMap<string, JobState>,
  ): Promise<EvaluatedTick> {
    const { settings, nowMs } = this.#context;
    const states = new Map<string, JobState>(uncommitted);
    const changes: StatusChange[] = [];
    const unreached = new Map(view.undelivered.map((one) => [one.jobKey, one]));
    const detail = historyDetail(addToDay(view.usage, nowMs, NO_USAGE), settings.plan);
    const limits = { detail, hasRoom: hasRoomFor(view.churning) };
    const decided = counted.map((run) => {
      const given = {
        limits,
        suppressions: view.suppressions,
        undelivered: unreached.get(run.definition.jobKey),
      };
      return this.evaluateRun(run, given, uncommitted, view.states);
    });
    for (const { run, before, decision } of decided) {
      const { jobKey, name } = run.definition;
      const { reason } = run.outcome;
      states.set(jobKey, decision.state);
      const change = detectStatusChange(before, decision.state, { jobKey, name, reason, atMs: nowMs });
      if (change !== null && isStable(decision.state)) changes.push(change);
    }
    const told = await this.notifyAll(decided);

    const connection = evaluateConnectivity(checkResults.connectivity, view.states, settings, nowMs);
    if (connection !== null) {
      states.set(connection.jobKey, connection.state);
      if (connection.change !== null) changes.push(connection.change);
    }
    const lateMails = discarded.flatMap((run) => requestedMails(run.emails, run.definition.jobKey, nowMs));
    const mails = limitJobMails(checkResults.runs, [...told, ...lateMails], view.crowded);
    const { news, ...faults } = loadErrorChanges(
      [...checkResults.loadErrors, ...mails.faults.values()],
      view,
      nowMs,
    );
    const gaps = gapsBefore(view.lastCompletedSlots, pendingSlots);
    const gap = gapToReport(gaps, settings.gapAlertAfterSeconds * 1000);
    const damage = [...checkResults.repaired, ...view.corruptRows];
    const { alertContacts } = settings;
    const notifications: Notification[] = [
      ...mails.notifications,
      ...(connection?.notifications ?? []),
      ...news.map((fault) => {
        const mailed = mails.faults.get(fault.name);
        return mailed === undefined
          ? loadErrorNotification(fault, alertContacts, nowMs)
          : mailLimitNotification(mailed, alertContacts, nowMs);
      }),
      ...(gap === null ? [] : [gapNotification(gap, alertContacts, nowMs)]),
      ...checkResults.news,
      ...(damage.length === 0 ? [] : [corruptRowNotification(damage, alertContacts, nowMs)]),
    ];
    const messages = groupByRecipient(notifications, settings, this.#random, nowMs);
    return {
      ...changedStates(states, view, new Set(checkResults.jobs.map(({ jobKey }) => jobKey))),
      changes,
      messages,
      decisions: decisionsToLog(decided, messages, detail, nowMs),
      maintenance: ongoingMaintenance(checkResults.jobs, nowMs),
      resolvedAcknowledgements: resolvedAcknowledgements(
        view.suppressions,
        (job) => states.get(job) ?? view.states.get(job),
      ),
      // Only with this commit: a tick that is not committed must leave them to the next.
      reportedFailures: counted
        .filter(({ outcome }) => outcome.status === "down")
        .flatMap(({ definition }) => checkResults.unreportedFailures.get(definition.jobKey) ?? []),
      ...faults,
      counted,
      completedSlots: pendingSlots,
      gaps,
      history: recordHistory(checkResults, decided, pendingSlots, states, uncommitted, view, detail, nowMs),
      repaired: view.corruptRows,
    };
  }

  /** @param known further maps of states, the first that knows the job is believed */
  evaluateRun(
    run: JobRun,
    { limits, suppressions, undelivered }: EvaluationInput,
    ...known: readonly ReadonlyMap<string, JobState>[]
  ): EvaluatedRun {
    const { settings, nowMs } = this.#context;
    const { jobKey, policy, frequency } = run.definition;
    const before = known.map((states) => states.get(jobKey)).find((state) => state !== undefined) ?? NEW_JOB;
    const maintenance = maintenanceAt(run.definition.maintenance, nowMs);
    const suppression = suppressionReason(jobKey, before, maintenance !== null, suppressions, nowMs);
    const isAgain =
      run.outcome.status !== "up" &&
      suppression !== "acknowledgement" &&
      shouldNotifyAgain(undelivered, settings.alertContacts, nowMs);
    const from = isAgain ? forgetNotification(before) : before;
    const plain = applySuppression(
      from,
      evaluate(policy, from, run.outcome, nowMs),
      run.outcome,
      suppression,
      nowMs,
    );
    const flapped =
      suppression === null || suppression === "acknowledgement"
        ? withFlapping(settings.flapping, policy, from, plain, nowMs, everyMsOf(frequency))
        : withoutFlapping(from, plain);
    const decision = withChurn(before, isAgain ? withUndeliveredReason(flapped) : flapped, limits, nowMs);
    return { run, before, decision, maintenance };
  }

  /** What the jobs have to tell, in their order. */
  notifyAll(decided: readonly EvaluatedRun[]): Promise<readonly Notification[]> {
    return this.#teller.notifyAll(decided);
  }
}

/** What a decision depends on besides the run and the job's state. */
interface EvaluationInput {
  readonly limits: ChurnLimits;
  readonly suppressions: Suppressions;
  /** The job's last notification, if it reached nobody. */
  readonly undelivered: UndeliveredNotification | undefined;
}

/** Nothing of it is known without the database. */
export const NO_INPUT: EvaluationInput = {
  limits: NO_CHURN_LIMITS,
  suppressions: NO_SUPPRESSIONS,
  undelivered: undefined,
};

/** Runs of a tick, by whether they count. */
interface SortedRuns {
  readonly counted: readonly JobRun[];
  readonly discarded: readonly JobRun[];
  /** The slots that are finished with them. */
  readonly pendingSlots: readonly Slot[];
}
