import { meteredDatabase } from "../storage/d1/metered.ts";
import { UsageMeter, type PendingUsage } from "../usage/usage-meter.ts";
import type { Bindings } from "./env.ts";

/**
 * Does what asks the database outside of ticks, and counts it: the next tick records it.
 *
 * @param rowsRead so far
 */
export async function metered<T>(
  env: Bindings,
  pendingUsage: PendingUsage,
  work: (database: D1Database, rowsRead: () => number) => Promise<T>,
): Promise<T> {
  const meter = new UsageMeter();
  try {
    return await work(meteredDatabase(env.DB, meter.onQueries), () => meter.rowsRead);
  } finally {
    // Invocations of objects are counted where they are called.
    pendingUsage.add({ ...meter.take(), invocations: 0 });
  }
}
