import { returnUnsent, type LeasedMessage, type DeliveryResult } from "./message.ts";
import type { RecipientState } from "./recipient.ts";
import type { OutboxStore } from "./ports.ts";

/** Times that results are recorded before the end: an invocation of the Free plan has 50 queries in all. */
const MAX_RECORDINGS = 8;

/**
 * Records the results of a delivery as they come: whatever ends the invocation takes only those with it that came since the
 * last recording. Results that come while one is under way are recorded together by the next.
 */
export class DeliveryRecorder {
  readonly #store: Pick<OutboxStore, "recordDeliveries">;
  /** Without a result so far. */
  readonly #open = new Map<string, LeasedMessage>();
  readonly #results: DeliveryResult[] = [];
  #pending: DeliveryResult[] = [];
  readonly #recipients = new Map<string, RecipientState>();
  #recording: Promise<void> | null = null;
  #recordings = 0;
  #failed = false;

  constructor(store: Pick<OutboxStore, "recordDeliveries">) {
    this.#store = store;
  }

  /** A recording failed: what is sent from now on might be sent again. */
  get failed(): boolean {
    return this.#failed;
  }

  leased(messages: readonly LeasedMessage[]): void {
    for (const message of messages) this.#open.set(message.id, message);
  }

  add(
    settlements: readonly DeliveryResult[],
    recipient: { readonly to: string; readonly state: RecipientState } | null = null,
  ): void {
    for (const settlement of settlements) this.#open.delete(settlement.id);
    this.#results.push(...settlements);
    this.#pending.push(...settlements);
    if (recipient !== null) this.#recipients.set(recipient.to, recipient.state);
    this.#recording ??= this.#recordAll().finally(() => (this.#recording = null));
  }

  /**
   * Records what is left, and gives back what was not tried.
   *
   * @throws what kept the results from being recorded
   */
  async finish(): Promise<readonly DeliveryResult[]> {
    await this.#recording;
    this.#pending.push(...[...this.#open.values()].map(returnUnsent));
    if (this.#pending.length > 0) await this.#record();
    return this.#results;
  }

  async #recordAll(): Promise<void> {
    // The results of one moment in one go.
    await Promise.resolve();
    while (this.#pending.length > 0 && this.#recordings < MAX_RECORDINGS && !this.#failed) {
      try {
        await this.#record();
      } catch {
        // Tried once more at the end, which rejects if it fails again.
        this.#failed = true;
      }
    }
  }

  async #record(): Promise<void> {
    const [settlements, recipients] = [this.#pending, new Map(this.#recipients)];
    this.#pending = [];
    this.#recipients.clear();
    this.#recordings += 1;
    try {
      await this.#store.recordDeliveries(settlements, recipients);
    } catch (error) {
      this.#pending = [...settlements, ...this.#pending];
      for (const [to, state] of recipients) if (!this.#recipients.has(to)) this.#recipients.set(to, state);
      throw error;
    }
  }
}
