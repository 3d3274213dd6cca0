/** Calls that wait for an answer: the points at which the model's world can turn out one way or another. */
import type { Counts } from "./counts.ts";
import type { Call, How, Invocation, Port } from "./parts.ts";
import { drained, type ModelTime } from "./time.ts";

/** What answers do. */
export interface Ways<T> {
  readonly port: Port;
  readonly what: string;
  /** Does what was asked for. */
  does(): T | Promise<T>;
  /** What the caller is told instead. */
  fails(): T | Promise<T>;
  refuses?(): T | Promise<T>;
  /** The call fails by itself after so long, ms. Without it nothing but its caller ends the wait. */
  readonly limitMs?: number;
}

/** A write that was given up may reach the database so much later, ms. */
const LATEST_MS = 90_000;

/** Something was done that its caller had given up, and may have done again. */
export const LATE = "calls that were done late";

export class Calls {
  readonly story: string[] = [];
  readonly counts: Counts;
  readonly #time: ModelTime<Invocation>;
  #waiting: Call[] = [];

  constructor(time: ModelTime<Invocation>, counts: Counts) {
    this.#time = time;
    this.counts = counts;
  }

  get waiting(): readonly Call[] {
    return this.#waiting;
  }

  tell(text: string): void {
    const at = new Date(this.#time.nowMs).toISOString().slice(5, 21).replace("T", " ");
    this.story.push(`${at} ${text}`);
  }

  /** Waits until the world answers. */
  ask<T>(ways: Ways<T>): Promise<T> {
    const owner = this.#time.owner;
    if (owner === undefined) throw new Error(`${ways.what} belongs to no invocation`);
    return new Promise<T>((resolve, reject) => {
      const settle = (work: () => T | Promise<T>): void => {
        this.#time.clearTimeout(limit);
        // The executor's own catch is gone by now.
        new Promise<T>((settled) => {
          settled(work());
        }).then(resolve, reject);
      };
      const call: Call = {
        owner,
        port: ways.port,
        what: ways.what,
        answer: (how) => {
          switch (how) {
            case "well":
              return settle(() => ways.does());
            case "fails":
              return settle(() => ways.fails());
            case "done, but fails":
              this.#do(ways);
              return settle(() => ways.fails());
            case "fails, and is done later":
              this.#later(ways);
              return settle(() => ways.fails());
            case "refused for good":
              return settle(() => (ways.refuses === undefined ? ways.does() : ways.refuses()));
            case "never answers":
              return undefined;
          }
        },
        arrive: () => this.#do(ways),
      };
      this.#waiting.push(call);
      const limit =
        ways.limitMs === undefined
          ? null
          : this.#time.atLast(ways.limitMs, () => {
              if (!owner.dead) this.#give(call, "fails");
            });
    });
  }

  /** Lets it be answered so, and everybody go on. */
  async answer(call: Call, how: How): Promise<void> {
    this.#give(call, how);
    await drained();
  }

  /** Nothing of `owner` goes on. What it has asked for may be done all the same. */
  async abandon(owner: Invocation, arrives: boolean): Promise<void> {
    const left = this.#waiting.filter((call) => call.owner === owner);
    this.#waiting = this.#waiting.filter((call) => call.owner !== owner);
    if (arrives) for (const call of left) call.arrive();
    await drained();
  }

  #give(call: Call, how: How): void {
    this.#waiting = this.#waiting.filter((other) => other !== call);
    this.counts.add(`${call.port}: ${how}`);
    this.tell(`#${call.owner.id} ${call.what}${how === "well" ? "" : `: ${how}`}`);
    call.answer(how);
  }

  #do<T>(ways: Ways<T>): void {
    void (async (): Promise<T> => await ways.does())().catch(() => undefined);
  }

  #later<T>(ways: Ways<T>): void {
    this.#time.atLast(LATEST_MS * this.#lateness(), () => {
      this.tell(`${ways.what}, after all`);
      this.counts.add(LATE);
      this.#do(ways);
    });
  }

  /** Sooner or later, in turns. */
  #lateness(): number {
    return [0.01, 0.3, 1][this.story.length % 3] ?? 1;
  }
}
