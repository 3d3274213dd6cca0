import { historyDetail } from "../domain/budget.ts";
import { NO_CHURN_LIMITS, isSettled, withChurn, type ChurnLimits } from "../domain/churn.ts";
import { decide } from "../domain/decide.ts";
import { withFlapping, withoutFlapping } from "../domain/flapping.ts";
import { everyMsOf, type Slot } from "../domain/frequency.ts";
import { hushOf, NO_WORD, outlived, withHush, type OwnersWord } from "../domain/hush.ts";
import { NEW_JOB, type JobState } from "../domain/job-state.ts";
import { gapsBefore, gapToTell } from "../domain/ledger.ts";
import type { Outcome } from "../domain/outcome.ts";
import { explained, isDueAgain, withoutNotification, type Unreached } from "../domain/unreached.ts";
import type { SeenFailure } from "../domain/ping.ts";
import type { JobFault, Random, StatusChange, TickCommit, TickView } from "../domain/ports.ts";
import { addToDay, NO_USAGE } from "../domain/usage.ts";
import { maintenanceAt } from "../job/maintenance.ts";
import type { PlannedJob } from "../job/planned-job.ts";
import { bundle, type Telling } from "./bundle.ts";
import { decideConnectivity } from "./connectivity.ts";
import { faultChanges } from "./faults.ts";
import { damageTelling, faultTelling, gapTelling } from "./instance-news.ts";
import { recordHistory } from "./record-history.ts";
import type { JobRun } from "./run-jobs.ts";
import { requested } from "./notify.ts";
import { boundMails, tooManyMailsTelling } from "./too-many-mails.ts";
import type { Shards } from "./shard-task.ts";
import { decisionsOf, maintenanceOf } from "./trace-decisions.ts";
import { Teller, type DecidedRun, type TickContext } from "./teller.ts";
import { roomFor, written } from "./written-states.ts";

/** What a tick found out, before anything is decided. */
export interface TickFindings {
  /** All jobs that exist, whether they were due or not. */
  readonly jobs: readonly PlannedJob[];
  readonly runs: readonly JobRun[];
  readonly faults: readonly JobFault[];
  /** Of this instance's own connection; null where nothing was found out. */
  readonly connectivity: Outcome | null;
  /** What this instance has to tell besides. */
  readonly news: readonly Telling[];
  /** What was repaired on the way. */
  readonly repaired: TickView["damage"];
  /** Failures of heartbeats that no tick had seen, by identity. */
  readonly unseenFailures: ReadonlyMap<string, SeenFailure>;
}

/** What was decided, in the form in which it is committed. */
export interface DecidedTick extends Pick<
  TickCommit,
  | "states"
  | "changes"
  | "messages"
  | "faultsTold"
  | "faultsGone"
  | "faultNotices"
  | "noticesGone"
  | "slotsDone"
  | "gaps"
  | "history"
  | "decisions"
  | "maintenance"
  | "outlived"
  | "failuresSeen"
  | "counts"
  | "unsettled"
  | "repaired"
> {
  /** The runs that counted: not those whose slot another invocation committed meanwhile. */
  readonly counted: readonly JobRun[];
}

/**
 * Turns outcomes into new states and messages, against the state as `view` has it. May be called again
 * for the same tick when another commit came between.
 */
export class TickDecider {
  readonly #context: TickContext;
  readonly #random: Random;
  readonly #teller: Teller;

  constructor(context: TickContext, random: Random, shards: Pick<Shards, "tell"> | null = null) {
    this.#context = context;
    this.#random = random;
    this.#teller = new Teller(context, shards);
  }

  /**
   * @param ahead states that are known to be newer than those in `view`
   * @param startedAtMs of the runs, Unix ms
   */
  async decide(
    findings: TickFindings,
    slots: readonly Slot[],
    view: TickView,
    ahead: ReadonlyMap<string, JobState>,
    startedAtMs: number,
  ): Promise<DecidedTick> {
    const open = slots.filter(({ frequency, atMs }) => atMs > (view.doneSlots.get(frequency) ?? -Infinity));
    const frequencies = new Set(open.map((slot) => slot.frequency));
    // Whoever has mended something asks for a run while a tick still waits for what it found before.
    const overtaken = new Set(view.asked.filter(({ atMs }) => atMs >= startedAtMs).map(({ job }) => job));
    const counts = ({ planned }: JobRun): boolean =>
      frequencies.has(planned.frequency) && !overtaken.has(planned.identity);
    const counted = findings.runs.filter(counts);
    // A run that came too late to count may still have asked for mail, and was told that it would go out.
    const late = findings.runs.filter((run) => !counts(run));
    return this.#decide(findings, { counted, late, open }, view, ahead);
  }

  /** Of runs that somebody asked for: all count, and no slot is finished with them. */
  decideAsked(
    findings: TickFindings,
    view: TickView,
    ahead: ReadonlyMap<string, JobState>,
  ): Promise<DecidedTick> {
    return this.#decide(findings, { counted: findings.runs, late: [], open: [] }, view, ahead);
  }

  async #decide(
    findings: TickFindings,
    { counted, late, open }: Sorted,
    view: TickView,
    ahead: ReadonlyMap<string, JobState>,
  ): Promise<DecidedTick> {
    const { settings, nowMs } = this.#context;
    const states = new Map<string, JobState>(ahead);
    const changes: StatusChange[] = [];
    const unreached = new Map(view.unreached.map((one) => [one.job, one]));
    const detail = historyDetail(addToDay(view.usage, nowMs, NO_USAGE), settings.plan);
    const limits = { detail, hasRoom: roomFor(view.unsettled) };
    const decided = counted.map((run) => {
      const given = { limits, word: view.word, unreached: unreached.get(run.planned.identity) };
      return this.decideRun(run, given, ahead, view.states);
    });
    for (const { run, before, decision } of decided) {
      const { identity, name } = run.planned;
      states.set(identity, decision.state);
      const change = changeOf(identity, name, before, decision.state, run.outcome, nowMs);
      if (change !== null && isSettled(decision.state)) changes.push(change);
    }
    const told = await this.tellAll(decided);

    const connection = decideConnectivity(findings.connectivity, view.states, settings, nowMs);
    if (connection !== null) {
      states.set(connection.identity, connection.state);
      if (connection.change !== null) changes.push(connection.change);
    }
    const lateMails = late.flatMap((run) => requested(run.emails, run.planned.identity, nowMs));
    const mails = boundMails(findings.runs, [...told, ...lateMails], view.crowded);
    const { news, ...faults } = faultChanges([...findings.faults, ...mails.faults.values()], view, nowMs);
    const gaps = gapsBefore(view.doneSlots, open);
    const gap = gapToTell(gaps, settings.gapAlertAfterSeconds * 1000);
    const damage = [...findings.repaired, ...view.damage];
    const { alertContacts } = settings;
    const tellings: Telling[] = [
      ...mails.tellings,
      ...(connection?.tellings ?? []),
      ...news.map((fault) => {
        const mailed = mails.faults.get(fault.name);
        return mailed === undefined
          ? faultTelling(fault, alertContacts, nowMs)
          : tooManyMailsTelling(mailed, alertContacts, nowMs);
      }),
      ...(gap === null ? [] : [gapTelling(gap, alertContacts, nowMs)]),
      ...findings.news,
      ...(damage.length === 0 ? [] : [damageTelling(damage, alertContacts, nowMs)]),
    ];
    const messages = bundle(tellings, settings, this.#random, nowMs);
    return {
      ...written(states, view, new Set(findings.jobs.map(({ identity }) => identity))),
      changes,
      messages,
      decisions: decisionsOf(decided, messages, detail, nowMs),
      maintenance: maintenanceOf(findings.jobs, nowMs),
      outlived: outlived(view.word, (job) => states.get(job) ?? view.states.get(job)),
      // Only with this commit: a tick that is not committed must leave them to the next.
      failuresSeen: counted
        .filter(({ outcome }) => outcome.status === "down")
        .flatMap(({ planned }) => findings.unseenFailures.get(planned.identity) ?? []),
      ...faults,
      counted,
      slotsDone: open,
      gaps,
      history: recordHistory(findings, decided, open, states, ahead, view, detail, nowMs),
      repaired: view.damage,
    };
  }

  /** @param known further maps of states, the first that knows the job is believed */
  decideRun(
    run: JobRun,
    { limits, word, unreached }: GivenToDecide,
    ...known: readonly ReadonlyMap<string, JobState>[]
  ): DecidedRun {
    const { settings, nowMs } = this.#context;
    const { identity, policy, frequency } = run.planned;
    const before =
      known.map((states) => states.get(identity)).find((state) => state !== undefined) ?? NEW_JOB;
    const maintenance = maintenanceAt(run.planned.maintenance, nowMs);
    const hush = hushOf(identity, before, maintenance !== null, word, nowMs);
    const isAgain =
      run.outcome.status !== "up" &&
      hush !== "acknowledgement" &&
      isDueAgain(unreached, settings.alertContacts, nowMs);
    const from = isAgain ? withoutNotification(before) : before;
    const plain = withHush(from, decide(policy, from, run.outcome, nowMs), run.outcome, hush, nowMs);
    const flapped =
      hush === null || hush === "acknowledgement"
        ? withFlapping(settings.flapping, policy, from, plain, nowMs, everyMsOf(frequency))
        : withoutFlapping(from, plain);
    const decision = withChurn(before, isAgain ? explained(flapped) : flapped, limits, nowMs);
    return { run, before, decision, maintenance };
  }

  /** What the jobs have to tell, in their order. */
  tellAll(decided: readonly DecidedRun[]): Promise<readonly Telling[]> {
    return this.#teller.tellAll(decided);
  }
}

/** What a decision depends on besides the run and the job's state. */
interface GivenToDecide {
  readonly limits: ChurnLimits;
  readonly word: OwnersWord;
  /** The job's last notification, if it reached nobody. */
  readonly unreached: Unreached | undefined;
}

/** Nothing of it is known without the database. */
export const NOTHING_GIVEN: GivenToDecide = { limits: NO_CHURN_LIMITS, word: NO_WORD, unreached: undefined };

/** Runs of a tick, by whether they count. */
interface Sorted {
  readonly counted: readonly JobRun[];
  readonly late: readonly JobRun[];
  /** The slots that are finished with them. */
  readonly open: readonly Slot[];
}

/** Null where the status is the same as before. */
export function changeOf(
  job: string,
  name: string,
  before: JobState,
  after: JobState,
  outcome: Outcome,
  atMs: number,
): StatusChange | null {
  if (after.status === null || after.status === before.status) return null;
  return { job, name, from: before.status, to: after.status, reason: outcome.reason, atMs };
}
