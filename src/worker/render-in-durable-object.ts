import { logError } from "../platform/log.ts";
import { errorText } from "../core/text.ts";
import type { Bindings } from "./env.ts";
import type { RunnerRpc } from "./rpc.ts";

/** Of the object that makes pages and answers: it may take more CPU time than a request of the Free plan. */
const PAGES = "pages";

/**
 * What the object that makes pages makes; in place where there is none, or when it fails.
 *
 * @param what is made, for the log
 */
export async function renderInDurableObject<Made>(
  env: Bindings,
  make: (object: RunnerRpc) => Promise<Made>,
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
