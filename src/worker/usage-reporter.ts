import { logWarning } from "../platform/log.ts";
import type { Clock } from "../core/ports.ts";
import { errorText } from "../core/text.ts";
import type { PendingUsage } from "../usage/usage-meter.ts";
import { TICK, type Bindings } from "./env.ts";

/** Sent so often at most, ms; sooner where many rows were read, so that little is lost when this isolate ends. */
const EVERY_MS = 60_000;
const SOONER_MS = 5_000;
const MANY_ROWS = 1_000;

/**
 * Brings what this isolate used outside of ticks (pages, pings, inbound mail) to the object that runs the ticks, which
 * records it with the next one. Isolates that nobody asks anything send nothing.
 */
export class UsageReporter {
  readonly #pendingUsage: PendingUsage;
  readonly #clock: Clock;
  #sentAtMs = -Infinity;

  constructor(pendingUsage: PendingUsage, clock: Clock) {
    this.#pendingUsage = pendingUsage;
    this.#clock = clock;
  }

  /** Never rejects: what could not be brought is brought the next time. */
  async send({ RUNNERS }: Bindings): Promise<void> {
    const ageMs = this.#clock.nowMs() - this.#sentAtMs;
    const isMuch = this.#pendingUsage.rowsRead >= MANY_ROWS;
    // Where there is no such object the ticks run in an isolate such as this one, and record what they know of.
    if (RUNNERS === undefined || this.#pendingUsage.rowsRead === 0) return;
    if (ageMs >= 0 && ageMs < (isMuch ? SOONER_MS : EVERY_MS)) return;
    this.#sentAtMs = this.#clock.nowMs();
    const usage = this.#pendingUsage.take();
    try {
      await RUNNERS.getByName(TICK).addUsage({ ...usage, invocations: usage.invocations + 1 });
    } catch (error) {
      this.#pendingUsage.add(usage);
      logWarning(`What pages used of the database is not recorded yet: ${errorText(error, 500)}`);
    }
  }
}
