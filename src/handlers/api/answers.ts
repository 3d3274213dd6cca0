import { logError } from "../../adapters/log.ts";
import type { Platform } from "../../adapters/platform.ts";
import { errorText } from "../../domain/text.ts";
import { PageMemory } from "../../usecases/read-overview.ts";
import type { Bindings } from "../env.ts";
import { PageCache } from "../page-cache.ts";
import { PAGES } from "../pages.tsx";
import type { Answer, AnswerTask } from "./answer.ts";
import { makeAnswer } from "./make-answer.ts";

/** Has answers made, as pages are: in the object that may take the CPU time, and for strangers once in ten seconds. */
export class Answers {
  readonly #platform: Platform;
  readonly #cache = new PageCache<Answer>(({ body }) => body.length);
  readonly #memory = new PageMemory();

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  get(task: AnswerTask, env: Bindings): Promise<Answer> {
    const make = (): Promise<Answer> => this.#make(task, env);
    const nowMs = (): number => this.#platform.clock.nowMs();
    return task.viewer === "owner" ? make() : this.#cache.get(JSON.stringify(task), nowMs, make);
  }

  async #make(task: AnswerTask, env: Bindings): Promise<Answer> {
    if (env.RUNNERS !== undefined) {
      try {
        return await env.RUNNERS.getByName(PAGES).answer(task);
      } catch (error) {
        logError(
          `The object that makes pages failed, so an answer is made in place: ${errorText(error, 500)}`,
        );
      }
    }
    return makeAnswer(task, env, this.#platform, this.#memory);
  }
}
