import { endpointOf, type Endpoint } from "../domain/address.ts";

/** What a job of a list connects to, as far as it decides whether a Worker may. */
export interface Watched extends Endpoint {
  readonly by: "fetch" | "connect";
}

/** @param url of an HTTP server */
export function watchedByFetch(url: string): Watched {
  return { by: "fetch", ...endpointOf(new URL(url)) };
}
