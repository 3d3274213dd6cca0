import { connect } from "cloudflare:sockets";
import type { Clock, Network, Random } from "../core/ports.ts";

/** What a Worker has of the world besides its bindings. */
export interface Platform {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
}

export const systemClock: Clock = { nowMs: () => Date.now() };

export const systemRandom: Random = {
  number: () => Math.random(),
  token: () =>
    [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join(""),
};

export const workersNetwork: Network = {
  fetch: (url, init) => fetch(url, init),
  connect: ({ hostname, port }) =>
    connect(
      // The runtime joins the two with a colon, so an IPv6 address needs its brackets.
      { hostname: hostname.includes(":") ? `[${hostname}]` : hostname, port },
      // "off" even for port 443: a probe of TLS speaks it itself, and a probe of TCP wants none.
      { secureTransport: "off", allowHalfOpen: false },
    ),
};

export const workersPlatform: Platform = {
  clock: systemClock,
  random: systemRandom,
  network: workersNetwork,
};
