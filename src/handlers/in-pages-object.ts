import { logError } from "../adapters/log.ts";
import { errorText } from "../domain/text.ts";
import type { Bindings, RunnerMethods } from "./env.ts";

/** Of the object that makes pages and answers: it may take more CPU time than a request of the Free plan. */
const PAGES = "pages";

/**
 * What the object that makes pages makes; in place where there is none, or when it fails.
 *
 * @param what is made, for the log
 */
export async function inPagesObject<Made>(
  env: Bindings,
  make: (object: RunnerMethods) => Promise<Made>,
  inPlace: () => Promise<Made>,
  what: string,
): Promise<Made> {
  if (env.RUNNERS !== undefined) {
    try {
      return await make(env.RUNNERS.getByName(PAGES));
    } catch (error) {
      logError(`The object that makes pages failed, so ${what} is made in place: ${errorText(error, 500)}`);
    }
  }
  return inPlace();
}
