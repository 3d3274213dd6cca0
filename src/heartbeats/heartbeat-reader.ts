import type { JobFrequency } from "../core/time/frequency.ts";
import { jobId } from "../core/job-id.ts";
import {
  REGISTER_EVERY_MS,
  registeredAt,
  type PingReading,
  type ReportedFailure,
  type HeartbeatRegistration,
} from "./ping.ts";
import type { CorruptRow } from "../core/corrupt-row.ts";
import type { KnownPings, PingStore } from "./ports.ts";

/** For whoever writes the class of a job. */
export const NOT_REGISTERED = "only a job with awaitsPings is told of its pings";

export type PingReader = Pick<PingStore, "readPings" | "register">;

/** What is known of the pings in one tick: one query for all heartbeats, and none where there are none. */
export class HeartbeatReader {
  readonly #store: PingReader;
  /** By identity. */
  readonly #registrations: ReadonlyMap<string, HeartbeatRegistration>;
  readonly #nowMs: number;
  readonly #frequencies: ReadonlyMap<string, JobFrequency>;
  readonly #unreportedFailures = new Map<string, ReportedFailure>();
  #damage: readonly CorruptRow[] = [];
  #reading: Promise<KnownPings> | null = null;

  /**
   * @param identities of all jobs that wait for pings
   * @param nowMs scheduled time of the tick, Unix ms
   * @param frequencies by identity; MINUTE where there is none
   */
  constructor(
    store: PingReader,
    jobKeys: readonly string[],
    nowMs: number,
    frequencies: ReadonlyMap<string, JobFrequency> = new Map(),
  ) {
    this.#frequencies = frequencies;
    this.#store = store;
    this.#registrations = new Map(jobKeys.map((jobKey) => [jobKey, { id: jobId(jobKey), jobKey }]));
    this.#nowMs = nowMs;
  }

  /** @throws DatabaseError */
  async of(jobKey: string): Promise<PingReading> {
    const watched = this.#registrations.get(jobKey);
    if (watched === undefined) throw new Error(NOT_REGISTERED);
    this.#reading ??= this.#read();
    const { records, outageEndMs, lastCompletedSlots } = await this.#reading;
    const record = registeredAt(records.get(watched.id), this.#nowMs);
    const { unreportedFailure } = record;
    if (unreportedFailure !== null) {
      this.#unreportedFailures.set(jobKey, { id: watched.id, atMs: unreportedFailure.atMs });
    }
    return {
      ...record,
      // Who pinged while nobody could write it down is not to blame: it is due anew from then on.
      activeSinceMs: Math.max(record.activeSinceMs, outageEndMs),
      evaluatedUntilMs: lastCompletedSlots?.get(this.#frequencies.get(jobKey) ?? "MINUTE") ?? null,
    };
  }

  /** Failures that no tick had seen, of the heartbeats that were asked for, by identity. */
  get unreportedFailures(): ReadonlyMap<string, ReportedFailure> {
    return this.#unreportedFailures;
  }

  /** Rows that could not be read, and were made anew. */
  get damage(): readonly CorruptRow[] {
    return this.#damage;
  }

  /** Those that are new are known from here on: a ping of one that is not is refused. */
  async #read(): Promise<KnownPings> {
    const known = await this.#store.readPings(this.#nowMs);
    const { records, damage } = known;
    const unseen = [...this.#registrations.values()].filter(({ id }) => {
      const seenAtMs = records.get(id)?.evaluatedAtMs ?? -Infinity;
      return seenAtMs <= this.#nowMs - REGISTER_EVERY_MS;
    });
    if (unseen.length > 0 || damage.length > 0) await this.#store.register(unseen, damage, this.#nowMs);
    this.#damage = damage;
    return known;
  }
}
