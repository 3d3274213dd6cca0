import type { DayUsage } from "../../../src/usage/usage.ts";
import { latestPossible, type JobFrequency, type Slot } from "../../../src/core/time/frequency.ts";
import type { StatusView } from "../../../src/self-check/instance-status.ts";
import { mergeCounters, type FailureCounters, type JobState } from "../../../src/alerting/job-state.ts";
import type { LoopbackMail, LoopbackResult } from "../../../src/self-check/loopback.ts";
import type { OpenMaintenance } from "../../../src/alerting/maintenance.ts";
import type { DeliveryResult } from "../../../src/mail/message.ts";
import type { OutboxEntry, WaitingRecipient } from "../../../src/mail/outbox.ts";
import type { RecipientState } from "../../../src/mail/recipient.ts";
import type { AuditRecord } from "../../../src/alerting/audit.ts";
import type { DecisionLogEntry } from "../../../src/alerting/decision-log.ts";
import type { AcceptedMessage } from "../../../src/mail/inbound/bounce.ts";
import { MemoryHistory } from "./history.ts";
import { MemoryOutbox } from "./outbox.ts";
import { MemoryOwner } from "./owner.ts";
import { MemoryPings } from "./pings.ts";
import type { Gap } from "../../../src/core/gap.ts";
import type { CorruptRow } from "../../../src/core/corrupt-row.ts";
import type { Lease } from "../../../src/mail/ports.ts";
import type { JobLoadError, NotifiedLoadError } from "../../../src/job-loading/load-error.ts";
import type { StatusChange, TickRecord } from "../../../src/scheduling/tick-record.ts";
import type { TickView, TickCommit } from "../../../src/scheduling/ports.ts";
import type { RecordPage, Report, ReportFrom } from "../../../src/status/ports.ts";
import type { Store } from "../../../src/storage/store.ts";
import type { InstanceView } from "../../../src/status/instance-view.ts";
import type { StateChange } from "../../../src/admin/ports.ts";

/** A store in memory, for tests of everything above the database. The contract tests prove that it does what D1 does. */
export class MemoryStore implements Store {
  readonly #claims = new Map<JobFrequency, { slot: number; atMs: number; done: number }>();
  readonly #states = new Map<string, JobState>();
  readonly #faults = new Map<string, string>();
  readonly #notifiedLoadErrors = new Map<string, NotifiedLoadError>();
  readonly #probes: LoopbackMail[] = [];
  #counts: FailureCounters = new Map();
  #churning: ReadonlyMap<string, JobState> = new Map();
  #usage: DayUsage | null = null;
  readonly #ticks: (TickRecord & { id: number })[] = [];
  readonly #changes: (StatusChange & { id: number })[] = [];
  readonly #gaps: (Gap & { id: number })[] = [];
  readonly #outbox = new MemoryOutbox();
  readonly #owner = new MemoryOwner(this.#outbox);
  #maintenance: readonly OpenMaintenance[] = [];
  /** What history there is, to be read and to be rolled up. */
  readonly history = new MemoryHistory(this.#states, () => this.#lastCompletedSlots());
  /** Heartbeats of the same instance. */
  readonly pings = new MemoryPings(() => this.#lastCompletedSlots());
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
  async repairClaims(_nowMs: number): Promise<readonly CorruptRow[]> {
    return [];
  }

  async readTick(_nowMs: number): Promise<TickView> {
    return {
      version: this.#version,
      ...mergeCounters(this.#states, this.#counts),
      churning: this.#churning,
      lastCompletedSlots: this.#lastCompletedSlots(),
      loadErrors: [...this.#faults].map(([name, text]): JobLoadError => ({ name, message: text })),
      notifiedLoadErrors: [...this.#notifiedLoadErrors.values()],
      usage: this.#usage,
      blocks: this.history.blocks,
      newestBlock: this.history.newestBlock,
      suppressions: this.#owner.word(),
      manualRuns: this.#owner.asked(),
      undelivered: this.#owner.unreached(),
      crowded: this.#outbox.crowded(),
      corruptRows: [],
    };
  }

  async commit(commit: TickCommit): Promise<"committed" | "conflict"> {
    if (commit.version !== this.#version) return "conflict";
    this.#version += 1;
    this.#usage = commit.usage ?? this.#usage;
    this.#maintenance = commit.maintenance;
    if (commit.action !== null) this.#owner.record(commit.action);
    this.#owner.forget(commit.resolvedAcknowledgements);
    for (const decision of commit.decisions) this.#owner.decided(decision);
    for (const [job, state] of [...commit.states, ...commit.churning]) this.#states.set(job, state);
    this.#churning = commit.churning;
    this.#counts = commit.failureCounters;
    for (const change of commit.changes) this.#changes.push({ ...change, id: this.#changes.length + 1 });
    for (const message of commit.messages) this.#outbox.add(message);
    this.#probes.push(...commit.loopbacks);
    for (const { name, message: text } of commit.newLoadErrors) this.#faults.set(name, text);
    for (const name of commit.resolvedLoadErrors) this.#faults.delete(name);
    const keyOf = ({ name, message }: JobLoadError): string => JSON.stringify([name, message]);
    for (const notice of commit.notifiedLoadErrors) this.#notifiedLoadErrors.set(keyOf(notice), notice);
    for (const fault of commit.resolvedNotifiedErrors) this.#notifiedLoadErrors.delete(keyOf(fault));
    for (const { frequency, atMs } of commit.completedSlots) {
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
    this.pings.forgetFailures(commit.reportedFailures);
    return "committed";
  }

  #lastCompletedSlots(): ReadonlyMap<JobFrequency, number> {
    return new Map([...this.#claims].map(([frequency, { done }]) => [frequency, done]));
  }

  async recentLoopbacks(limit: number): Promise<readonly LoopbackMail[]> {
    return this.#probes
      .map((probe) => ({ ...probe, sendError: this.#outbox.errorOf(probe.messageId) }))
      .toSorted((a, b) => b.sentAtMs - a.sentAtMs)
      .slice(0, limit);
  }

  async receiveLoopback(token: string, nowMs: number, timeoutMs: number): Promise<LoopbackResult> {
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

  async recordDeliveries(
    settlements: readonly DeliveryResult[],
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
      loopbacks: await this.recentLoopbacks(5),
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
      loadErrors: [...this.#faults]
        .map(([name, text]) => ({ name, message: text }))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
      maintenance: this.#maintenance,
      suppressions: this.#owner.word(),
    };
  }

  async readDecisionLog(job: string, limit: number): Promise<readonly DecisionLogEntry[]> {
    return this.#owner.trace(job, limit);
  }

  async readAuditLog(job: string | null, limit: number): Promise<readonly AuditRecord[]> {
    return this.#owner.actions(job, limit);
  }

  async act(action: AuditRecord, effect: StateChange): Promise<boolean> {
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
