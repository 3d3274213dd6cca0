import type { Platform } from "../../platform/platform.ts";
import type { SummaryCache } from "../../status/read-status-page.ts";
import type { Bindings } from "../env.ts";
import { renderInDurableObject } from "../render-in-durable-object.ts";
import { ResponseCache } from "../response-cache.ts";
import type { ApiResponse, ApiTask } from "./api-response.ts";
import { buildResponse } from "./build-response.ts";

/** Has answers made, as pages are: in the object that may take the CPU time, and for strangers once in ten seconds. */
export class ApiResponder {
  readonly #platform: Platform;
  readonly #cache = new ResponseCache<ApiResponse>(({ body }) => body.length);
  readonly #memory: SummaryCache;

  /** @param memory of the cards, where answers are made in place */
  constructor(platform: Platform, memory: SummaryCache) {
    this.#platform = platform;
    this.#memory = memory;
  }

  get(task: ApiTask, env: Bindings): Promise<ApiResponse> {
    const make = (): Promise<ApiResponse> => this.#make(task, env);
    const nowMs = (): number => this.#platform.clock.nowMs();
    return task.audience === "admin" ? make() : this.#cache.get(JSON.stringify(task), nowMs, make);
  }

  #make(task: ApiTask, env: Bindings): Promise<ApiResponse> {
    return renderInDurableObject(
      env,
      (object) => object.answer(task),
      () => buildResponse(task, env, this.#platform, this.#memory),
      "an answer",
    );
  }
}
