/** Calls of which an attempt fails, or whose answer is lost: they must give and do the same all the same. */
import { expect } from "vitest";
import { D1Store } from "../../../src/storage/d1/d1-store.ts";
import { FakeRandom } from "../../support/fakes/ports.ts";
import { faultyD1, type Fault } from "../../adapters/d1/faulty-d1.ts";
import { otherRandom, type LocalD1 } from "../../adapters/d1/local-d1.ts";
import type { Store } from "../../../src/storage/store.ts";

export interface Call {
  /** What the database holds before, written by another invocation. */
  before?(store: Store): Promise<unknown>;
  work(store: Store, db: D1Database): Promise<unknown>;
}

async function outcomeOf(local: LocalD1, call: Call, fault: (call: number) => Fault | null) {
  await local.empty();
  await call.before?.(new D1Store(local.db, otherRandom()));
  const { db, calls } = faultyD1(local.db, fault);
  const result = await call.work(new D1Store(db, new FakeRandom()), db);
  return { calls: calls(), seen: { result, rows: await local.dump() } };
}

export async function expectRepeatable(local: LocalD1, call: Call): Promise<void> {
  const { calls, seen } = await outcomeOf(local, call, () => null);
  expect(calls).toBeGreaterThan(0);
  for (let broken = 0; broken < calls; broken++) {
    for (const how of ["before", "after"] as const) {
      const faulty = await outcomeOf(local, call, (number) => (number === broken ? how : null));
      expect({ broken, how, ...faulty.seen }).toEqual({ broken, how, ...seen });
      expect(faulty.calls).toBeGreaterThan(calls);
    }
  }
}
