/** What admin commands need from the database. Adapters implement these. */
import type { AuditRecord } from "../alerting/audit.ts";
import type { OutboxEntry } from "../mail/outbox.ts";
import type { Message } from "../mail/message.ts";

/** What an action changes, besides being recorded. Times are Unix ms. */
export type StateChange =
  | { readonly kind: "silence"; readonly job: string | null; readonly untilMs: number }
  | { readonly kind: "end silence"; readonly job: string | null }
  | { readonly kind: "acknowledge"; readonly job: string; readonly firstFailureAtMs: number }
  | { readonly kind: "mail"; readonly messages: readonly Message[] }
  /** Of a message that waits, is held or was given up. */
  | { readonly kind: "retry message" | "drop message"; readonly id: string }
  /** All of those to one recipient. */
  | { readonly kind: "drop messages"; readonly to: string };

/** Every method may reject with a DatabaseError, and may be called again then: nothing is done twice. */
export interface AdminStore {
  /** One of those messages; null where there is none with this id. */
  readMessage(id: string): Promise<OutboxEntry | null>;
  /** Does it and records it, both or neither. False where there was nothing to do, and nothing is recorded. */
  act(action: AuditRecord, effect: StateChange): Promise<boolean>;
}
