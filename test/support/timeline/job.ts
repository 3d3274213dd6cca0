/** One job's life as a test tells it: what each run's outcome leads to. */
import { evaluate, type Decision } from "../../../src/alerting/evaluate.ts";
import { applySuppression } from "../../../src/alerting/suppression.ts";
import { NEW_JOB, type SuppressionReason, type JobState } from "../../../src/alerting/job-state.ts";
import type { JobFailureNotificationFrequency } from "../../../src/alerting/policy.ts";
import { down, inconclusive, up, type Outcome } from "../../../src/core/outcome.ts";
import { at } from "../fakes/ports.ts";

export const DAY = "2026-11-23";

export class JobLife {
  state: JobState = NEW_JOB;
  /** What keeps its notices back. */
  suppression: SuppressionReason | null = null;
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

  /** `failure: notifies on every failure`, or `-: still up` where nothing is told. */
  #run(time: string, outcome: Outcome): string {
    const policy = { notifyOnFailureEvery: this.#every, numberFailuresBeforeNotification: this.#minimum };
    const nowMs = at(time.includes(" ") ? time : `${DAY} ${time}`);
    const plain = evaluate(policy, this.state, outcome, nowMs);
    const decision: Decision = applySuppression(this.state, plain, outcome, this.suppression, nowMs);
    this.state = decision.state;
    return `${decision.notification ?? "-"}: ${decision.reason}`;
  }
}
