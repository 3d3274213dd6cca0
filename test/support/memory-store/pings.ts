import {
  GONE_AFTER_MS,
  type Ping,
  type PingResult,
  type PingRecord,
  type ReportedFailure,
  registeredAt,
  type HeartbeatRegistration,
} from "../../../src/heartbeats/ping.ts";
import type { KnownPings, PingStore } from "../../../src/heartbeats/ports.ts";
import { afterPing } from "./after-ping.ts";
import type { CorruptRow } from "../../../src/core/corrupt-row.ts";

/** Pings in memory, for tests of everything above the database. */
export class MemoryPings implements PingStore {
  readonly #records = new Map<string, PingRecord>();
  readonly #lastCompletedSlots: () => KnownPings["lastCompletedSlots"];

  constructor(lastCompletedSlots: () => KnownPings["lastCompletedSlots"] = () => undefined) {
    this.#lastCompletedSlots = lastCompletedSlots;
  }

  async readPings(_nowMs: number): ReturnType<PingStore["readPings"]> {
    return {
      records: new Map(this.#records),
      damage: [],
      outageEndMs: 0,
      lastCompletedSlots: this.#lastCompletedSlots(),
    };
  }

  /** As a commit on D1 does it. */
  forgetFailures(seen: readonly ReportedFailure[]): void {
    for (const { id, atMs } of seen) {
      const record = this.#records.get(id);
      if (record?.unreportedFailure?.atMs === atMs)
        this.#records.set(id, { ...record, unreportedFailure: null });
    }
  }

  async readPing(id: string): Promise<PingRecord | null> {
    return this.#records.get(id) ?? null;
  }

  async register(
    watched: readonly HeartbeatRegistration[],
    _damage: readonly CorruptRow[],
    nowMs: number,
  ): Promise<void> {
    for (const { id } of watched) this.#records.set(id, registeredAt(this.#records.get(id), nowMs));
  }

  async recordPing(id: string, ping: Ping): Promise<PingResult> {
    const record = this.#records.get(id);
    if (record === undefined || record.evaluatedAtMs <= ping.atMs - GONE_AFTER_MS) return "unknown";
    const after = afterPing(record, ping);
    if (after === "too often") return after;
    if (after !== "same") this.#records.set(id, after);
    return "recorded";
  }
}
