import { isPublicHost } from "./connectivity-rules.ts";
import type { Network } from "../core/ports.ts";

/** A network that remembers whether it was used to reach out into the public one. */
export interface TrackedNetwork {
  readonly network: Network;
  readonly publicNetwork: () => boolean;
}

export function trackPublicNetwork(network: Network): TrackedNetwork {
  let used = false;
  const see = (hostname: string): void => {
    used ||= isPublicHost(hostname);
  };
  return {
    network: {
      fetch(url, init) {
        // A text that is no address reaches nobody.
        const parsed = URL.parse(url);
        if (parsed !== null) see(parsed.hostname);
        return network.fetch(url, init);
      },
      connect(address) {
        see(address.hostname);
        return network.connect(address);
      },
    },
    publicNetwork: () => used,
  };
}
