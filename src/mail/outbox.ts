import type { MailError } from "./message.ts";

/** A message that was not told yet, or not at all, as its owner sees it. Times are Unix ms. */
export interface OutboxEntry {
  readonly id: string;
  /** `waiting`: for its first or next attempt; `held`: for the limit of mails an hour; `set aside`: given up. */
  readonly state: "waiting" | "throttled" | "failed";
  readonly to: string;
  readonly subject: string;
  readonly body: string;
  /** State names of the jobs that it is about. */
  readonly jobs: readonly string[];
  readonly decidedAtMs: number;
  readonly attempts: number;
  /** Null for what was set aside. */
  readonly nextAttemptAtMs: number | null;
  readonly failedAtMs: number | null;
  readonly lastError: MailError | null;
}

/** Somebody for whom messages wait. */
export interface WaitingRecipient {
  readonly to: string;
  /** Temporary refusals in a row. */
  readonly refusals: number;
  /** Unix ms; 0 where nothing was refused. */
  readonly nextAttemptAtMs: number;
}

/** Mails of jobs, besides their alerts, that are kept for one recipient: what cannot be sent must not fill the database. */
export const MAX_WAITING_MAILS = 100;
