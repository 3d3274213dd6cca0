import type { StatusView } from "../domain/instance-status.ts";
import type { Clock, Store } from "../domain/ports.ts";
import { SharedWork } from "./shared-work.ts";

/** So long the same rows serve everybody who asks, ms. */
const KEPT_MS = 5_000;

/**
 * What `/status` is made from. Only the rows are kept, and judged by the clock at each request: a tick that does not come is
 * seen no later than without this.
 */
export class KeptStatus {
  readonly #clock: Clock;
  readonly #work = new SharedWork<StatusView>();
  #kept: { readonly view: StatusView; readonly atMs: number } | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws StoreFault */
  async read(store: Pick<Store, "readStatus">): Promise<StatusView> {
    const nowMs = (): number => this.#clock.nowMs();
    const ageMs = this.#kept === null ? Infinity : nowMs() - this.#kept.atMs;
    if (this.#kept !== null && ageMs >= 0 && ageMs < KEPT_MS) return this.#kept.view;
    return this.#work.get("status", nowMs, async () => {
      // When it was asked, not when it was answered: it may be as old as that.
      const atMs = nowMs();
      const view = await store.readStatus();
      this.#kept = { view, atMs };
      return view;
    });
  }

  /** Something has changed that this isolate knows of. */
  forget(): void {
    this.#kept = null;
  }
}
