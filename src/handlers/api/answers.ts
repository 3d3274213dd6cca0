import type { Platform } from "../../adapters/platform.ts";
import type { PageMemory } from "../../usecases/read-overview.ts";
import type { Bindings } from "../env.ts";
import { inPagesObject } from "../in-pages-object.ts";
import { PageCache } from "../page-cache.ts";
import type { Answer, AnswerTask } from "./answer.ts";
import { makeAnswer } from "./make-answer.ts";

/** Has answers made, as pages are: in the object that may take the CPU time, and for strangers once in ten seconds. */
export class Answers {
  readonly #platform: Platform;
  readonly #cache = new PageCache<Answer>(({ body }) => body.length);
  readonly #memory: PageMemory;

  /** @param memory of the cards, where answers are made in place */
  constructor(platform: Platform, memory: PageMemory) {
    this.#platform = platform;
    this.#memory = memory;
  }

  get(task: AnswerTask, env: Bindings): Promise<Answer> {
    const make = (): Promise<Answer> => this.#make(task, env);
    const nowMs = (): number => this.#platform.clock.nowMs();
    return task.viewer === "owner" ? make() : this.#cache.get(JSON.stringify(task), nowMs, make);
  }

  #make(task: AnswerTask, env: Bindings): Promise<Answer> {
    return inPagesObject(
      env,
      (object) => object.answer(task),
      () => makeAnswer(task, env, this.#platform, this.#memory),
      "an answer",
    );
  }
}
