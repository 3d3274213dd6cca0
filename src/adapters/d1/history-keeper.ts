import { CONNECTIVITY } from "../../domain/connectivity.ts";
import { latestPossible } from "../../domain/frequency.ts";
import { isSound, type Period, type Portion, type Records } from "../../domain/history/kept.ts";
import { READING_BYTES } from "../../domain/history/sample.ts";
import type { Series } from "../../domain/history/lanes.ts";
import type { HistoryKeeper } from "../../domain/history/ports.ts";
import type { Random } from "../../domain/ports.ts";
import { fromHex, toHex } from "./bytes.ts";
import { keyFrom, MAX_LANE, placeKey, recordKey } from "./history-keys.ts";
import { extentStatement, forgetFuture, isOfFuture, keptOfExtent } from "./history-extent.ts";
import { doneSlotsOf, keptColumns, parseKept, parseSeries, UPSERT_KEPT } from "./history-rows.ts";
import { asking } from "./retry.ts";
import { readable } from "./rows.ts";
import { UNSETTLED } from "./unsettled.ts";

type Row = Readonly<Record<string, unknown>>;

/** Table and column of what is kept from when, and until when. */
const TABLES: Readonly<Record<Records, string>> = { raw: "sample", hourly: "hourly", daily: "daily" };
const FROM: Readonly<Record<Records, string>> = {
  raw: "raw_from",
  hourly: "hourly_from",
  daily: "daily_from",
};

/** Incidents that are forgotten at once; each takes two rows. */
const MAX_FORGOTTEN = 500;

/** Rolls up and deletes on D1. A piece of work and the note that it is done are one transaction. */
export class D1HistoryKeeper implements HistoryKeeper {
  readonly #db: D1Database;
  readonly #random: Random;

  constructor(db: D1Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  readKept(nowMs: number): ReturnType<HistoryKeeper["readKept"]> {
    return this.#ask(async () => {
      const [notes, missing, claims] = await this.#db.batch<Row>([
        this.#db.prepare(
          `SELECT kept.*, EXISTS (SELECT 1 FROM lane WHERE lane.id = kept.lane) AS open
           FROM kept WHERE lane BETWEEN 1 AND ${MAX_LANE} ORDER BY lane`,
        ),
        this.#db.prepare(`SELECT id FROM lane WHERE id NOT IN (SELECT lane FROM kept)`),
        this.#db.prepare(`SELECT name, done_slot FROM frequency`),
      ]);
      // A lane that was lost was not closed.
      const open = new Set(notes?.results.map((row) => (row["open"] === 1 ? row["lane"] : null)));
      const kept = readable(notes?.results, parseKept).filter(
        (one) => isSound(one, nowMs) && (one.toMs !== null || open.has(one.lane)),
      );
      const sound = new Set(kept.map(({ lane }) => lane));
      const lanes = [...(notes?.results ?? []), ...(missing?.results ?? [])].map((row) =>
        Number(row["lane"] ?? row["id"]),
      );
      return {
        kept,
        damaged: lanes.filter((lane) => !sound.has(lane)),
        doneSlots: doneSlotsOf(claims?.results ?? []),
      };
    });
  }

  async mendKept(lane: number, nowMs: number): Promise<void> {
    await this.#ask(async () => {
      const extent = extentStatement(this.#db, lane);
      let [row = {}] = (await extent.all<Row>()).results;
      // Seldom needed: of the queries of one invocation it would take as many as all other repairs.
      if (isOfFuture(lane, row, nowMs)) {
        const results = await this.#db.batch<Row>([...forgetFuture(this.#db, lane, nowMs), extent]);
        row = results.at(-1)?.results[0] ?? {};
      }
      const kept = keptOfExtent(lane, row);
      await this.#db.batch([
        kept === null
          ? this.#db.prepare(`DELETE FROM kept WHERE lane = ?1`).bind(lane)
          : this.#db.prepare(UPSERT_KEPT).bind(JSON.stringify([keptColumns(kept)])),
      ]);
    });
  }

  readLane(lane: number): Promise<readonly Series[]> {
    return this.#ask(async () => {
      const [from, to] = [placeKey({ lane, position: 0 }), placeKey({ lane: lane + 1, position: 0 })];
      const { results } = await this.#db
        .prepare(`SELECT * FROM series WHERE id >= ?1 AND id < ?2 ORDER BY id`)
        .bind(from, to)
        .all<Row>();
      return readable(results, parseSeries);
    });
  }

  readSamples({ lane, fromMs, toMs }: Period, first: number, count: number): Promise<readonly Uint8Array[]> {
    return this.#ask(async () => {
      const { results } = await this.#db
        .prepare(
          `SELECT iif(typeof(data) = 'blob', hex(substr(data, ?3, ?4)), '') AS data FROM sample
           WHERE id >= ?1 AND id < ?2 ORDER BY id`,
        )
        .bind(keyFrom(lane, fromMs), keyFrom(lane, toMs), 1 + READING_BYTES * first, READING_BYTES * count)
        .all<Row>();
      return results.map((row) => fromHex(row["data"]));
    });
  }

  async writeRollup({ lane, resolution, fromMs, toMs }: Period, data: Uint8Array): Promise<void> {
    const until = `${resolution}_until`;
    // Who comes late, or again, finds another time there and writes nothing: the samples may be gone by now.
    await this.#batch([
      this.#db
        .prepare(
          `INSERT INTO ${resolution} (id, data)
           SELECT ?1, unhex(?2) FROM kept WHERE lane = ?3 AND ${until} = ?4
           ON CONFLICT (id) DO UPDATE SET data = excluded.data`,
        )
        .bind(recordKey(lane, fromMs), toHex(data), lane, fromMs),
      this.#db
        .prepare(`UPDATE kept SET ${until} = ?1 WHERE lane = ?2 AND ${until} = ?3`)
        .bind(toMs, lane, fromMs),
    ]);
  }

  async deletePortion({ lane, records, fromMs, toMs }: Portion): Promise<void> {
    const from = FROM[records];
    await this.#batch([
      this.#db
        .prepare(`DELETE FROM ${TABLES[records]} WHERE id >= ?1 AND id < ?2`)
        .bind(keyFrom(lane, fromMs), keyFrom(lane, toMs)),
      this.#db
        .prepare(`UPDATE kept SET ${from} = ?1 WHERE lane = ?2 AND ${from} = ?3`)
        .bind(toMs, lane, fromMs),
    ]);
  }

  async forgetLane(lane: number): Promise<void> {
    await this.#batch([
      this.#db
        .prepare(`DELETE FROM series WHERE id >= ?1 AND id < ?2`)
        .bind(placeKey({ lane, position: 0 }), placeKey({ lane: lane + 1, position: 0 })),
      this.#db.prepare(`DELETE FROM kept WHERE lane = ?1`).bind(lane),
    ]);
  }

  async forgetJobs(nowMs: number, goneSinceMs: number, endedBeforeMs: number): Promise<void> {
    await this.#batch([
      this.#db
        .prepare(
          `DELETE FROM job_state WHERE job <> ?2 AND ${isGone("job_state.job")}
             AND EXISTS (SELECT 1 FROM series WHERE from_at < ?1)`,
        )
        .bind(goneSinceMs, CONNECTIVITY),
      this.#db
        .prepare(
          `UPDATE incident SET to_at = ?2, ended = 'removed' WHERE to_at IS NULL AND ${isGone("incident.job")}`,
        )
        .bind(goneSinceMs, nowMs),
      // Ended by the version before, or where a state was lost.
      this.#db
        .prepare(
          `UPDATE incident SET to_at = coalesce(s.first_failure_at, s.since, ?1), ended = 'recovered'
           FROM job_state AS s
           WHERE incident.to_at IS NULL AND s.job = incident.job AND s.first_failure_at IS NOT incident.from_at
             AND incident.job NOT IN (SELECT live.job FROM ${UNSETTLED} AS live)`,
        )
        .bind(nowMs),
      this.#db
        .prepare(
          // Those from the future are of a clock that was ahead, and their failures have another beginning by now.
          `DELETE FROM incident WHERE (from_at, job) IN (
             SELECT from_at, job FROM incident WHERE (from_at < ?1 AND to_at < ?1) OR from_at > ?2
             LIMIT ${MAX_FORGOTTEN})`,
        )
        .bind(endedBeforeMs, latestPossible(nowMs)),
    ]);
  }

  async #batch(statements: D1PreparedStatement[]): Promise<void> {
    await this.#ask(() => this.#db.batch(statements));
  }

  #ask<T>(work: () => Promise<T>): Promise<T> {
    return asking(work, () => this.#random.number());
  }
}

/** It has no place, and has had none since ?1. A lane that cannot be read is written anew by the next tick. */
function isGone(job: string): string {
  return `${job} NOT IN (
      SELECT place.value FROM lane, json_each(iif(json_valid(lane.jobs), lane.jobs, '{}'), '$.jobs') AS place
      WHERE place.type = 'text')
    AND ${job} NOT IN (SELECT series.job FROM series WHERE to_at IS NULL OR to_at >= ?1)`;
}
