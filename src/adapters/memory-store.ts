import type { DayUsage } from "../domain/usage.ts";
import { latestPossible, type JobFrequency, type Slot } from "../domain/frequency.ts";
import type { InstanceView, StatusView } from "../domain/instance-status.ts";
import { withCounts, type FailureCounts, type JobState } from "../domain/job-state.ts";
import type { Gap } from "../domain/ledger.ts";
import type { LoopbackProbe, LoopbackReceipt } from "../domain/loopback.ts";
import type { OpenMaintenance } from "../domain/maintenance.ts";
import type { Settlement } from "../domain/message.ts";
import type { OutboxEntry, WaitingRecipient } from "../domain/outbox.ts";
import type { RecipientState } from "../domain/recipient.ts";
import type { ActionRecord, Effect } from "../domain/owner.ts";
import type { TraceEntry } from "../domain/trace.ts";
import type { AcceptedMessage } from "../domain/undelivered.ts";
import type {
  Damage,
  FaultNotice,
  JobFault,
  Lease,
  RecordPage,
  Report,
  ReportFrom,
  StatusChange,
  Store,
  TickCommit,
  TickRecord,
  TickView,
} from "../domain/ports.ts";
import { MemoryHistory } from "./memory-history.ts";
import { MemoryOutbox } from "./memory-outbox.ts";
import { MemoryOwner } from "./memory-owner.ts";
import { MemoryPings } from "./memory-pings.ts";

/** A store that forgets: for `npm run job`, and for tests of everything above the database. */
export class MemoryStore implements Store {
  readonly #claims = new Map<JobFrequency, { slot: number; atMs: number; done: number }>();
  readonly #states = new Map<string, JobState>();
  readonly #faults = new Map<string, string>();
  readonly #faultNotices = new Map<string, FaultNotice>();
  readonly #probes: LoopbackProbe[] = [];
  #counts: FailureCounts = new Map();
  #unsettled: ReadonlyMap<string, JobState> = new Map();
  #usage: DayUsage | null = null;
  readonly #ticks: (TickRecord & { id: number })[] = [];
  readonly #changes: (StatusChange & { id: number })[] = [];
  readonly #gaps: (Gap & { id: number })[] = [];
  readonly #outbox = new MemoryOutbox();
  readonly #owner = new MemoryOwner(this.#outbox);
  #maintenance: readonly OpenMaintenance[] = [];
  /** What history there is, to be read and to be rolled up. */
  readonly history = new MemoryHistory(this.#states, () => this.#doneSlots());
  /** Heartbeats of the same instance. */
  readonly pings = new MemoryPings(() => this.#doneSlots());
  #version = 0;

  async claim(slots: readonly Slot[], nowMs: number, leaseMs: number): Promise<readonly Slot[]> {
    return slots.filter(({ frequency, atMs }) => {
      const claim = this.#claims.get(frequency) ?? { slot: -1, atMs: -1, done: -1 };
      const isHeld = claim.atMs > nowMs - leaseMs && claim.atMs <= latestPossible(nowMs);
      const abandoned = claim.slot === atMs && claim.done < atMs && !isHeld;
      if (claim.slot >= atMs && !abandoned) return false;
      this.#claims.set(frequency, { slot: atMs, atMs: nowMs, done: claim.done });
      return true;
    });
  }

  /** What only this process writes is never damaged. */
  async repairClaims(_nowMs: number): Promise<readonly Damage[]> {
    return [];
  }

  async readTick(_nowMs: number): Promise<TickView> {
    return {
      version: this.#version,
      ...withCounts(this.#states, this.#counts),
      unsettled: this.#unsettled,
      doneSlots: this.#doneSlots(),
      faults: [...this.#faults].map(([name, text]): JobFault => ({ name, text })),
      faultNotices: [...this.#faultNotices.values()],
      usage: this.#usage,
      lanes: this.history.lanes,
      newestLane: this.history.newestLane,
      word: this.#owner.word(),
      asked: this.#owner.asked(),
      unreached: this.#owner.unreached(),
      crowded: this.#outbox.crowded(),
      damage: [],
    };
  }

  async commit(commit: TickCommit): Promise<"committed" | "conflict"> {
    if (commit.version !== this.#version) return "conflict";
    this.#version += 1;
    this.#usage = commit.usage ?? this.#usage;
    this.#maintenance = commit.maintenance;
    if (commit.action !== null) this.#owner.record(commit.action);
    this.#owner.forget(commit.outlived);
    for (const decision of commit.decisions) this.#owner.decided(decision);
    for (const [job, state] of [...commit.states, ...commit.unsettled]) this.#states.set(job, state);
    this.#unsettled = commit.unsettled;
    this.#counts = commit.counts;
    for (const change of commit.changes) this.#changes.push({ ...change, id: this.#changes.length + 1 });
    for (const message of commit.messages) this.#outbox.add(message);
    this.#probes.push(...commit.probes);
    for (const { name, text } of commit.faultsTold) this.#faults.set(name, text);
    for (const name of commit.faultsGone) this.#faults.delete(name);
    const keyOf = ({ name, text }: JobFault): string => JSON.stringify([name, text]);
    for (const notice of commit.faultNotices) this.#faultNotices.set(keyOf(notice), notice);
    for (const fault of commit.noticesGone) this.#faultNotices.delete(keyOf(fault));
    for (const { frequency, atMs } of commit.slotsDone) {
      const claim = this.#claims.get(frequency) ?? {
        slot: atMs,
        atMs: commit.tick?.startedAtMs ?? atMs,
        done: -1,
      };
      this.#claims.set(frequency, { ...claim, slot: Math.max(claim.slot, atMs), done: atMs });
    }
    for (const gap of commit.gaps) this.#gaps.push({ ...gap, id: this.#gaps.length + 1 });
    if (commit.tick !== null) this.#ticks.push({ ...commit.tick, id: this.#version });
    this.history.add(commit.history);
    this.pings.forgetFailures(commit.failuresSeen);
    return "committed";
  }

  #doneSlots(): ReadonlyMap<JobFrequency, number> {
    return new Map([...this.#claims].map(([frequency, { done }]) => [frequency, done]));
  }

  async recentProbes(limit: number): Promise<readonly LoopbackProbe[]> {
    return this.#probes
      .map((probe) => ({ ...probe, sendError: this.#outbox.errorOf(probe.messageId) }))
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

  async leaseMessages(nowMs: number, leaseMs: number, limit: number): Promise<Lease> {
    return this.#outbox.lease(nowMs, leaseMs, limit);
  }

  async leaseSuspect(nowMs: number, leaseMs: number): Promise<Lease> {
    return this.#outbox.leaseSuspect(nowMs, leaseMs);
  }

  async settleMessages(
    settlements: readonly Settlement[],
    recipients: ReadonlyMap<string, RecipientState> = new Map(),
  ): Promise<void> {
    for (const { parts, acceptedAtMs } of this.#outbox.settle(settlements, recipients)) {
      this.history.accept(parts, acceptedAtMs);
    }
  }

  async findAccepted(mailIds: readonly string[], sinceMs: number): Promise<readonly AcceptedMessage[]> {
    return this.#outbox.findAccepted(mailIds, sinceMs);
  }

  async failAccepted(
    ...[ids, error, nowMs, notifications]: Parameters<Store["failAccepted"]>
  ): Promise<void> {
    if (!this.#outbox.failAccepted(ids, error, nowMs)) return;
    for (const message of notifications) this.#outbox.add(message);
  }

  async readOutbox(...[limit, after]: Parameters<Store["readOutbox"]>): Promise<readonly OutboxEntry[]> {
    return this.#outbox.entries(limit, after ?? null);
  }

  async readMessage(id: string): Promise<OutboxEntry | null> {
    return this.#outbox.entry(id);
  }

  async readWaitingRecipients(limit: number): Promise<readonly WaitingRecipient[]> {
    return this.#outbox.recipients().slice(0, limit);
  }

  async readStatus(): Promise<StatusView> {
    return {
      lastTickFinishedAtMs: this.#ticks.at(-1)?.finishedAtMs ?? null,
      probes: await this.recentProbes(5),
      ...this.#outbox.status(),
    };
  }

  async readInstance(): Promise<InstanceView> {
    return {
      ...(await this.readStatus()),
      version: this.#version,
      lastTick: this.#ticks.at(-1) ?? null,
      outbox: this.#outbox.counts(),
      gaps: this.#gaps
        .filter(({ frequency }) => frequency === "MINUTE")
        .slice(-5)
        .toReversed(),
      faults: [...this.#faults]
        .map(([name, text]) => ({ name, text }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      maintenance: this.#maintenance,
      word: this.#owner.word(),
    };
  }

  async readTrace(job: string, limit: number): Promise<readonly TraceEntry[]> {
    return this.#owner.trace(job, limit);
  }

  async readActions(job: string | null, limit: number): Promise<readonly ActionRecord[]> {
    return this.#owner.actions(job, limit);
  }

  async act(action: ActionRecord, effect: Effect): Promise<boolean> {
    return this.#owner.act(action, effect);
  }

  /** Nothing outlives the process anyway, so nothing is deleted. */
  async prune(nowMs: number): Promise<void> {
    this.#outbox.prune(nowMs);
  }

  async recentTicks(limit: number, before: number | null): Promise<RecordPage<TickRecord>> {
    return recent(this.#ticks, limit, before);
  }

  async recentGaps(limit: number, before: number | null): Promise<RecordPage<Gap>> {
    return recent(this.#gaps, limit, before);
  }

  async readReport(from: ReportFrom): Promise<Report> {
    return {
      ticks: this.#ticks.filter(({ id }) => id > from.tick).slice(0, 100),
      changes: this.#changes.filter(({ id }) => id > from.change).slice(0, 100),
      gaps: this.#gaps.filter(({ id }) => id > from.gap).slice(0, 100),
    };
  }
}

function recent<T>(
  kept: readonly (T & { readonly id: number })[],
  limit: number,
  before: number | null,
): RecordPage<T> {
  const older = kept.filter(({ id }) => before === null || id < before).toReversed();
  return {
    records: older.slice(0, limit),
    before: older.length > limit ? (older[limit - 1]?.id ?? null) : null,
  };
}
