import { meteredDatabase } from "../adapters/d1/metered.ts";
import { Meter, type Unrecorded } from "../usecases/meter.ts";
import type { Bindings } from "./env.ts";

/**
 * Does what asks the database outside of ticks, and counts it: the next tick records it.
 *
 * @param rowsRead so far
 */
export async function metered<T>(
  env: Bindings,
  unrecorded: Unrecorded,
  work: (database: D1Database, rowsRead: () => number) => Promise<T>,
): Promise<T> {
  const meter = new Meter();
  try {
    return await work(meteredDatabase(env.DB, meter.onQueries), () => meter.rowsRead);
  } finally {
    // Invocations of objects are counted where they are called.
    unrecorded.add({ ...meter.take(), invocations: 0 });
  }
}
