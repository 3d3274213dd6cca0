import { MINUTE_MS } from "../core/time/frequency.ts";
import type { JobState } from "../alerting/job-state.ts";

/** A tick cannot be superseded by one that is further ahead: it would have ended by then. */
const MAX_SUPERSEDED_MS = 20 * MINUTE_MS;

/**
 * Job states as one isolate knows them, for ticks while the database is away: as last recorded, and as decided without the
 * database since.
 */
export class StateCache {
  #version: number | null = null;
  #states: ReadonlyMap<string, JobState> | null = null;
  readonly #uncommitted = new Map<string, JobState>();
  #notifiedUntilMs = -Infinity;

  /** The states as of commit `version`. A commit of another isolate knows more than what was decided without the database. */
  remember(version: number, states: ReadonlyMap<string, JobState>): void {
    if (version !== this.#version) this.#uncommitted.clear();
    this.#version = version;
    this.#states = states;
  }

  /** The commit that `states` are from; null if this isolate has never read the database. */
  get version(): number | null {
    return this.#version;
  }

  /** Null if this isolate has never read the database. */
  get states(): ReadonlyMap<string, JobState> | null {
    return this.#states;
  }

  /** States decided without the database. They are newer than `states`. */
  get uncommitted(): ReadonlyMap<string, JobState> {
    return this.#uncommitted;
  }

  saveUncommitted(jobKey: string, state: JobState): void {
    this.#uncommitted.set(jobKey, state);
  }

  /** False if the tick of this time, or a later one, has notified already: its cron event came twice. */
  claimTick(scheduledAtMs: number): boolean {
    const isSuperseded =
      scheduledAtMs <= this.#notifiedUntilMs && this.#notifiedUntilMs <= scheduledAtMs + MAX_SUPERSEDED_MS;
    if (isSuperseded) return false;
    this.#notifiedUntilMs = scheduledAtMs;
    return true;
  }
}
