import type { DatabaseSync, SQLOutputValue } from "node:sqlite";
import { fromRecordKey } from "../../src/storage/d1/history/keys.ts";
import { openCheckerDatabase } from "../local/database-file.ts";
import { bytesOfRow } from "./row-bytes.ts";

/** What the database says of one tick, once nothing runs any more. */
export interface Ledger {
  readonly up: number;
  readonly down: number;
  readonly inconclusive: number;
  /**
   * Queries of D1 and rows, from this tick's commit to the next one's: what comes after a commit is recorded by the
   * next tick. So the claim and the reads are those of the next; they are alike in all ticks. What is not recorded
   * yet does not outlive a long pause, so the next tick must come soon.
   */
  readonly queries: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** Of its record, and of the samples of its outcomes. */
  readonly tickBytes: number;
  readonly sampleBytes: number;
  /** When the first mail of its failures was accepted, Unix ms; null when it has none. */
  readonly mailAcceptedAtMs: number | null;
}

type Row = Readonly<Record<string, SQLOutputValue>>;

/** By the scheduled time of the ticks, Unix ms. The last has no next one and is left out. */
export function readLedger(database: string): ReadonlyMap<number, Ledger> {
  const db = openCheckerDatabase(database, { readOnly: true });
  if (db === null) throw new Error("there is no database of Checker");
  try {
    const ticks = db.prepare("SELECT * FROM tick ORDER BY id").all();
    const samples = new Map<number, number>();
    for (const row of db.prepare("SELECT * FROM sample").all()) {
      const { atMs } = fromRecordKey(Number(row["id"]));
      samples.set(atMs, (samples.get(atMs) ?? 0) + bytesOf(row));
    }
    const mails = acceptedMails(db);
    return new Map(
      ticks.slice(0, -1).map((row, index) => {
        const atMs = Number(row["scheduled_at"]);
        const used = usageOf(ticks[index + 1]);
        return [
          atMs,
          {
            up: Number(row["up"]),
            down: Number(row["down"]),
            inconclusive: Number(row["inconclusive"]),
            ...used,
            tickBytes: bytesOf(row),
            sampleBytes: samples.get(atMs) ?? 0,
            mailAcceptedAtMs: mails.get(atMs) ?? null,
          },
        ] as const;
      }),
    );
  } finally {
    db.close();
  }
}

/** By the tick in which a failure was told: when the first mail that told it was accepted, Unix ms. */
function acceptedMails(db: DatabaseSync): ReadonlyMap<number, number> {
  const rows = db.prepare("SELECT items, accepted_at AS at FROM message WHERE accepted_at IS NOT NULL").all();
  const first = new Map<number, number>();
  for (const { items, at } of rows) {
    for (const item of JSON.parse(String(items)) as readonly { kind: string; atMs: number }[]) {
      if (item.kind !== "failure") continue;
      first.set(item.atMs, Math.min(first.get(item.atMs) ?? Infinity, Number(at)));
    }
  }
  return first;
}

function usageOf(tick: Row | undefined): Pick<Ledger, "queries" | "rowsRead" | "rowsWritten"> {
  const { queries, rowsRead, rowsWritten } = (
    JSON.parse(String(tick?.["usage"])) as { tick: Pick<Ledger, "queries" | "rowsRead" | "rowsWritten"> }
  ).tick;
  return { queries, rowsRead, rowsWritten };
}

function bytesOf({ id, ...values }: Row): number {
  return bytesOfRow(Number(id), [null, ...Object.values(values)]);
}
