import { REQUESTS_PER_ATTEMPT, RESERVED_REQUESTS } from "../core/plan.ts";
import type { UsageMeter } from "./usage-meter.ts";

/** Whether an invocation may begin more without passing its plan's limit of requests to the outside. */
export class SubrequestBudget implements RequestBudget {
  readonly #meter: Pick<UsageMeter, "requests">;
  readonly #most: number;
  #promised = 0;

  /** @param most requests that the plan allows one invocation */
  constructor(meter: Pick<UsageMeter, "requests">, most: number) {
    this.#meter = meter;
    this.#most = most;
  }

  canStart(): boolean {
    return this.#fits(0);
  }

  tryReserve(looks: number): (() => void) | null {
    const requests = looks * REQUESTS_PER_ATTEMPT;
    if (!this.#fits(requests)) return null;
    this.#promised += requests;
    return () => {
      this.#promised -= requests;
    };
  }

  #fits(more: number): boolean {
    return this.#meter.requests + this.#promised + more + RESERVED_REQUESTS <= this.#most;
  }
}

/** What an invocation may still ask the outside. */
export interface RequestBudget {
  /** For one more job, beside those that are under way. */
  canStart(): boolean;
  /**
   * Keeps room for so many further looks at a target, so that nothing that begins meanwhile takes it.
   *
   * @returns what gives it back; null where there is not so much
   */
  tryReserve(looks: number): (() => void) | null;
}
