import { DAY_MS, HOUR_MS, latestPossible } from "../../../core/time/frequency.ts";
import {
  floorTo,
  rebuildRetention,
  type Extent,
  type RetentionState,
  type Records,
} from "../../../history/retention.ts";
import { fromRecordKey, keyFrom, positionKey } from "./keys.ts";
import { ParseProblem, parseRow } from "../rows.ts";
import { ExtentRow } from "./rows.ts";

type Row = Readonly<Record<string, unknown>>;

/** From when on nothing can be recorded by `nowMs`: samples of what is over, and sums of hours and days that are over. */
function impossibleFrom(nowMs: number): Readonly<Record<"sample" | "hourly" | "daily", number>> {
  const latestMs = latestPossible(nowMs);
  return { sample: latestMs, hourly: floorTo(HOUR_MS, latestMs), daily: floorTo(DAY_MS, latestMs) };
}

/** A new series begins with the next slot, which is up to a day away. */
function latestStart(nowMs: number): number {
  return latestPossible(nowMs) + DAY_MS;
}

/**
 * Whether something of the lane was recorded while a clock was ahead.
 *
 * @param row of `extentStatement`
 */
export function isOfFuture(block: number, row: Row, nowMs: number): boolean {
  const tables = Object.entries(impossibleFrom(nowMs));
  const hasFuture = tables.some(
    ([table, fromMs]) => Number(row[`${table}_max`] ?? 0) >= keyFrom(block, fromMs),
  );
  return hasFuture || Number(row["from_at"]) > latestStart(nowMs);
}

/** Deletes that: an hour that is not over would count as rolled up. What was to begin later begins now. */
export function forgetFuture(db: D1Database, block: number, nowMs: number): D1PreparedStatement[] {
  return [
    ...Object.entries(impossibleFrom(nowMs)).map(([table, fromMs]) =>
      db
        .prepare(`DELETE FROM ${table} WHERE id >= ?1 AND id < ?2`)
        .bind(keyFrom(block, fromMs), keyFrom(block + 1, 0)),
    ),
    db
      .prepare(`UPDATE series SET from_at = ?3 WHERE id >= ?1 AND id < ?2 AND from_at > ?4`)
      .bind(
        positionKey({ block, position: 0 }),
        positionKey({ block: block + 1, position: 0 }),
        nowMs,
        latestStart(nowMs),
      ),
  ];
}

/** First and last of all that there is of a lane: each is a look at one end of a range of keys. */
export function extentStatement(db: D1Database, block: number): D1PreparedStatement {
  const ends = ["sample", "hourly", "daily"].flatMap((table) =>
    ["min", "max"].map(
      (end) => `(SELECT ${end}(id) FROM ${table} WHERE id >= ?1 AND id < ?2) AS ${table}_${end}`,
    ),
  );
  return db
    .prepare(
      `SELECT ${ends.join(", ")}, min(from_at) AS from_at, max(coalesce(to_at, 9e15)) AS to_at,
              max(frequency) AS frequency, EXISTS (SELECT 1 FROM block WHERE id = ?5) AS open
       FROM series WHERE id >= ?3 AND id < ?4`,
    )
    .bind(
      keyFrom(block, 0),
      keyFrom(block + 1, 0),
      positionKey({ block, position: 0 }),
      positionKey({ block: block + 1, position: 0 }),
      block,
    );
}

/** Null where nobody ever had a place in it: then there is nothing to keep. */
export function retentionOfExtent(block: number, row: Row): RetentionState | null {
  const r = parseRow(ExtentRow, row);
  if (r instanceof ParseProblem) return null;
  const extent = (table: string): Extent | null => {
    const [first, last] = [row[`${table}_min`], row[`${table}_max`]];
    if (typeof first !== "number" || typeof last !== "number") return null;
    return { firstMs: fromRecordKey(first).atMs, lastMs: fromRecordKey(last).atMs };
  };
  const records: Record<Records, Extent | null> = {
    raw: extent("sample"),
    hourly: extent("hourly"),
    daily: extent("daily"),
  };
  // Of a lane that was lost some series may not have ended: nothing was recorded after its last sample.
  const lostAtMs = (records.raw?.lastMs ?? r.from_at) + DAY_MS;
  const toMs = r.open === 1 ? null : r.to_at > 8.64e15 ? lostAtMs : r.to_at;
  return rebuildRetention({ block, frequency: r.frequency, fromMs: r.from_at, toMs }, records);
}
