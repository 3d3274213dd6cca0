import { endpointOf } from "../../core/net/address.ts";
import { down, inconclusive, type Outcome } from "../../core/outcome.ts";
import { isPlatformLimit } from "../../core/net/platform-limit.ts";
import type { Socket } from "../../core/ports.ts";
import type { ProbeContext } from "../../core/probe-context.ts";
import { errorText, oneLine } from "../../core/text.ts";
import { ProbeTimeout, withSignalTimeout } from "../../core/time/deadline.ts";
import { OWN_HEADERS } from "./user-agent.ts";

/** Time for each further look, ms. */
const PROBE_AGAIN_MS = 3_000;
/** Redirects that are followed to find out at which host the fault is. */
const MAX_HOPS = 3;

/** What a second look needs. */
export type ProbeAgainContext = Pick<ProbeContext, "network" | "signal">;

/** A redirect that cannot be followed. The message is the reason. */
export class RedirectError extends Error {}

/**
 * What an exception of `fetch` means. Local runs throw "Network connection lost." both for a refused and
 * for a broken connection, and "internal error" both for an unknown host and for a bad certificate;
 * whether a plain connection can be made tells them apart. In production these faults come as answers
 * instead (http-answer.ts), so the further looks are hardly ever spent there.
 *
 * @param url that was requested when it was thrown
 * @param first where redirects led there from
 * @throws `thrown`, when the job's own time is over
 */
export async function explainFetchError(
  thrown: unknown,
  url: URL,
  context: ProbeAgainContext,
  first: URL = url,
): Promise<Outcome> {
  if (isPlatformLimit(thrown)) return inconclusive(`cannot be checked from here: ${errorText(thrown)}`);
  const isKnown = thrown instanceof ProbeTimeout || thrown instanceof RedirectError;
  if (context.signal.aborted && !isKnown) throw thrown;
  const fault = opaqueError(thrown);
  const reason = isKnown
    ? thrown.message
    : fault === null
      ? withoutAddresses(thrown)
      : await probeAgain(fault, url, context, MAX_HOPS);
  return down(url.origin === first.origin ? reason : redirectedTo(url, reason));
}

/** The host alone: what follows it in a redirect is often a secret. */
function redirectedTo({ host }: URL, reason: string): string {
  return `redirects to ${oneLine(host, 80)}, and there: ${reason}`;
}

/** What it says. The addresses in it are left out, since whoever is redirected to one may get a secret with it. */
export function withoutAddresses(thrown: unknown): string {
  const text = errorText(thrown);
  if (/too many redirects/i.test(text)) return "redirects without end";
  const [, address] = /^TypeError: Fetch API cannot load: (.*)/.exec(text) ?? [];
  if (address !== undefined) {
    const url = URL.parse(address);
    return url === null || isHttp(url) ? "redirects to an address that cannot be requested" : notHttp(url);
  }
  return text.replaceAll(/\b([a-z][a-z\d+.-]*:)\/\/\S+/gi, "$1…");
}

export function isHttp({ protocol }: URL): boolean {
  return protocol === "https:" || protocol === "http:";
}

/** Of an address that a redirect leads to. */
export function notHttp({ protocol }: URL): string {
  return `redirects to an address that is not HTTP (${oneLine(protocol, 40)})`;
}

/** Two exceptions that name no cause; null for one that does. */
export function opaqueError(thrown: unknown): "lost" | "internal" | null {
  const text = errorText(thrown);
  if (/connection lost/i.test(text)) return "lost";
  return /internal error/i.test(text) ? "internal" : null;
}

/**
 * What a fault was that named no cause, by whether a plain connection can be made.
 *
 * @param hops redirects that were followed already to find the host whose fault it is; MAX_HOPS where it is known
 */
export async function probeAgain(
  fault: "lost" | "internal",
  url: URL,
  context: ProbeAgainContext,
  hops: number,
): Promise<string> {
  if (!(await canConnect(url, context))) {
    return fault === "lost" ? "connection refused" : "host name not found or host unreachable";
  }
  const next = hops < MAX_HOPS ? await redirectOf(url, context) : null;
  if (next !== null) {
    return redirectedTo(next, await probeAgain(fault, next, context, hops + 1));
  }
  if (fault === "lost") return "the server closed the connection, or answered something that is not HTTP";
  return url.protocol === "https:" ? "certificate invalid, or TLS handshake failed" : "host unreachable";
}

async function canConnect(url: URL, { network, signal }: ProbeAgainContext): Promise<boolean> {
  let socket: Socket | undefined;
  try {
    const opening = (socket = network.connect(endpointOf(url)));
    // `closed` rejects as well when the connection fails; `opened` is the one that tells.
    opening.closed.catch(() => undefined);
    await withSignalTimeout(PROBE_AGAIN_MS, signal, () => opening.opened);
    return true;
  } catch {
    // The failure is the answer; its text says less than fetch's.
    return false;
  } finally {
    // Not waited for, since no limit holds it any more.
    socket?.close().catch(() => undefined);
  }
}

/** Where the server sends those who ask, or null when it sends them nowhere or the fault is its own. */
async function redirectOf(url: URL, { network, signal }: ProbeAgainContext): Promise<URL | null> {
  try {
    return await withSignalTimeout(PROBE_AGAIN_MS, signal, async (inner) => {
      const response = await network.fetch(url.href, {
        headers: OWN_HEADERS,
        redirect: "manual",
        cache: "no-store",
        signal: inner,
      });
      await response.body?.cancel();
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) return null;
      const next = URL.canParse(location, url) ? new URL(location, url) : null;
      return next !== null && isHttp(next) ? next : null;
    });
  } catch {
    // The same fault again: it is this host's own.
    return null;
  }
}
