import { CONNECTIVITY } from "../../../execution/connectivity-rules.ts";
import { latestPossible } from "../../../core/time/frequency.ts";
import { isSound, type RollupPeriod, type DeletionBatch, type Records } from "../../../history/retention.ts";
import { BYTES_PER_SAMPLE } from "../../../history/sample.ts";
import type { Series } from "../../../history/blocks.ts";
import type { HistoryCompactor } from "../../../history/ports.ts";
import type { Random } from "../../../core/ports.ts";
import { fromHex, toHex } from "../bytes.ts";
import { keyFrom, MAX_BLOCK, positionKey, recordKey } from "./keys.ts";
import { extentStatement, forgetFuture, isOfFuture, retentionOfExtent } from "./extent.ts";
import {
  parseLastCompletedSlots,
  retentionColumns,
  parseRetention,
  parseSeries,
  UPSERT_RETENTION,
} from "./rows.ts";
import { asking } from "../retry.ts";
import { readable } from "../rows.ts";
import { CHURNING } from "../tick/churning.ts";

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
export class D1HistoryCompactor implements HistoryCompactor {
  readonly #db: D1Database;
  readonly #random: Random;

  constructor(db: D1Database, random: Random) {
    this.#db = db;
    this.#random = random;
  }

  readRetention(nowMs: number): ReturnType<HistoryCompactor["readRetention"]> {
    return this.#ask(async () => {
      const [notes, missing, claims] = await this.#db.batch<Row>([
        this.#db.prepare(
          `SELECT retention.*, EXISTS (SELECT 1 FROM block WHERE block.id = retention.block) AS open
           FROM retention WHERE block BETWEEN 1 AND ${MAX_BLOCK} ORDER BY block`,
        ),
        this.#db.prepare(`SELECT id FROM block WHERE id NOT IN (SELECT block FROM retention)`),
        this.#db.prepare(`SELECT name, completed_slot FROM frequency`),
      ]);
      // A lane that was lost was not closed.
      const open = new Set(notes?.results.map((row) => (row["open"] === 1 ? row["block"] : null)));
      const kept = readable(notes?.results, parseRetention).filter(
        (one) => isSound(one, nowMs) && (one.toMs !== null || open.has(one.block)),
      );
      const sound = new Set(kept.map(({ block }) => block));
      const blocks = [...(notes?.results ?? []), ...(missing?.results ?? [])].map((row) =>
        Number(row["block"] ?? row["id"]),
      );
      return {
        kept,
        damaged: blocks.filter((block) => !sound.has(block)),
        lastCompletedSlots: parseLastCompletedSlots(claims?.results ?? []),
      };
    });
  }

  async rebuildRetentionOf(block: number, nowMs: number): Promise<void> {
    await this.#ask(async () => {
      const extent = extentStatement(this.#db, block);
      let [row = {}] = (await extent.all<Row>()).results;
      // Seldom needed: of the queries of one invocation it would take as many as all other repairs.
      if (isOfFuture(block, row, nowMs)) {
        const results = await this.#db.batch<Row>([...forgetFuture(this.#db, block, nowMs), extent]);
        row = results.at(-1)?.results[0] ?? {};
      }
      const kept = retentionOfExtent(block, row);
      await this.#db.batch([
        kept === null
          ? this.#db.prepare(`DELETE FROM retention WHERE block = ?1`).bind(block)
          : this.#db.prepare(UPSERT_RETENTION).bind(JSON.stringify([retentionColumns(kept)])),
      ]);
    });
  }

  readBlock(block: number): Promise<readonly Series[]> {
    return this.#ask(async () => {
      const [from, to] = [
        positionKey({ block, position: 0 }),
        positionKey({ block: block + 1, position: 0 }),
      ];
      const { results } = await this.#db
        .prepare(`SELECT * FROM series WHERE id >= ?1 AND id < ?2 ORDER BY id`)
        .bind(from, to)
        .all<Row>();
      return readable(results, parseSeries);
    });
  }

  readSamples(
    { block, fromMs, toMs }: RollupPeriod,
    first: number,
    count: number,
  ): Promise<readonly Uint8Array[]> {
    return this.#ask(async () => {
      const { results } = await this.#db
        .prepare(
          `SELECT iif(typeof(data) = 'blob', hex(substr(data, ?3, ?4)), '') AS data FROM sample
           WHERE id >= ?1 AND id < ?2 ORDER BY id`,
        )
        .bind(
          keyFrom(block, fromMs),
          keyFrom(block, toMs),
          1 + BYTES_PER_SAMPLE * first,
          BYTES_PER_SAMPLE * count,
        )
        .all<Row>();
      return results.map((row) => fromHex(row["data"]));
    });
  }

  async writeRollup({ block, resolution, fromMs, toMs }: RollupPeriod, data: Uint8Array): Promise<void> {
    const until = `${resolution}_until`;
    // Who comes late, or again, finds another time there and writes nothing: the samples may be gone by now.
    await this.#batch([
      this.#db
        .prepare(
          `INSERT INTO ${resolution} (id, data)
           SELECT ?1, unhex(?2) FROM retention WHERE block = ?3 AND ${until} = ?4
           ON CONFLICT (id) DO UPDATE SET data = excluded.data`,
        )
        .bind(recordKey(block, fromMs), toHex(data), block, fromMs),
      this.#db
        .prepare(`UPDATE retention SET ${until} = ?1 WHERE block = ?2 AND ${until} = ?3`)
        .bind(toMs, block, fromMs),
    ]);
  }

  async deleteBatch({ block, records, fromMs, toMs }: DeletionBatch): Promise<void> {
    const from = FROM[records];
    await this.#batch([
      this.#db
        .prepare(`DELETE FROM ${TABLES[records]} WHERE id >= ?1 AND id < ?2`)
        .bind(keyFrom(block, fromMs), keyFrom(block, toMs)),
      this.#db
        .prepare(`UPDATE retention SET ${from} = ?1 WHERE block = ?2 AND ${from} = ?3`)
        .bind(toMs, block, fromMs),
    ]);
  }

  async forgetBlock(block: number): Promise<void> {
    await this.#batch([
      this.#db
        .prepare(`DELETE FROM series WHERE id >= ?1 AND id < ?2`)
        .bind(positionKey({ block, position: 0 }), positionKey({ block: block + 1, position: 0 })),
      this.#db.prepare(`DELETE FROM retention WHERE block = ?1`).bind(block),
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
             AND incident.job NOT IN (SELECT live.job FROM ${CHURNING} AS live)`,
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
      SELECT place.value FROM block, json_each(iif(json_valid(block.jobs), block.jobs, '{}'), '$.jobs') AS place
      WHERE place.type = 'text')
    AND ${job} NOT IN (SELECT series.job FROM series WHERE to_at IS NULL OR to_at >= ?1)`;
}
