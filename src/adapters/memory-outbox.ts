import type { InstanceView, StatusView } from "../domain/instance-status.ts";
import type { MailError, Message, Part, Settlement } from "../domain/message.ts";
import type { OutboxEntry } from "../domain/outbox.ts";
import type { Lease } from "../domain/ports.ts";
import type { TracedMail } from "../domain/trace.ts";

interface Row {
  readonly message: Message;
  attempts: number;
  nextAttemptAtMs: number;
  leased: boolean;
  held: boolean;
  lastError: MailError | null;
  acceptedAtMs: number | null;
  setAsideAtMs: number | null;
  closed: boolean;
}

/** The messages of a MemoryStore. */
export class MemoryOutbox {
  readonly #rows = new Map<string, Row>();
  readonly #accepted = new Map<string, readonly number[]>();

  add(message: Message): void {
    this.#rows.set(message.id, {
      message,
      attempts: 0,
      nextAttemptAtMs: 0,
      leased: false,
      held: false,
      lastError: null,
      acceptedAtMs: null,
      setAsideAtMs: null,
      closed: false,
    });
  }

  lease(nowMs: number, leaseMs: number, limit: number): Lease {
    const open = [...this.#rows.values()].filter((row) => !row.closed);
    const due = open.filter((row) => row.nextAttemptAtMs <= nowMs);
    const people = new Set(due.filter(isForPerson).map(({ message }) => message.to));
    const taken = open
      .filter(
        (row) =>
          due.includes(row) || (!row.leased && !row.held && isForPerson(row) && people.has(row.message.to)),
      )
      .toSorted(
        (a, b) =>
          Number(isForPerson(a)) - Number(isForPerson(b)) || a.message.decidedAtMs - b.message.decidedAtMs,
      )
      .slice(0, limit)
      .toSorted((a, b) => a.message.decidedAtMs - b.message.decidedAtMs);
    for (const row of taken) Object.assign(row, { leased: true, nextAttemptAtMs: nowMs + leaseMs });
    const recipients = new Set(taken.map(({ message }) => message.to));
    return {
      messages: taken.map(({ message, attempts, lastError, held }) => ({
        ...message,
        attempts,
        lastError,
        held,
      })),
      accepted: new Map([...this.#accepted].filter(([to]) => recipients.has(to))),
    };
  }

  /** @returns what was accepted by this, and when */
  settle(
    settlements: readonly Settlement[],
    accepted: ReadonlyMap<string, readonly number[]>,
  ): readonly { readonly parts: readonly Part[]; readonly acceptedAtMs: number }[] {
    const told: { parts: readonly Part[]; acceptedAtMs: number }[] = [];
    for (const [to, times] of accepted) this.#accepted.set(to, times);
    for (const settlement of settlements) {
      const row = this.#rows.get(settlement.id);
      if (row === undefined || row.closed) continue;
      row.attempts = settlement.attempts;
      row.leased = false;
      row.held = settlement.kind === "held";
      row.closed = settlement.kind !== "retry" && settlement.kind !== "held";
      if (!row.held) row.lastError = "error" in settlement ? settlement.error : null;
      if (settlement.kind === "retry") row.nextAttemptAtMs = settlement.nextAttemptAtMs;
      if (settlement.kind === "held") row.nextAttemptAtMs = settlement.untilMs;
      if (settlement.kind === "accepted") {
        row.acceptedAtMs = settlement.atMs;
        told.push({ parts: row.message.parts, acceptedAtMs: settlement.atMs });
      }
      if (settlement.kind === "set aside") row.setAsideAtMs = settlement.atMs;
    }
    return told;
  }

  /** Null for what was never there. */
  tracedMail(id: string): TracedMail | null {
    const row = this.#rows.get(id);
    if (row === undefined) return null;
    const { message, acceptedAtMs, setAsideAtMs, held: isHeld } = row;
    return { to: message.to, acceptedAtMs, setAsideAtMs, isHeld };
  }

  /** Lets a message that was set aside wait again. False where there is no such message. */
  retry(id: string): boolean {
    const row = this.#rows.get(id);
    if (row === undefined || row.setAsideAtMs === null) return false;
    Object.assign(row, { closed: false, setAsideAtMs: null, held: false, attempts: 0, nextAttemptAtMs: 0 });
    return true;
  }

  /** Forgets a message that was set aside. False where there is no such message. */
  drop(id: string): boolean {
    return (this.#rows.get(id)?.setAsideAtMs ?? null) !== null && this.#rows.delete(id);
  }

  /** What the mail service said of a message that it has not taken, or null. */
  errorOf(messageId: string): string | null {
    const row = this.#rows.get(messageId);
    if (row === undefined || row.acceptedAtMs !== null || row.lastError === null) return null;
    return `${row.lastError.code}: ${row.lastError.reason}`;
  }

  entries(
    limit: number,
    after: Pick<OutboxEntry, "decidedAtMs" | "id"> | null = null,
  ): readonly OutboxEntry[] {
    return [...this.#rows.values()]
      .filter((row) => (!row.closed && isForPerson(row)) || row.setAsideAtMs !== null)
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
      .map(({ message, attempts, nextAttemptAtMs, held, setAsideAtMs, lastError }) => ({
        id: message.id,
        state: setAsideAtMs !== null ? "set aside" : held ? "held" : "waiting",
        to: message.to,
        subject: message.subject,
        body: message.body,
        jobs: [...new Set(message.parts.flatMap(({ job }) => job ?? []))],
        decidedAtMs: message.decidedAtMs,
        attempts,
        nextAttemptAtMs: setAsideAtMs === null ? nextAttemptAtMs : null,
        setAsideAtMs,
        lastError,
      }));
  }

  counts(): InstanceView["outbox"] {
    const count = (state: OutboxEntry["state"]): number =>
      this.entries(Infinity).filter((entry) => entry.state === state).length;
    return { waiting: count("waiting"), held: count("held"), setAside: count("set aside") };
  }

  status(): Pick<StatusView, "oldestWaitingAtMs" | "oldestRefusedAtMs" | "lastSetAsideAtMs"> {
    const rows = [...this.#rows.values()];
    const waiting = rows.filter((row) => !row.closed && !row.held && isForPerson(row));
    const setAside = rows.flatMap((row) => row.setAsideAtMs ?? []);
    return {
      oldestWaitingAtMs: least(waiting),
      oldestRefusedAtMs: least(waiting.filter((row) => row.attempts > 0)),
      lastSetAsideAtMs: setAside.length === 0 ? null : Math.max(...setAside),
    };
  }
}

/** Probes are for Checker itself. */
function isForPerson({ message }: Row): boolean {
  return message.token === null;
}

function least(rows: readonly Row[]): number | null {
  return rows.length === 0 ? null : Math.min(...rows.map(({ message }) => message.decidedAtMs));
}
