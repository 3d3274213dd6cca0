import type { Message } from "./message.ts";

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
export interface ActionRecord {
  /** Unix ms. */
  readonly atMs: number;
  readonly kind: ActionKind;
  /** State name of the job that it concerns; null for none, or for all. */
  readonly job: string | null;
  /** Of the job, or of what else it concerns, such as a subject. */
  readonly name: string;
  /** What came of it, or until when; "" for nothing more. */
  readonly detail: string;
  /** Who did it, as far as that is known. */
  readonly by: string;
}

/** What an action changes, besides being recorded. Times are Unix ms. */
export type Effect =
  | { readonly kind: "none" }
  | { readonly kind: "silence"; readonly job: string | null; readonly untilMs: number }
  | { readonly kind: "end silence"; readonly job: string | null }
  | { readonly kind: "acknowledge"; readonly job: string; readonly firstFailureAtMs: number }
  | { readonly kind: "mail"; readonly messages: readonly Message[] }
  /** Of a message that waits, is held or was given up. */
  | { readonly kind: "retry message" | "drop message"; readonly id: string }
  /** All of those to one recipient. */
  | { readonly kind: "drop messages"; readonly to: string };

/** Longest silence, ms: what is silenced for ever is watched by nobody. */
export const MAX_SILENCE_MS = 31 * 24 * 60 * 60 * 1000;

/** Among so many things that the owner did last, a tick looks for runs that he asked for. */
export const NEWEST_ACTIONS = 20;

export interface AskedRun {
  readonly job: string;
  /** When it began, Unix ms. */
  readonly atMs: number;
}
