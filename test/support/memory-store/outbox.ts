import { HOUR_MS } from "../../../src/core/time/frequency.ts";
import type { StatusView } from "../../../src/self-check/instance-status.ts";
import {
  GIVE_UP_AFTER_MS,
  GIVEN_UP,
  MIN_ATTEMPTS,
  priorityOf,
  SUSPECT_AFTER,
  type MailError,
  type Message,
  type DigestItem,
  type DeliveryResult,
} from "../../../src/mail/message.ts";
import { MAX_WAITING_MAILS, type OutboxEntry, type WaitingRecipient } from "../../../src/mail/outbox.ts";
import { NEW_RECIPIENT, type RecipientState } from "../../../src/mail/recipient.ts";
import type { LoggedMail } from "../../../src/alerting/decision-log.ts";
import type { AcceptedMessage } from "../../../src/mail/inbound/bounce.ts";
import { isForPerson, isInOutbox, least, NEW_ATTEMPTS, newestFirst, type Row } from "./message.ts";
import type { Lease } from "../../../src/mail/ports.ts";
import type { InstanceView } from "../../../src/status/instance-view.ts";

/** The messages of a MemoryStore. */
export class MemoryOutbox {
  readonly #rows = new Map<string, Row>();
  readonly #recipients = new Map<string, RecipientState>();

  add(message: Message): void {
    this.#rows.set(message.id, {
      message,
      attempts: 0,
      unfinished: 0,
      isLeased: false,
      nextAttemptAtMs: 0,
      held: false,
      lastError: null,
      mailId: null,
      acceptedAtMs: null,
      failedAtMs: null,
      closed: false,
    });
  }

  /** As `LEASE` of d1/lease.ts, but for the limit of bytes. */
  lease(nowMs: number, leaseMs: number, limit: number): Lease {
    const due = this.#due(nowMs).filter((row) => row.unfinished < SUSPECT_AFTER);
    const byPerson = Map.groupBy(
      due.toSorted((a, b) => priorityOf(a.message) - priorityOf(b.message) || newestFirst(a, b)),
      ({ message }) => `${isForPerson({ message })} ${message.to}`,
    );
    const place = new Map(
      [...byPerson.values()].flatMap((rows) => rows.map((row, index) => [row, index] as const)),
    );
    const refuses = ({ message }: Row): number =>
      Number((this.#recipients.get(message.to)?.refusals ?? 0) > 0);
    const turn = due.toSorted(
      (a, b) =>
        Number(isForPerson(a)) - Number(isForPerson(b)) ||
        (place.get(a) ?? 0) - (place.get(b) ?? 0) ||
        priorityOf(a.message) - priorityOf(b.message) ||
        refuses(a) - refuses(b) ||
        newestFirst(a, b),
    );
    return this.#take(turn.slice(0, limit), nowMs + leaseMs);
  }

  /** As `LEASE_SUSPECT`. */
  leaseSuspect(nowMs: number, leaseMs: number): Lease {
    const [first, ...others] = this.#due(nowMs).filter((row) => row.unfinished >= SUSPECT_AFTER);
    if (first === undefined) return { messages: [], recipients: new Map() };
    const row = others.reduce((least, one) => (one.unfinished < least.unfinished ? one : least), first);
    const delayMs = Math.min(HOUR_MS, leaseMs * 2 ** Math.min(row.unfinished - SUSPECT_AFTER, 4));
    return this.#take([row], nowMs + delayMs);
  }

  #due(nowMs: number): Row[] {
    return [...this.#rows.values()].filter(
      (row) =>
        !row.closed &&
        row.nextAttemptAtMs <= nowMs &&
        (!isForPerson(row) || (this.#recipients.get(row.message.to)?.nextAttemptAtMs ?? 0) <= nowMs),
    );
  }

  #take(rows: readonly Row[], untilMs: number): Lease {
    for (const row of rows) {
      row.attempts += 1;
      row.unfinished += 1;
      row.isLeased = true;
      row.nextAttemptAtMs = untilMs;
    }
    const addresses = new Set(rows.map(({ message }) => message.to));
    return {
      messages: rows
        .map(({ message, attempts, unfinished, lastError, held }) => {
          return { ...message, attempts, unfinished, lastError, throttled: held };
        })
        .toSorted((a, b) => a.decidedAtMs - b.decidedAtMs || (a.id < b.id ? -1 : 1)),
      recipients: new Map([...this.#recipients].filter(([to]) => addresses.has(to))),
    };
  }

  /** What was refused for days is given up, though only the newest was tried. */
  prune(nowMs: number): void {
    for (const row of this.#rows.values()) {
      const { to, decidedAtMs } = row.message;
      const refusals = this.#recipients.get(to)?.refusals ?? 0;
      if (row.closed || !isForPerson(row) || refusals < MIN_ATTEMPTS) continue;
      if (nowMs - decidedAtMs <= GIVE_UP_AFTER_MS) continue;
      row.lastError ??= GIVEN_UP;
      Object.assign(row, { closed: true, failedAtMs: nowMs });
    }
  }

  /** @returns what was accepted by this, and when */
  settle(
    settlements: readonly DeliveryResult[],
    recipients: ReadonlyMap<string, RecipientState>,
  ): readonly { readonly parts: readonly DigestItem[]; readonly acceptedAtMs: number }[] {
    const told: { parts: readonly DigestItem[]; acceptedAtMs: number }[] = [];
    for (const [to, state] of recipients) this.#recipients.set(to, state);
    for (const settlement of settlements) {
      const row = this.#rows.get(settlement.id);
      if (row === undefined || row.closed) continue;
      row.attempts = settlement.attempts;
      row.isLeased = false;
      row.unfinished = "unfinished" in settlement ? settlement.unfinished : 0;
      row.held = settlement.kind === "throttled";
      row.closed = !["retry", "throttled", "returned"].includes(settlement.kind);
      if (!("unfinished" in settlement)) row.lastError = "error" in settlement ? settlement.error : null;
      if (settlement.kind === "returned") row.nextAttemptAtMs = 0;
      if (settlement.kind === "retry") row.nextAttemptAtMs = settlement.nextAttemptAtMs;
      if (settlement.kind === "throttled") row.nextAttemptAtMs = settlement.untilMs;
      if (settlement.kind === "accepted") {
        row.acceptedAtMs = settlement.atMs;
        row.mailId = settlement.mailId;
        told.push({ parts: row.message.items, acceptedAtMs: settlement.atMs });
      }
      if (settlement.kind === "failed") row.failedAtMs = settlement.atMs;
    }
    return told;
  }

  findAccepted(mailIds: readonly string[], sinceMs: number): readonly AcceptedMessage[] {
    return [...this.#rows.values()].flatMap(({ message, mailId, acceptedAtMs }) => {
      if (message.token !== null || mailId === null || !mailIds.includes(mailId)) return [];
      if (acceptedAtMs === null || acceptedAtMs <= sinceMs) return [];
      return [{ id: message.id, to: message.to, subject: message.subject, acceptedAtMs }];
    });
  }

  /** False where none of them counts as accepted. */
  failAccepted(ids: readonly string[], lastError: MailError, nowMs: number): boolean {
    const rows = ids.flatMap((id) => this.#rows.get(id) ?? []);
    const failed = rows.filter(({ acceptedAtMs }) => acceptedAtMs !== null);
    for (const row of failed) Object.assign(row, { acceptedAtMs: null, failedAtMs: nowMs, lastError });
    return failed.length > 0;
  }

  /** Null for what was never there. */
  tracedMail(id: string): LoggedMail | null {
    const row = this.#rows.get(id);
    if (row === undefined) return null;
    const { message, acceptedAtMs, failedAtMs, held: isThrottled } = row;
    return { to: message.to, acceptedAtMs, failedAtMs, isThrottled };
  }

  /** Lets a message that waits or was given up be sent next. False where there is no such message. */
  retry(id: string, nowMs: number): boolean {
    const row = this.#rows.get(id);
    if (row === undefined || !isInOutbox(row)) return false;
    const state = this.#recipients.get(row.message.to);
    const isLate = row.nextAttemptAtMs > nowMs || (state?.nextAttemptAtMs ?? 0) > nowMs;
    if (row.failedAtMs === null && (row.isLeased || !isLate)) return false;
    Object.assign(row, NEW_ATTEMPTS);
    if (state !== undefined) this.#recipients.set(row.message.to, { ...state, nextAttemptAtMs: 0 });
    return true;
  }

  /** Forgets messages that wait or were given up. False where there are none. */
  drop(isMeant: (message: Message) => boolean): boolean {
    const rows = [...this.#rows.values()].filter((row) => isInOutbox(row) && isMeant(row.message));
    for (const { message } of rows) this.#rows.delete(message.id);
    return rows.length > 0;
  }

  /** What the mail service said of a message that it has not taken, or null. */
  errorOf(messageId: string): string | null {
    const row = this.#rows.get(messageId);
    if (row === undefined || row.acceptedAtMs !== null || row.lastError === null) return null;
    return `${row.lastError.code}: ${row.lastError.reason}`;
  }

  entry(id: string): OutboxEntry | null {
    const row = this.#rows.get(id);
    return row === undefined || !isInOutbox(row) ? null : this.#shown(row);
  }

  /** Recipients for whom something waits, in the order of their addresses. */
  recipients(): readonly WaitingRecipient[] {
    const waiting = [...this.#rows.values()].filter((row) => !row.closed && isForPerson(row));
    return [...new Set(waiting.map(({ message }) => message.to))].toSorted().map((to) => {
      const { refusals, nextAttemptAtMs } = this.#recipients.get(to) ?? NEW_RECIPIENT;
      return { to, refusals, nextAttemptAtMs };
    });
  }

  crowded(): readonly string[] {
    const mails = [...this.#rows.values()].filter((row) => !row.closed && priorityOf(row.message) === 2);
    const byRecipient = Map.groupBy(mails, ({ message }) => message.to);
    return [...byRecipient].flatMap(([to, own]) => (own.length >= MAX_WAITING_MAILS ? [to] : []));
  }

  entries(
    limit: number,
    after: Pick<OutboxEntry, "decidedAtMs" | "id"> | null = null,
  ): readonly OutboxEntry[] {
    return [...this.#rows.values()]
      .filter(isInOutbox)
      .filter(
        ({ message: { decidedAtMs, id } }) =>
          after === null ||
          decidedAtMs < after.decidedAtMs ||
          (decidedAtMs === after.decidedAtMs && id > after.id),
      )
      .toSorted(
        (a, b) => b.message.decidedAtMs - a.message.decidedAtMs || (a.message.id < b.message.id ? -1 : 1),
      )
      .slice(0, limit)
      .map((row) => this.#shown(row));
  }

  #shown({ message, attempts, nextAttemptAtMs, held, failedAtMs, lastError }: Row): OutboxEntry {
    const ofRecipient = this.#recipients.get(message.to)?.nextAttemptAtMs ?? 0;
    return {
      id: message.id,
      state: failedAtMs !== null ? "failed" : held ? "throttled" : "waiting",
      to: message.to,
      subject: message.subject,
      body: message.body,
      jobs: [...new Set(message.items.flatMap(({ jobKey }) => jobKey ?? []))],
      decidedAtMs: message.decidedAtMs,
      attempts,
      nextAttemptAtMs: failedAtMs === null ? Math.max(nextAttemptAtMs, ofRecipient) : null,
      failedAtMs,
      lastError,
    };
  }

  counts(): InstanceView["outbox"] {
    const count = (state: OutboxEntry["state"]): number =>
      this.entries(Infinity).filter((entry) => entry.state === state).length;
    return { waiting: count("waiting"), throttled: count("throttled"), failed: count("failed") };
  }

  status(): Pick<StatusView, "oldestWaitingAtMs" | "oldestRefusedAtMs" | "lastFailedAtMs"> {
    const rows = [...this.#rows.values()];
    const waiting = rows.filter((row) => !row.closed && !row.held && isForPerson(row));
    const failed = rows.flatMap((row) => row.failedAtMs ?? []);
    return {
      oldestWaitingAtMs: least(waiting),
      oldestRefusedAtMs: least(waiting.filter((row) => row.attempts > row.unfinished)),
      lastFailedAtMs: failed.length === 0 ? null : Math.max(...failed),
    };
  }
}
