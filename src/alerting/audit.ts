/** What the owner may do besides looking. */
export type ActionKind =
  | "run"
  | "acknowledge"
  | "silence"
  | "end silence"
  | "test mail"
  | "retry message"
  | "drop message"
  | "drop messages";

/** What was done, as it is kept. */
export interface AuditRecord {
  /** Unix ms. */
  readonly atMs: number;
  readonly kind: ActionKind;
  /** State name of the job that it concerns; null for none, or for all. */
  readonly jobKey: string | null;
  /** Of the job, or of what else it concerns, such as a subject. */
  readonly name: string;
  /** What came of it, or until when; "" for nothing more. */
  readonly detail: string;
  /** Who did it, as far as that is known. */
  readonly by: string;
}

/** Longest silence, ms: what is silenced for ever is watched by nobody. */
export const MAX_SILENCE_MS = 31 * 24 * 60 * 60 * 1000;

/** Among so many things that the owner did last, a tick looks for runs that he asked for. */
export const NEWEST_ACTIONS = 20;

export interface ManualRun {
  readonly jobKey: string;
  /** When it began, Unix ms. */
  readonly atMs: number;
}
