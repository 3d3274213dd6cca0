import { decide, type Decision } from "../domain/decide.ts";
import { NEW_JOB, sameState, type JobState } from "../domain/job-state.ts";
import type { Message } from "../domain/message.ts";
import type { JobFault, StatusChange, TickCommit, TickView } from "../domain/ports.ts";
import type { Slot } from "../domain/frequency.ts";
import { oneLine } from "../domain/text.ts";
import type { RequestedEmail } from "../job/job-base.ts";
import { mapWithSlots } from "../timing/slots.ts";
import { MAX_CONNECTIONS, type JobRun } from "./run-jobs.ts";
import { tell, toMessages, type Telling } from "./notify.ts";

/** What was decided, in the form in which it is committed. */
export interface DecidedTick extends Pick<
  TickCommit,
  "states" | "changes" | "messages" | "faultsTold" | "faultsGone" | "slotsDone"
> {
  /** The runs that counted: not those whose slot another invocation committed meanwhile. */
  readonly counted: readonly JobRun[];
}

/**
 * Turns outcomes into new states and messages, against the state as `view` has it. May be called again
 * for the same tick when another commit came between; `told` then keeps a job from being asked to tell
 * the same thing twice.
 */
export class TickDecider {
  readonly #telling: Telling;
  readonly #told = new Map<string, Promise<RequestedEmail[]>>();

  constructor(telling: Telling) {
    this.#telling = telling;
  }

  async decide(
    runs: readonly JobRun[],
    faults: readonly JobFault[],
    slots: readonly Slot[],
    view: TickView,
  ): Promise<DecidedTick> {
    const open = slots.filter(({ frequency, atMs }) => atMs > (view.doneSlots.get(frequency) ?? -Infinity));
    const frequencies = new Set(open.map((slot) => slot.frequency));
    const counted = runs.filter((run) => frequencies.has(run.planned.frequency));
    const states = new Map<string, JobState>();
    const changes: StatusChange[] = [];
    const decided = counted.map((run) => {
      const { identity, policy } = run.planned;
      const before = view.states.get(identity) ?? NEW_JOB;
      const decision = decide(policy, before, run.outcome, this.#telling.nowMs);
      if (!sameState(before, decision.state)) states.set(identity, decision.state);
      const change = this.#change(run, before, decision);
      if (change !== null) changes.push(change);
      return { run, before, decision };
    });
    const toTell = decided.filter(({ run, decision }) => decision.notice !== null || run.emails.length > 0);
    const messages = await mapWithSlots(toTell, MAX_CONNECTIONS, async ({ run, before, decision }) => {
      const mails = await this.#tell(run, before, decision);
      return toMessages([...run.emails, ...mails], run.planned.identity, this.#telling);
    });
    // A run that came too late to count may still have asked for mail, and was told that it would go out.
    const late = runs
      .filter((run) => !frequencies.has(run.planned.frequency))
      .map((run) => toMessages(run.emails, run.planned.identity, this.#telling));
    const changedFaults = faultChanges(faults, view);
    return {
      states,
      changes,
      messages: [...messages.flat(), ...late.flat(), ...this.#faultMessages(changedFaults.faultsTold)],
      ...changedFaults,
      counted,
      slotsDone: open,
    };
  }

  #change({ planned, outcome }: JobRun, before: JobState, { state }: Decision): StatusChange | null {
    if (state.status === null || state.status === before.status) return null;
    return {
      job: planned.identity,
      name: planned.name,
      from: before.status,
      to: state.status,
      reason: outcome.reason,
      atMs: this.#telling.nowMs,
    };
  }

  async #tell(run: JobRun, before: JobState, decision: Decision): Promise<RequestedEmail[]> {
    const key = `${run.planned.identity} ${decision.notice}`;
    const told = this.#told.get(key) ?? tell(run.planned, before, run.outcome, decision, this.#telling);
    this.#told.set(key, told);
    return told;
  }

  #faultMessages(faultsTold: readonly JobFault[]): Message[] {
    const { settings } = this.#telling;
    return faultsTold.flatMap(({ name, text }) =>
      toMessages(
        [{ subject: `Import Error on ${name}`, body: faultText(name, text), to: settings.alertContacts }],
        null,
        this.#telling,
      ),
    );
  }
}

function faultChanges(
  faults: readonly JobFault[],
  view: TickView,
): Pick<DecidedTick, "faultsTold" | "faultsGone"> {
  const known = new Map(view.faults.map(({ name, text }) => [name, withoutReferences(text)]));
  const now = new Set(faults.map(({ name }) => name));
  return {
    faultsTold: faults.filter(({ name, text }) => known.get(name) !== withoutReferences(text)),
    faultsGone: [...known.keys()].filter((name) => !now.has(name)),
  };
}

/** Some errors carry an id that is new each time, which is no change worth a mail a minute. */
function withoutReferences(text: string): string {
  return text.replaceAll(/\b(?=[a-z]*\d)[a-z\d]{12,}\b/gi, "#");
}

function faultText(name: string, text: string): string {
  return [
    `jobs/${name} cannot be run, in whole or in part.`,
    "",
    ...text.split("\n").map((line) => oneLine(line, 1000)),
    "",
    "All other jobs run on. This is told once, until it changes.",
    "",
    "What to do: mend the file, see that `npm run check` is content, and deploy again.",
    "",
  ].join("\n");
}
