import { instanceStatus } from "../domain/instance-status.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Clock, Store } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";

/** Pings a dead man's switch, once. Never rejects, and never says where it pinged: the address is a secret. */
export type PingOut = (url: string) => Promise<Outcome>;

export type DeadManResult =
  | { readonly kind: "not set" }
  /** This instance is not well, so its switch is left to fire. */
  | { readonly kind: "withheld"; readonly reason: string }
  | { readonly kind: "pinged" }
  | { readonly kind: "not taken"; readonly reason: string; readonly failures: number };

/** So many failures in a row are told. */
export const TOLD_AFTER = 10;

/** How the pings of one copy of the Worker went: what is lost with it is only told a little later. */
export class DeadManMemory {
  #failures = 0;
  #reason = "";
  #isTold = false;

  /** @returns how many failed in a row, this one included */
  remember({ status, reason }: Outcome): number {
    this.#failures = status === "up" ? 0 : this.#failures + 1;
    this.#reason = reason;
    if (status === "up") this.#isTold = false;
    return this.#failures;
  }

  /** What the next tick has to tell, or null. */
  toTell(): { readonly failures: number; readonly reason: string } | null {
    const isDue = this.#failures >= TOLD_AFTER && !this.#isTold;
    return isDue ? { failures: this.#failures, reason: this.#reason } : null;
  }

  /** It is written down, and not told again before a ping is taken. */
  told(): void {
    this.#isTold = true;
  }
}

/**
 * Tells the service behind DEAD_MAN_URL that this instance lives: after a tick that was recorded, and only while
 * `/status` would say True. Whatever becomes of the ping is data, as a tick must not fail for it.
 *
 * @throws StoreFault when nobody can say how this instance is
 */
export async function pingDeadMan({
  settings,
  store,
  clock,
  pingOut,
  memory,
}: {
  readonly settings: Settings;
  readonly store: Pick<Store, "readStatus">;
  readonly clock: Clock;
  readonly pingOut: PingOut;
  readonly memory: DeadManMemory;
}): Promise<DeadManResult> {
  if (settings.deadManUrl === null) return { kind: "not set" };
  const { word, reason } = instanceStatus(await store.readStatus(), settings, clock.nowMs());
  if (word !== "True") return { kind: "withheld", reason };
  const outcome = await pingOut(settings.deadManUrl);
  const failures = memory.remember(outcome);
  return failures === 0 ? { kind: "pinged" } : { kind: "not taken", reason: outcome.reason, failures };
}
