import type { JobFrequency } from "../domain/frequency.ts";
import { jobId } from "../domain/pages/job-id.ts";
import {
  SEEN_AGAIN_AFTER_MS,
  watchedAt,
  type KnownPings,
  type PingReading,
  type PingStore,
  type SeenFailure,
  type Watched,
} from "../domain/ping.ts";
import type { Damage } from "../domain/ports.ts";

/** For whoever writes the class of a job. */
export const NOT_WATCHED = "only a job with awaitsPings is told of its pings";

export type PingReader = Pick<PingStore, "readPings" | "watch">;

/** What is known of the pings in one tick: one query for all heartbeats, and none where there are none. */
export class PingBook {
  readonly #store: PingReader;
  /** By identity. */
  readonly #watched: ReadonlyMap<string, Watched>;
  readonly #nowMs: number;
  readonly #frequencies: ReadonlyMap<string, JobFrequency>;
  readonly #unseenFailures = new Map<string, SeenFailure>();
  #damage: readonly Damage[] = [];
  #reading: Promise<KnownPings> | null = null;

  /**
   * @param identities of all jobs that wait for pings
   * @param nowMs scheduled time of the tick, Unix ms
   * @param frequencies by identity; MINUTE where there is none
   */
  constructor(
    store: PingReader,
    identities: readonly string[],
    nowMs: number,
    frequencies: ReadonlyMap<string, JobFrequency> = new Map(),
  ) {
    this.#frequencies = frequencies;
    this.#store = store;
    this.#watched = new Map(identities.map((job) => [job, { id: jobId(job), job }]));
    this.#nowMs = nowMs;
  }

  /** @throws StoreFault */
  async of(identity: string): Promise<PingReading> {
    const watched = this.#watched.get(identity);
    if (watched === undefined) throw new Error(NOT_WATCHED);
    this.#reading ??= this.#read();
    const { records, blindUntilMs, doneSlots } = await this.#reading;
    const record = watchedAt(records.get(watched.id), this.#nowMs);
    const { unseenFailure } = record;
    if (unseenFailure !== null) {
      this.#unseenFailures.set(identity, { id: watched.id, atMs: unseenFailure.atMs });
    }
    return {
      ...record,
      // Who pinged while nobody could write it down is not to blame: it is due anew from then on.
      watchedSinceMs: Math.max(record.watchedSinceMs, blindUntilMs),
      judgedUntilMs: doneSlots?.get(this.#frequencies.get(identity) ?? "MINUTE") ?? null,
    };
  }

  /** Failures that no tick had seen, of the heartbeats that were asked for, by identity. */
  get unseenFailures(): ReadonlyMap<string, SeenFailure> {
    return this.#unseenFailures;
  }

  /** Rows that could not be read, and were made anew. */
  get damage(): readonly Damage[] {
    return this.#damage;
  }

  /** Those that are new are known from here on: a ping of one that is not is refused. */
  async #read(): Promise<KnownPings> {
    const known = await this.#store.readPings(this.#nowMs);
    const { records, damage } = known;
    const unseen = [...this.#watched.values()].filter(({ id }) => {
      const seenAtMs = records.get(id)?.seenAtMs ?? -Infinity;
      return seenAtMs <= this.#nowMs - SEEN_AGAIN_AFTER_MS;
    });
    if (unseen.length > 0 || damage.length > 0) await this.#store.watch(unseen, damage, this.#nowMs);
    this.#damage = damage;
    return known;
  }
}
