import {
  afterPing,
  GONE_AFTER_MS,
  type Ping,
  type PingReceipt,
  type PingRecord,
  type PingStore,
  watchedAt,
  type Watched,
} from "../domain/ping.ts";
import type { Damage } from "../domain/ports.ts";

/** Pings that are forgotten: for `npm run job`, and for tests of everything above the database. */
export class MemoryPings implements PingStore {
  readonly #records = new Map<string, PingRecord>();

  async readPings(_nowMs: number): ReturnType<PingStore["readPings"]> {
    return { records: new Map(this.#records), damage: [], blindUntilMs: 0 };
  }

  async readPing(id: string): Promise<PingRecord | null> {
    return this.#records.get(id) ?? null;
  }

  async watch(watched: readonly Watched[], _damage: readonly Damage[], nowMs: number): Promise<void> {
    for (const { id } of watched) this.#records.set(id, watchedAt(this.#records.get(id), nowMs));
  }

  async recordPing(id: string, ping: Ping): Promise<PingReceipt> {
    const record = this.#records.get(id);
    if (record === undefined || record.seenAtMs <= ping.atMs - GONE_AFTER_MS) return "unknown";
    const after = afterPing(record, ping);
    if (after === "too often") return after;
    if (after !== "same") this.#records.set(id, after);
    return "recorded";
  }
}
