import type { JobFrequency, Slot } from "../domain/frequency.ts";
import type { StatusView } from "../domain/instance-status.ts";
import type { JobState } from "../domain/job-state.ts";
import type { LoopbackProbe, LoopbackReceipt } from "../domain/loopback.ts";
import type { LeasedMessage, Message, Settlement } from "../domain/message.ts";
import type {
  JobFault,
  Report,
  StatusChange,
  Store,
  TickCommit,
  TickRecord,
  TickView,
} from "../domain/ports.ts";

interface Row {
  readonly message: Message;
  attempts: number;
  nextAttemptAtMs: number;
  lastError: string | null;
  acceptedAtMs: number | null;
  setAsideAtMs: number | null;
  closed: boolean;
}

/** A store that forgets: for `npm run job`, and for tests of everything above the database. */
export class MemoryStore implements Store {
  readonly #claims = new Map<JobFrequency, { slot: number; atMs: number; done: number }>();
  readonly #states = new Map<string, JobState>();
  readonly #faults = new Map<string, string>();
  readonly #probes: LoopbackProbe[] = [];
  readonly #ticks: (TickRecord & { id: number })[] = [];
  readonly #changes: (StatusChange & { id: number })[] = [];
  readonly #messages = new Map<string, Row>();
  #version = 0;

  async claim(slots: readonly Slot[], nowMs: number, leaseMs: number): Promise<readonly Slot[]> {
    return slots.filter(({ frequency, atMs }) => {
      const claim = this.#claims.get(frequency) ?? { slot: -1, atMs: -1, done: -1 };
      const abandoned = claim.slot === atMs && claim.done < atMs && claim.atMs <= nowMs - leaseMs;
      if (claim.slot >= atMs && !abandoned) return false;
      this.#claims.set(frequency, { slot: atMs, atMs: nowMs, done: claim.done });
      return true;
    });
  }

  async readTick(): Promise<TickView> {
    return {
      version: this.#version,
      states: new Map(this.#states),
      doneSlots: new Map([...this.#claims].map(([frequency, { done }]) => [frequency, done])),
      faults: [...this.#faults].map(([name, text]): JobFault => ({ name, text })),
    };
  }

  async commit(commit: TickCommit): Promise<"committed" | "conflict"> {
    if (commit.version !== this.#version) return "conflict";
    this.#version += 1;
    for (const [job, state] of commit.states) this.#states.set(job, state);
    for (const change of commit.changes) this.#changes.push({ ...change, id: this.#changes.length + 1 });
    for (const message of commit.messages) {
      this.#messages.set(message.id, {
        message,
        attempts: 0,
        nextAttemptAtMs: 0,
        lastError: null,
        acceptedAtMs: null,
        setAsideAtMs: null,
        closed: false,
      });
    }
    this.#probes.push(...commit.probes);
    for (const { name, text } of commit.faultsTold) this.#faults.set(name, text);
    for (const name of commit.faultsGone) this.#faults.delete(name);
    for (const { frequency, atMs } of commit.slotsDone) {
      const claim = this.#claims.get(frequency);
      if (claim !== undefined) claim.done = atMs;
    }
    this.#ticks.push({ ...commit.tick, id: this.#ticks.length + 1 });
    return "committed";
  }

  async recentProbes(limit: number): Promise<readonly LoopbackProbe[]> {
    return this.#probes
      .map((probe) => {
        const row = this.#messages.get(probe.messageId);
        return { ...probe, sendError: row?.acceptedAtMs === null ? row.lastError : null };
      })
      .toSorted((a, b) => b.sentAtMs - a.sentAtMs)
      .slice(0, limit);
  }

  async receiveProbe(token: string, nowMs: number, timeoutMs: number): Promise<LoopbackReceipt> {
    const index = this.#probes.findIndex((probe) => probe.token === token);
    const probe = this.#probes[index];
    if (probe === undefined) return "unknown";
    if (probe.returnedAtMs !== null) return "already returned";
    if (probe.sentAtMs <= nowMs - timeoutMs) return "too late";
    this.#probes[index] = { ...probe, returnedAtMs: nowMs };
    return "proven";
  }

  async leaseMessages(nowMs: number, leaseMs: number, limit: number): Promise<readonly LeasedMessage[]> {
    const due = [...this.#messages.values()]
      .filter((row) => !row.closed && row.nextAttemptAtMs <= nowMs)
      .toSorted((a, b) => a.message.decidedAtMs - b.message.decidedAtMs)
      .slice(0, limit);
    for (const row of due) row.nextAttemptAtMs = nowMs + leaseMs;
    return due.map((row) => ({ ...row.message, attempts: row.attempts }));
  }

  async settleMessages(settlements: readonly Settlement[]): Promise<void> {
    for (const settlement of settlements) {
      const row = this.#messages.get(settlement.id);
      if (row === undefined || row.closed) continue;
      row.attempts += 1;
      row.closed = settlement.kind !== "retry";
      row.lastError = settlement.kind === "accepted" ? null : settlement.error;
      if (settlement.kind === "retry") row.nextAttemptAtMs = settlement.nextAttemptAtMs;
      if (settlement.kind === "accepted") row.acceptedAtMs = settlement.atMs;
      if (settlement.kind === "set aside") row.setAsideAtMs = settlement.atMs;
    }
  }

  async readStatus(): Promise<StatusView> {
    const rows = [...this.#messages.values()];
    const waiting = rows.filter((row) => !row.closed && row.message.token === null);
    const refused = waiting.filter((row) => row.attempts > 0);
    return {
      lastTickFinishedAtMs: this.#ticks.at(-1)?.finishedAtMs ?? null,
      probes: await this.recentProbes(5),
      oldestWaitingAtMs: least(waiting.map((row) => row.message.decidedAtMs)),
      oldestRefusedAtMs: least(refused.map((row) => row.message.decidedAtMs)),
      lastSetAsideAtMs: rows.reduce<number | null>(
        (newest, { setAsideAtMs }) =>
          setAsideAtMs === null ? newest : Math.max(setAsideAtMs, newest ?? setAsideAtMs),
        null,
      ),
    };
  }

  /** Nothing outlives the process anyway. */
  async prune(_nowMs: number): Promise<void> {}

  async readReport(afterTickId: number, afterChangeId: number): Promise<Report> {
    return {
      ticks: this.#ticks.filter((tick) => tick.id > afterTickId).slice(0, 100),
      changes: this.#changes.filter((change) => change.id > afterChangeId).slice(0, 100),
    };
  }
}

function least(values: readonly number[]): number | null {
  return values.length === 0 ? null : Math.min(...values);
}
