import { errorText } from "../core/text.ts";

/** Why a connection could not be made. */
export interface ConnectError {
  readonly status: "down" | "inconclusive";
  /** One line for a person. */
  readonly reason: string;
}

/**
 * What an error of `connect()` or of its socket means. The texts are all there is: these errors have no
 * code. Seen in workerd 1.20261117 (its src/workerd/api/sockets.c++), the docs' "Troubleshooting" of
 * https://developers.cloudflare.com/workers/runtime-apis/tcp-sockets/ and users' reports.
 *
 * "proxy request failed, cannot connect to the specified address" is said of a refused connection, of an
 * unknown host name, and, in production, of what a Worker may not reach: Cloudflare's own addresses and
 * with them every host behind Cloudflare, and private networks. The sentence that suggests fetch instead
 * adds nothing: it comes with every failure on the ports 80 and 443 and on no other port.
 * So one text has causes on their side and on ours. The host's address tells which (no-connection.ts);
 * where it cannot be looked up, the port decides which is told:
 * - Where Cloudflare's proxy listens, the usual cause is a host behind Cloudflare. It is healthy and would
 *   be reported as down for ever, so the outcome is inconclusive: a lasting one is told as well, once, in
 *   words that name both causes. fetch() does tell them apart, so an HTTP check of the host misses nothing.
 * - On any other port Cloudflare forwards nothing: whoever connects to that host name there gets no
 *   answer either, Worker or not. That is down.
 * Everything unknown is inconclusive: a limit of ours must not be told as their fault.
 *
 * @param port where it is known; without it only 80 and 443 are recognised, by the text.
 */
export function classifyConnectError(thrown: unknown, port: number | null = null): ConnectError {
  const text = errorText(thrown);
  if (isAmbiguous(thrown)) {
    return text.includes("consider using fetch") || (port !== null && PROXIED_PORTS.has(port))
      ? notFromHere(
          "no connection, and a Worker cannot tell a host behind Cloudflare, which it may not reach," +
            " from one that refuses or has no address",
        )
      : { status: "down", reason: "no connection: refused, unreachable, or host name not found" };
  }
  if (text.includes("Connections to port 25 are prohibited")) {
    return notFromHere("Workers may not connect to port 25");
  }
  if (text.includes("TCP Loop detected")) return notFromHere("a Worker may not connect to itself");
  if (text.includes("Network connection lost") || text.includes("This socket has been closed")) {
    return { status: "down", reason: "connection lost" };
  }
  return notFromHere(text);
}

/** Whether the error is the one that has causes on both sides. */
export function isAmbiguous(thrown: unknown): boolean {
  return errorText(thrown).includes("proxy request failed, cannot connect to the specified address");
}

function notFromHere(why: string): ConnectError {
  return { status: "inconclusive", reason: `cannot be checked from here: ${why}` };
}

/** https://developers.cloudflare.com/fundamentals/reference/network-ports/ */
const PROXIED_PORTS: ReadonlySet<number> = new Set([
  80, 443, 2052, 2053, 2082, 2083, 2086, 2087, 2095, 2096, 8080, 8443, 8880,
]);
