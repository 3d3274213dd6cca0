/** One job's life as a test tells it: what each run's outcome leads to. */
import { decide, type Decision } from "../../src/domain/decide.ts";
import { withHush } from "../../src/domain/hush.ts";
import { NEW_JOB, type Hush, type JobState } from "../../src/domain/job-state.ts";
import type { JobFailureNotificationFrequency } from "../../src/domain/notification.ts";
import { down, inconclusive, up, type Outcome } from "../../src/domain/outcome.ts";
import { at } from "./fakes.ts";

export const DAY = "2026-11-23";

export class JobLife {
  state: JobState = NEW_JOB;
  /** What keeps its notices back. */
  hush: Hush | null = null;
  readonly #every: JobFailureNotificationFrequency;
  readonly #minimum: number;

  constructor(every: JobFailureNotificationFrequency, minimum: number) {
    this.#every = every;
    this.#minimum = minimum;
  }

  /** @param time of {@link DAY}, such as `10:04:30`, or with a date of its own */
  fails(time: string, condition: string | null = null, reason = "broken"): string {
    return this.#run(time, down(reason, null, condition));
  }

  succeeds(time: string): string {
    return this.#run(time, up("fine"));
  }

  isInconclusive(time: string, reason = "out of reach"): string {
    return this.#run(time, inconclusive(reason));
  }

  /** `failure: told every time`, or `-: still up` where nothing is told. */
  #run(time: string, outcome: Outcome): string {
    const policy = { notifyOnFailureEvery: this.#every, numberFailuresBeforeNotification: this.#minimum };
    const nowMs = at(time.includes(" ") ? time : `${DAY} ${time}`);
    const plain = decide(policy, this.state, outcome, nowMs);
    const decision: Decision = withHush(this.state, plain, outcome, this.hush, nowMs);
    this.state = decision.state;
    return `${decision.notice ?? "-"}: ${decision.ground}`;
  }
}
