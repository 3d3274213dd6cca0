import { instanceStatus } from "./instance-status.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Clock } from "../core/ports.ts";
import type { Settings } from "../core/settings.ts";
import type { StatusStore } from "./ports.ts";

/** Pings a dead man's switch, once. Never rejects, and never says where it pinged: the address is a secret. */
export type SendPing = (url: string) => Promise<Outcome>;

export type DeadMansSwitchResult =
  | { readonly kind: "not set" }
  /** This instance is not well, so its switch is left to fire. */
  | { readonly kind: "withheld"; readonly reason: string }
  | { readonly kind: "pinged" }
  | { readonly kind: "not taken"; readonly reason: string; readonly failures: number };

/** So many failures in a row are told. */
const ALERT_AFTER = 10;

/** How the pings of one copy of the Worker went: what is lost with it is only told a little later. */
export class DeadMansSwitch {
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
  pendingAlert(): { readonly failures: number; readonly reason: string } | null {
    const isDue = this.#failures >= ALERT_AFTER && !this.#isTold;
    return isDue ? { failures: this.#failures, reason: this.#reason } : null;
  }

  /** It is written down, and not told again before a ping is taken. */
  markNotified(): void {
    this.#isTold = true;
  }
}

/**
 * Tells the service behind DEAD_MAN_URL that this instance lives: after a tick that was recorded, and only while
 * `/status` would say True. Whatever becomes of the ping is data, as a tick must not fail for it.
 *
 * @throws DatabaseError when nobody can say how this instance is
 */
export async function pingDeadMansSwitch({
  settings,
  store,
  clock,
  sendPing,
  memory,
}: {
  readonly settings: Settings;
  readonly store: StatusStore;
  readonly clock: Clock;
  readonly sendPing: SendPing;
  readonly memory: DeadMansSwitch;
}): Promise<DeadMansSwitchResult> {
  if (settings.deadManUrl === null) return { kind: "not set" };
  const { status, reason } = instanceStatus(await store.readStatus(), settings, clock.nowMs());
  if (status !== "True") return { kind: "withheld", reason };
  const outcome = await sendPing(settings.deadManUrl);
  const failures = memory.remember(outcome);
  return failures === 0 ? { kind: "pinged" } : { kind: "not taken", reason: outcome.reason, failures };
}
