import { up, type Outcome } from "../../core/outcome.ts";
import { withSignalTimeout } from "../../core/time/deadline.ts";
import { isMadeUp, explainStatus } from "./http-answer.ts";
import { explainFetchError, type ProbeAgainContext } from "./http-error.ts";
import { readStart } from "./read-start.ts";
import { OWN_HEADERS } from "./user-agent.ts";

/** A reference target has this long to answer, ms: the whole tick waits for it. */
const REFERENCE_TIMEOUT_MS = 5_000;
/** Bytes of an answer in which Cloudflare's own code would stand. */
const LOOK_BYTES = 256;

/**
 * Whether an address can be reached at all. Whatever its server answers is an answer, but for those that
 * Cloudflare makes up for a server that gives none.
 */
export async function probeReference(url: string, context: ProbeAgainContext): Promise<Outcome> {
  try {
    return await withSignalTimeout(REFERENCE_TIMEOUT_MS, context.signal, async (signal) => {
      const response = await context.network.fetch(url, {
        headers: OWN_HEADERS,
        redirect: "manual",
        cache: "no-store",
        signal,
      });
      const start = await readStart(response, LOOK_BYTES);
      const { status, headers } = response;
      const outcome = explainStatus({ status, headers, hostname: new URL(url).hostname, start }, [200], 0);
      // A refusal, even one of Cloudflare's own, shows that the network is there.
      const answered = outcome.status === "down" && !isMadeUp(response.status);
      return answered ? up(`HTTP ${response.status}`) : outcome;
    });
  } catch (error) {
    return explainFetchError(error, new URL(url), context);
  }
}
