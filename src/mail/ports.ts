/** What mail needs from outside. Adapters implement these. */
import type { Delivery, Mail, LeasedMessage, DeliveryResult } from "./message.ts";
import type { RecipientState } from "./recipient.ts";

export interface Mailer {
  /** Never throws: a refusal is data. */
  send(mail: Mail): Promise<Delivery>;
}

/** Messages that one invocation may send now, and what it must know of their recipients. */
export interface Lease {
  readonly messages: readonly LeasedMessage[];
  /** Those of which something is remembered, by address. */
  readonly recipients: ReadonlyMap<string, RecipientState>;
}

/** Every method may reject with a DatabaseError, and may be called again then: nothing is done twice. */
export interface OutboxStore {
  /**
   * Takes at most `limit` messages that are due, a share for every recipient: alerts before other mail, the newest before
   * older ones, and nothing for recipients whose next attempt is not due. Nobody else gets them for `leaseMs`. It counts as
   * an attempt; messages whose attempts ended twice without a result are left to `leaseSuspect`.
   */
  leaseMessages(nowMs: number, leaseMs: number, limit: number): Promise<Lease>;
  /** Takes one of those messages, or none. */
  leaseSuspect(nowMs: number, leaseMs: number): Promise<Lease>;
  /** @param recipients what to remember of them from now on, by address; only those that changed */
  recordDeliveries(
    settlements: readonly DeliveryResult[],
    recipients?: ReadonlyMap<string, RecipientState>,
  ): Promise<void>;
}
