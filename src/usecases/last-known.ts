import { MINUTE_MS } from "../domain/frequency.ts";
import { USUAL_PACE, type Pace } from "../domain/hanging.ts";
import type { JobState } from "../domain/job-state.ts";
import type { DayUsage } from "../domain/usage.ts";
import { Unrecorded } from "./meter.ts";
import { DeadManMemory } from "./ping-dead-man.ts";

/** No tick is overtaken by one that is further ahead, ms: it would have ended by then. */
const MAX_OVERTAKEN_MS = 20 * MINUTE_MS;

/**
 * What one running copy of the Worker remembers for the case that the database goes away: the states as
 * they were last recorded, and what has been decided without it since. A runtime may end the copy at any
 * time, and run several; so all of this is only a help to tell nothing twice.
 */
export class LastKnown {
  #version: number | null = null;
  #states: ReadonlyMap<string, JobState> | null = null;
  readonly #ahead = new Map<string, JobState>();
  #toldUntilMs = -Infinity;
  /** What was used of the platform, by all invocations of this copy, and is not recorded. */
  readonly unrecorded = new Unrecorded();
  readonly deadMan = new DeadManMemory();
  /** What was used up to the newest tick; null before the first that this copy saw. */
  usage: DayUsage | null = null;
  readonly #paces = new Map<string, Pace>();

  /**
   * What the database holds as of commit `version`. What was decided without it is forgotten when somebody
   * else has committed meanwhile: that commit knows more.
   */
  remember(version: number, states: ReadonlyMap<string, JobState>): void {
    if (version !== this.#version) this.#ahead.clear();
    this.#version = version;
    this.#states = states;
  }

  /** Number of the commit that `states` are of; null in a copy that has never seen the database. */
  get version(): number | null {
    return this.#version;
  }

  /** Null in a copy that has never seen the database. */
  get states(): ReadonlyMap<string, JobState> | null {
    return this.#states;
  }

  /** States that were decided without the database; newer than `states`. */
  get ahead(): ReadonlyMap<string, JobState> {
    return this.#ahead;
  }

  decidedWithout(job: string, state: JobState): void {
    this.#ahead.set(job, state);
  }

  /** How the job ran when it was last due. */
  paceOf(job: string): Pace {
    return this.#paces.get(job) ?? USUAL_PACE;
  }

  rememberPaces(paces: ReadonlyMap<string, Pace>): void {
    for (const [job, pace] of paces) {
      if (pace.turn === "as listed") this.#paces.delete(job);
      else this.#paces.set(job, pace);
    }
  }

  /** False when the tick of this time, or a later one, has told already: its event came twice. */
  takeTick(scheduledAtMs: number): boolean {
    const isOvertaken =
      scheduledAtMs <= this.#toldUntilMs && this.#toldUntilMs <= scheduledAtMs + MAX_OVERTAKEN_MS;
    if (isOvertaken) return false;
    this.#toldUntilMs = scheduledAtMs;
    return true;
  }
}
