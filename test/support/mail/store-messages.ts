/** What the contracts of a store's messages share. */
import type { Store } from "../../../src/storage/store.ts";

export const LEASE_MS = 360_000;

/** Takes what is due, and gives its ids in their order. */
export async function lease(store: Store, nowMs: number, limit = 100): Promise<readonly string[]> {
  return (await store.leaseMessages(nowMs, LEASE_MS, limit)).messages
    .map((message) => message.id)
    .toSorted((a, b) => (a < b ? -1 : 1));
}

/** `<id>: <state>` of each entry. */
export async function outbox(store: Store, limit = 100): Promise<readonly string[]> {
  return (await store.readOutbox(limit)).map(({ id, state }) => `${id}: ${state}`);
}
