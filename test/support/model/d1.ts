/** D1 on Node's own SQLite: the statements are those that go to production, and each may fail on its way. */
import { D1Store } from "../../../src/storage/d1/d1-store.ts";
import { LEASE, LEASE_SUSPECT } from "../../../src/storage/d1/mail/lease.ts";
import { FakeRandom } from "../fakes/ports.ts";
import { LATE } from "./calls.ts";
import { ownerOf, seesUnreached, type World } from "./ports.ts";
import { SqliteD1, type Result, type Statement } from "../d1/sqlite.ts";
import type { Store } from "../../../src/storage/store.ts";

/** Source: https://developers.cloudflare.com/d1/platform/limits/ */
const QUERY_LIMIT_MS = 30_000;

/** From the sources of retry.ts, ms. */
const GIVEN_UP_AFTER_MS = 10_000;

class HostileD1 extends SqliteD1 {
  readonly #world: World;

  constructor(world: World) {
    super();
    this.#world = world;
  }

  /** One transaction, one way there and back. */
  override batch(statements: readonly Statement[]): Promise<Result[]> {
    const { book, calls, time, witness } = this.#world;
    const { owner } = time;
    if (owner === undefined) return Promise.resolve(this.transact(statements));
    const [first] = statements;
    const commit = first?.sql.startsWith("INSERT INTO instance") ? owner.committing : null;
    const startedMs = time.nowMs;
    const answer = calls.ask({
      port: "store",
      what: `D1: ${first?.sql.trim().slice(0, 24)}`,
      does: () => {
        if (time.nowMs - startedMs >= GIVEN_UP_AFTER_MS) calls.counts.add(LATE);
        const results = this.transact(statements);
        if (commit !== null) witness.committed(owner, commit);
        return results;
      },
      fails: () => Promise.reject(new Error("D1_ERROR: Network connection lost.")),
      refuses: () => Promise.reject(new Error("D1_ERROR: the model wants it so")),
      limitMs: QUERY_LIMIT_MS,
    });
    // The store asks again for a lease of which the answer is lost; till then its messages are nobody else's to take.
    return first?.sql === LEASE || first?.sql === LEASE_SUSPECT ? book.seesLease(answer) : answer;
  }
}

export function hostileD1Store(world: World): Store {
  const store = new D1Store(new HostileD1(world) as unknown as D1Database, new FakeRandom());
  const commit = store.commit.bind(store);
  const readTick = store.readTick.bind(store);
  return Object.assign(store, {
    readTick: (...args: Parameters<Store["readTick"]>) => seesUnreached(world, readTick(...args)),
    commit(...args: Parameters<Store["commit"]>) {
      ownerOf(world).committing = args[0];
      return commit(...args);
    },
  });
}
