import type { Network } from "../../core/ports.ts";
import { probeAgain, opaqueError, withoutAddresses } from "./http-error.ts";

/**
 * The network with a `fetch` whose exceptions name the cause, for jobs that do not use a probe: "connection
 * refused" instead of "Network connection lost.", which a runtime says of several faults. Where a redirect leads is
 * left out of what is said, since it may be a secret. All other exceptions come through as they are.
 */
export function withReadableErrors(network: Network): Network {
  return {
    connect: (address) => network.connect(address),
    fetch: async (url, init) => {
      try {
        return await network.fetch(url, init);
      } catch (thrown) {
        const signal = init?.signal ?? new AbortController().signal;
        const fault = opaqueError(thrown);
        if (signal.aborted || !/^https?:/i.test(url) || !URL.canParse(url)) throw thrown;
        if (fault === null && !NAMES_REDIRECTS.test(String(thrown))) throw thrown;
        const reason =
          fault === null
            ? withoutAddresses(thrown)
            : await probeAgain(fault, new URL(url), { network, signal }, 0);
        throw new Error(reason, { cause: thrown });
      }
    },
  };
}

/** Exceptions of workerd with addresses in them. */
const NAMES_REDIRECTS = /Too many redirects|Fetch API cannot load/i;
