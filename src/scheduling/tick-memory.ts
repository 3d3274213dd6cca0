import { RunProfiles } from "../execution/run-profiles.ts";
import { DeadMansSwitch } from "../self-check/dead-mans-switch.ts";
import type { DayUsage } from "../usage/usage.ts";
import { PendingUsage } from "../usage/usage-meter.ts";
import { StateCache } from "./state-cache.ts";

/**
 * What one isolate remembers from tick to tick. The runtime may end an isolate at any time and run several, so nothing
 * depends on it: it only saves work, and avoids duplicate notifications while the database is away.
 */
export class TickMemory {
  readonly stateCache = new StateCache();
  readonly runProfiles = new RunProfiles();
  /** Used by all invocations of this isolate, and not recorded yet. */
  readonly pendingUsage = new PendingUsage();
  readonly deadMansSwitch = new DeadMansSwitch();
  /** What the day had used up to the newest tick; null before the first tick that this isolate saw. */
  usage: DayUsage | null = null;
}
