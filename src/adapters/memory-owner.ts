import type { Acknowledgement, OwnersWord } from "../domain/hush.ts";
import { NEWEST_ACTIONS, type ActionRecord, type AskedRun, type Effect } from "../domain/owner.ts";
import type { DecisionRecord, TraceEntry } from "../domain/trace.ts";
import type { Unreached } from "../domain/unreached.ts";
import type { MemoryOutbox } from "./memory-outbox.ts";

/** What the owner said and did, and why he was told or was not. */
export class MemoryOwner {
  readonly #outbox: MemoryOutbox;
  readonly #actions: ActionRecord[] = [];
  readonly #decisions = new Map<string, DecisionRecord>();
  readonly #silences = new Map<string | null, number>();
  readonly #acknowledged = new Map<string, number>();

  constructor(outbox: MemoryOutbox) {
    this.#outbox = outbox;
  }

  record(action: ActionRecord): void {
    this.#actions.unshift(action);
  }

  decided(decision: DecisionRecord): void {
    this.#decisions.set(`${decision.job} ${decision.atMs}`, decision);
  }

  forget(outlived: readonly Acknowledgement[]): void {
    for (const { job, firstFailureAtMs } of outlived) {
      if (this.#acknowledged.get(job) === firstFailureAtMs) this.#acknowledged.delete(job);
    }
  }

  act(action: ActionRecord, effect: Effect): boolean {
    const done = this.#take(effect, action.atMs);
    if (done) this.record(action);
    return done;
  }

  word(): OwnersWord {
    return {
      silences: [...this.#silences].map(([job, untilMs]) => ({ job, untilMs })),
      acknowledgements: [...this.#acknowledged].map(([job, firstFailureAtMs]) => ({ job, firstFailureAtMs })),
    };
  }

  asked(): readonly AskedRun[] {
    return this.#actions
      .slice(0, NEWEST_ACTIONS)
      .flatMap(({ kind, job, atMs }) => (kind === "run" && job !== null ? [{ job, atMs }] : []));
  }

  /** As `UNREACHED` of d1/unreached.ts. */
  unreached(): readonly Unreached[] {
    const last = new Map<string, DecisionRecord>();
    for (const decision of this.#decisions.values()) {
      const known = last.get(decision.job);
      if (decision.notice !== null && (known === undefined || known.atMs < decision.atMs))
        last.set(decision.job, decision);
    }
    return [...last.values()].flatMap(({ job, atMs, notice, messages }) => {
      const mails = messages.map((id) => this.#outbox.tracedMail(id));
      const isReached = mails.some((mail) => mail === null || mail.setAsideAtMs === null);
      if (notice === "recovery" || mails.length === 0 || isReached) return [];
      return [{ job, atMs, recipients: mails.flatMap((mail) => mail?.to ?? []) }];
    });
  }

  actions(job: string | null, limit: number): readonly ActionRecord[] {
    return this.#actions.filter((action) => action.job === job).slice(0, limit);
  }

  trace(job: string, limit: number): readonly TraceEntry[] {
    return [...this.#decisions.values()]
      .filter((decision) => decision.job === job)
      .toSorted((a, b) => b.atMs - a.atMs)
      .slice(0, limit)
      .map(({ messages, ...decision }) => ({
        ...decision,
        mails: messages.flatMap((id) => this.#outbox.tracedMail(id) ?? []),
      }));
  }

  /** False where there is nothing to do. */
  #take(effect: Effect, nowMs: number): boolean {
    switch (effect.kind) {
      case "none":
        return true;
      case "silence":
        this.#silences.set(effect.job, effect.untilMs);
        return true;
      case "end silence":
        return this.#silences.delete(effect.job);
      case "acknowledge": {
        const isNew = this.#acknowledged.get(effect.job) !== effect.firstFailureAtMs;
        this.#acknowledged.set(effect.job, effect.firstFailureAtMs);
        return isNew;
      }
      case "mail":
        for (const message of effect.messages) this.#outbox.add(message);
        return effect.messages.length > 0;
      case "retry message":
        return this.#outbox.retry(effect.id, nowMs);
      case "drop message":
        return this.#outbox.drop((message) => message.id === effect.id);
      case "drop messages":
        return this.#outbox.drop((message) => message.to.toLowerCase() === effect.to.toLowerCase());
    }
  }
}
