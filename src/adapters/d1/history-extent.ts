import { DAY_MS } from "../../domain/frequency.ts";
import { keptFromRecords, type Extent, type Kept, type Records } from "../../domain/history/kept.ts";
import { fromRecordKey, keyFrom, placeKey } from "./history-keys.ts";
import { ParseProblem, parseRow } from "./rows.ts";
import { ExtentRow } from "./history-rows.ts";

type Row = Readonly<Record<string, unknown>>;

/** First and last of all that there is of a lane: each is a look at one end of a range of keys. */
export function extentStatement(db: D1Database, lane: number): D1PreparedStatement {
  const ends = ["sample", "hourly", "daily"].flatMap((table) =>
    ["min", "max"].map(
      (end) => `(SELECT ${end}(id) FROM ${table} WHERE id >= ?1 AND id < ?2) AS ${table}_${end}`,
    ),
  );
  return db
    .prepare(
      `SELECT ${ends.join(", ")}, min(from_at) AS from_at, max(coalesce(to_at, 9e15)) AS to_at,
              max(frequency) AS frequency, EXISTS (SELECT 1 FROM lane WHERE id = ?5) AS open
       FROM series WHERE id >= ?3 AND id < ?4`,
    )
    .bind(
      keyFrom(lane, 0),
      keyFrom(lane + 1, 0),
      placeKey({ lane, position: 0 }),
      placeKey({ lane: lane + 1, position: 0 }),
      lane,
    );
}

/** Null where nobody ever had a place in it: then there is nothing to keep. */
export function keptOfExtent(lane: number, row: Row): Kept | null {
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
  return keptFromRecords({ lane, frequency: r.frequency, fromMs: r.from_at, toMs }, records);
}
