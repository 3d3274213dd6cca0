import { down, up, type Outcome } from "../../core/outcome.ts";
import type { Network } from "../../core/ports.ts";
import { ProbeTimeout, withSignalTimeout } from "../../core/time/deadline.ts";
import { OWN_HEADERS } from "./user-agent.ts";

/** The event waits for it, after all else, ms. */
const TIMEOUT_MS = 10_000;

/**
 * Asks the address of a dead man's switch once: one request, whatever comes of it. What is said of it never holds the
 * address, which is a secret, so the text of an exception is not passed on: it may.
 */
export async function pingDeadMansSwitchUrl(url: string, network: Pick<Network, "fetch">): Promise<Outcome> {
  try {
    return await withSignalTimeout(TIMEOUT_MS, new AbortController().signal, async (signal) => {
      const headers = OWN_HEADERS;
      const response = await network.fetch(url, { headers, redirect: "manual", cache: "no-store", signal });
      // Not waited for: nothing of it is wanted, and a body without end would hold up the event.
      response.body?.cancel().catch(() => undefined);
      return response.ok ? up(`HTTP ${response.status}`) : down(`answered HTTP ${response.status}`);
    });
  } catch (error) {
    return down(error instanceof ProbeTimeout ? error.message : "no connection, or it was lost");
  }
}
