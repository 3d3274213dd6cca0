import { latestPossible, type Slot } from "../../../core/time/frequency.ts";
import { parseClaim, sound } from "../rows.ts";
import type { CorruptRow } from "../../../core/corrupt-row.ts";

export const CLAIMS = { table: "frequency", key: "name" };

/**
 * Takes slots. The condition is what makes a slot run once: of two invocations that race, one changes no
 * row. A call that asks again is given what it took before. A claim from the future was made by a clock that was wrong,
 * so its taker is taken for dead as well.
 */
export function claimStatement(
  db: D1Database,
  slots: readonly Slot[],
  nowMs: number,
  leaseMs: number,
  requestId: string,
): D1PreparedStatement {
  return db
    .prepare(
      `INSERT INTO frequency (name, claimed_slot, claimed_at, claimed_by, completed_slot)
       SELECT value->>0, value->>1, ?2, ?4, -1 FROM json_each(?1) WHERE true
       ON CONFLICT (name) DO UPDATE SET
         claimed_slot = excluded.claimed_slot, claimed_at = excluded.claimed_at, claimed_by = excluded.claimed_by
       WHERE claimed_slot < excluded.claimed_slot
          OR (claimed_slot = excluded.claimed_slot AND completed_slot < claimed_slot
              AND (claimed_by = excluded.claimed_by OR claimed_at NOT BETWEEN ?2 - ?3 + 1 AND ?5))
       RETURNING name, claimed_slot AS slot`,
    )
    .bind(
      JSON.stringify(slots.map(({ frequency, atMs }) => [frequency, atMs])),
      nowMs,
      leaseMs,
      requestId,
      latestPossible(nowMs),
    );
}

/**
 * Rows of `frequency` that would keep their slots from ever being taken again, or say nonsense. A row that is
 * missing is as good as new: a claim makes it.
 */
export function damagedClaims(
  rows: readonly Readonly<Record<string, unknown>>[],
  latestMs: number,
): CorruptRow[] {
  const damage: CorruptRow[] = [];
  sound(rows, CLAIMS, damage, (row) => parseClaim(row, latestMs));
  return damage;
}
