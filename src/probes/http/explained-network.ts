import type { Network } from "../../domain/ports.ts";
import { judgeThrown, opaqueFault } from "./http-fault.ts";

/**
 * The network with a `fetch` whose exceptions name the cause, for jobs that do not use a probe: "connection
 * refused" instead of "Network connection lost.", which a runtime says of several faults. All other
 * exceptions come through as they are.
 */
export function explainedNetwork(network: Network): Network {
  return {
    connect: (address) => network.connect(address),
    fetch: async (url, init) => {
      try {
        return await network.fetch(url, init);
      } catch (thrown) {
        const signal = init?.signal ?? new AbortController().signal;
        if (opaqueFault(thrown) === null || signal.aborted || !URL.canParse(url)) throw thrown;
        const { reason } = await judgeThrown(thrown, new URL(url), { network, signal });
        throw new Error(reason, { cause: thrown });
      }
    },
  };
}
