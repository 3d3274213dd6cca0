import {
  afterPing,
  GONE_AFTER_MS,
  type KnownPings,
  type Ping,
  type PingReceipt,
  type PingRecord,
  type PingStore,
  type SeenFailure,
  watchedAt,
  type Watched,
} from "../domain/ping.ts";
import type { Damage } from "../domain/ports.ts";

/** Pings that are forgotten: for `npm run job`, and for tests of everything above the database. */
export class MemoryPings implements PingStore {
  readonly #records = new Map<string, PingRecord>();
  readonly #doneSlots: () => KnownPings["doneSlots"];

  constructor(doneSlots: () => KnownPings["doneSlots"] = () => undefined) {
    this.#doneSlots = doneSlots;
  }

  async readPings(_nowMs: number): ReturnType<PingStore["readPings"]> {
    return { records: new Map(this.#records), damage: [], blindUntilMs: 0, doneSlots: this.#doneSlots() };
  }

  /** As a commit on D1 does it. */
  forgetFailures(seen: readonly SeenFailure[]): void {
    for (const { id, atMs } of seen) {
      const record = this.#records.get(id);
      if (record?.unseenFailure?.atMs === atMs) this.#records.set(id, { ...record, unseenFailure: null });
    }
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
