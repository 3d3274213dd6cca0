import type { MailError, Message } from "../../../src/mail/message.ts";

/** A row of the table `message`. */
export interface Row {
  readonly message: Message;
  attempts: number;
  unfinished: number;
  isLeased: boolean;
  nextAttemptAtMs: number;
  held: boolean;
  lastError: MailError | null;
  mailId: string | null;
  acceptedAtMs: number | null;
  failedAtMs: number | null;
  closed: boolean;
}

export const NEW_ATTEMPTS = {
  closed: false,
  failedAtMs: null,
  held: false,
  attempts: 0,
  unfinished: 0,
  nextAttemptAtMs: 0,
};

export function isInOutbox(row: Row): boolean {
  return (!row.closed && isForPerson(row)) || row.failedAtMs !== null;
}

export function newestFirst(a: Row, b: Row): number {
  return b.message.decidedAtMs - a.message.decidedAtMs || (a.message.id < b.message.id ? -1 : 1);
}

/** Probes are for Checker itself. */
export function isForPerson({ message }: Pick<Row, "message">): boolean {
  return message.token === null;
}

export function least(rows: readonly Row[]): number | null {
  return rows.length === 0 ? null : Math.min(...rows.map(({ message }) => message.decidedAtMs));
}
