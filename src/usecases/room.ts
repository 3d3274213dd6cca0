import { REQUESTS_A_LOOK, REQUESTS_KEPT } from "../domain/plan.ts";
import type { Meter } from "./meter.ts";
import type { JobRoom } from "./run-jobs.ts";

/** Whether an invocation may begin more without passing its plan's limit of requests to the outside. */
export class Room implements JobRoom {
  readonly #meter: Pick<Meter, "requests">;
  readonly #most: number;
  #promised = 0;

  /** @param most requests that the plan allows one invocation */
  constructor(meter: Pick<Meter, "requests">, most: number) {
    this.#meter = meter;
    this.#most = most;
  }

  hasRoom(): boolean {
    return this.#fits(0);
  }

  promise(looks: number): (() => void) | null {
    const requests = looks * REQUESTS_A_LOOK;
    if (!this.#fits(requests)) return null;
    this.#promised += requests;
    return () => {
      this.#promised -= requests;
    };
  }

  #fits(more: number): boolean {
    return this.#meter.requests + this.#promised + more + REQUESTS_KEPT <= this.#most;
  }
}
