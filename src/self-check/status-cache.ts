import { TokenBucket } from "../core/token-bucket.ts";
import type { StatusView } from "./instance-status.ts";
import type { Clock } from "../core/ports.ts";
import { SingleFlight } from "../core/single-flight.ts";
import type { StatusStore } from "./ports.ts";

/** Readings a day that are always fresh, some 20 rows each: more than all peers need. */
const FRESH_A_DAY = 20_000;
/** For so many hours they are saved up. */
const SAVED_HOURS = 0.1;
/** Whoever asks for more is shown rows of at most this age, ms. */
const KEPT_MS = 5_000;

/**
 * What `/status` is made from: read for everybody who asks, and in a flood of requests once in five seconds. Only the rows are
 * kept, and judged by the clock at each request, so a tick that does not come is seen no later.
 */
export class StatusCache {
  readonly #clock: Clock;
  readonly #work = new SingleFlight<StatusView>();
  readonly #fresh = new TokenBucket(SAVED_HOURS);
  #kept: { readonly view: StatusView; readonly atMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws DatabaseError */
  async read(store: StatusStore): Promise<StatusView> {
    const nowMs = (): number => this.#clock.nowMs();
    const isFlood = this.#fresh.left(FRESH_A_DAY, nowMs()) === 0;
    const ageMs = this.#kept === null ? Infinity : nowMs() - this.#kept.atMs;
    if (isFlood && this.#kept !== null && ageMs >= 0 && ageMs < KEPT_MS) return this.#kept.view;
    return this.#work.get("status", nowMs, async () => {
      this.#fresh.spend(1);
      // When it was asked, not when it was answered: it may be as old as that.
      const atMs = nowMs();
      const view = await store.readStatus();
      this.#kept = { view, atMs };
      return view;
    });
  }
}
