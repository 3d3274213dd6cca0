/** What a job of a list connects to, as far as it decides whether a Worker may. */
export interface Watched {
  readonly by: "fetch" | "connect";
  /** Without the brackets of an IPv6 address. */
  readonly hostname: string;
  readonly port: number;
}

/** @param url of an HTTP server */
export function watchedByFetch(url: string): Watched {
  const { hostname, port, protocol } = new URL(url);
  return {
    by: "fetch",
    hostname: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (protocol === "https:" ? 443 : 80) : Number(port),
  };
}
