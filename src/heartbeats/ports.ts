/** What heartbeats need from the database. Adapters implement these. */
import type { JobFrequency } from "../core/time/frequency.ts";
import type { CorruptRow } from "../core/corrupt-row.ts";
import type { PingRecord, Ping, PingResult, HeartbeatRegistration } from "./ping.ts";

export interface KnownPings {
  readonly records: ReadonlyMap<string, PingRecord>;
  readonly damage: readonly CorruptRow[];
  /** Until when no tick was recorded for {@link OUTAGE_MS} or more, Unix ms: who pinged before may have found nobody. */
  readonly outageEndMs: number;
  /** Newest slot of each frequency whose outcomes are committed, Unix ms; undefined where none is known. */
  readonly lastCompletedSlots?: ReadonlyMap<JobFrequency, number> | undefined;
}

/** Every method may reject with a DatabaseError, and may be called again then: what was done is not done twice. */
export interface PingStore {
  /**
   * All that is known, by id, and the rows that cannot be read.
   *
   * @param nowMs scheduled time of the tick, Unix ms
   */
  readPings(nowMs: number): Promise<KnownPings>;
  /** One of them by its id; null where there is none that can be read. */
  readPing(id: string, nowMs: number): Promise<PingRecord | null>;
  /** Writes down that these are watched: from now on, or again. What is damaged is made anew. */
  register(
    watched: readonly HeartbeatRegistration[],
    damage: readonly CorruptRow[],
    nowMs: number,
  ): Promise<void>;
  recordPing(id: string, ping: Ping): Promise<PingResult>;
}
