import type { Acknowledgement, Suppressions } from "../../../src/alerting/suppression.ts";
import { NEWEST_ACTIONS, type AuditRecord, type ManualRun } from "../../../src/alerting/audit.ts";
import type { DecisionRecord, DecisionLogEntry } from "../../../src/alerting/decision-log.ts";
import type { UndeliveredNotification } from "../../../src/alerting/undelivered.ts";
import type { MemoryOutbox } from "./outbox.ts";
import type { StateChange } from "../../../src/admin/ports.ts";

/** What the owner said and did, and why he was told or was not. */
export class MemoryOwner {
  readonly #outbox: MemoryOutbox;
  readonly #actions: AuditRecord[] = [];
  readonly #decisions = new Map<string, DecisionRecord>();
  readonly #silences = new Map<string | null, number>();
  readonly #acknowledged = new Map<string, number>();

  constructor(outbox: MemoryOutbox) {
    this.#outbox = outbox;
  }

  record(action: AuditRecord): void {
    this.#actions.unshift(action);
  }

  decided(decision: DecisionRecord): void {
    this.#decisions.set(`${decision.jobKey} ${decision.atMs}`, decision);
  }

  forget(resolvedAcknowledgements: readonly Acknowledgement[]): void {
    for (const { jobKey, firstFailureAtMs } of resolvedAcknowledgements) {
      if (this.#acknowledged.get(jobKey) === firstFailureAtMs) this.#acknowledged.delete(jobKey);
    }
  }

  act(action: AuditRecord, effect: StateChange): boolean {
    const done = this.#take(effect, action.atMs);
    if (done) this.record(action);
    return done;
  }

  word(): Suppressions {
    return {
      silences: [...this.#silences].map(([job, untilMs]) => ({ jobKey: job, untilMs })),
      acknowledgements: [...this.#acknowledged].map(([job, firstFailureAtMs]) => ({
        jobKey: job,
        firstFailureAtMs,
      })),
    };
  }

  asked(): readonly ManualRun[] {
    return this.#actions
      .slice(0, NEWEST_ACTIONS)
      .flatMap(({ kind, jobKey, atMs }) => (kind === "run" && jobKey !== null ? [{ jobKey, atMs }] : []));
  }

  /** As `UNDELIVERED_NOTIFICATIONS` of d1/unreached.ts. */
  unreached(): readonly UndeliveredNotification[] {
    const last = new Map<string, DecisionRecord>();
    for (const decision of this.#decisions.values()) {
      const known = last.get(decision.jobKey);
      if (decision.notification !== null && (known === undefined || known.atMs < decision.atMs))
        last.set(decision.jobKey, decision);
    }
    return [...last.values()].flatMap(({ jobKey, atMs, notification, messages }) => {
      const mails = messages.map((id) => this.#outbox.tracedMail(id));
      const isReached = mails.some((mail) => mail === null || mail.failedAtMs === null);
      if (notification === "recovery" || mails.length === 0 || isReached) return [];
      return [{ jobKey, atMs, recipients: mails.flatMap((mail) => mail?.to ?? []) }];
    });
  }

  actions(job: string | null, limit: number): readonly AuditRecord[] {
    return this.#actions.filter((action) => action.jobKey === job).slice(0, limit);
  }

  trace(job: string, limit: number): readonly DecisionLogEntry[] {
    return [...this.#decisions.values()]
      .filter((decision) => decision.jobKey === job)
      .toSorted((a, b) => b.atMs - a.atMs)
      .slice(0, limit)
      .map(({ messages, ...decision }) => ({
        ...decision,
        mails: messages.flatMap((id) => this.#outbox.tracedMail(id) ?? []),
      }));
  }

  /** False where there is nothing to do. */
  #take(effect: StateChange, nowMs: number): boolean {
    switch (effect.kind) {
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
