import { endpointOf, type Endpoint } from "../core/net/address.ts";

/** What a job of a list connects to, as far as it decides whether a Worker may. */
export interface Target extends Endpoint {
  readonly by: "fetch" | "connect";
}

/** @param url of an HTTP server */
export function targetByFetch(url: string): Target {
  return { by: "fetch", ...endpointOf(new URL(url)) };
}
