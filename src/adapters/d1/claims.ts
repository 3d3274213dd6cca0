import { DAY_MS, type Slot } from "../../domain/frequency.ts";
import type { Damage } from "../../domain/ports.ts";
import { ParseProblem, parseClaim } from "./rows.ts";

/**
 * Takes slots. The condition is what makes a slot run once: of two invocations that race, one changes no
 * row. A call that asks again is given what it took before.
 */
export function claimStatement(
  db: D1Database,
  slots: readonly Slot[],
  nowMs: number,
  leaseMs: number,
  mark: string,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO frequency (name, claimed_slot, claimed_at, claimed_by, done_slot)
       SELECT value->>0, value->>1, ?2, ?4, -1 FROM json_each(?1) WHERE true
       ON CONFLICT (name) DO UPDATE SET
         claimed_slot = excluded.claimed_slot, claimed_at = excluded.claimed_at, claimed_by = excluded.claimed_by
       WHERE claimed_slot < excluded.claimed_slot
          OR (claimed_slot = excluded.claimed_slot AND done_slot < claimed_slot
              AND (claimed_by = excluded.claimed_by OR claimed_at <= ?2 - ?3))
       RETURNING name, claimed_slot AS slot`,
    )
    .bind(JSON.stringify(slots.map(({ frequency, atMs }) => [frequency, atMs])), nowMs, leaseMs, mark);
}

/** Makes rows of `frequency` as new: their slots are free again. */
export const RESET_CLAIMS = `
  UPDATE frequency SET claimed_slot = -1, claimed_at = -1, done_slot = -1, claimed_by = NULL
  WHERE name IN (SELECT value FROM json_each(?1))`;

/** Rows of `frequency` that would keep their slots from ever being taken again, or say nonsense. */
export function damagedClaims(
  rows: readonly Readonly<Record<string, unknown>>[],
  scheduledAtMs: number,
): Damage[] {
  return rows.flatMap((row) => {
    const parsed = parseClaim(row, scheduledAtMs + DAY_MS);
    return parsed instanceof ParseProblem
      ? [{ table: "frequency", key: String(row["name"]), problem: parsed.text }]
      : [];
  });
}
