import { endpointOf } from "../../domain/address.ts";
import { down, inconclusive, type Outcome } from "../../domain/outcome.ts";
import { isPlatformLimit } from "../../domain/platform-limit.ts";
import type { Socket } from "../../domain/ports.ts";
import type { ProbeContext } from "../../domain/probe-context.ts";
import { errorText, oneLine } from "../../domain/text.ts";
import { ProbeTimeout, withDeadline } from "../../timing/deadline.ts";
import { USER_AGENT } from "./user-agent.ts";

/** Time for each further look, ms. */
const FURTHER_LOOK_MS = 3_000;
/** Redirects that are followed to find out at which host the fault is. */
const MAX_HOPS = 3;

/** What a second look needs. */
export type LookContext = Pick<ProbeContext, "network" | "signal">;

/**
 * What an exception of `fetch` means. Local runs throw "Network connection lost." both for a refused and
 * for a broken connection, and "internal error" both for an unknown host and for a bad certificate;
 * whether a plain connection can be made tells them apart. In production these faults come as answers
 * instead (http-answer.ts), so the further looks are hardly ever spent there.
 *
 * @throws `thrown`, when the job's own time is over
 */
export async function judgeThrown(thrown: unknown, url: URL, context: LookContext): Promise<Outcome> {
  if (thrown instanceof ProbeTimeout) return down(thrown.message);
  if (isPlatformLimit(thrown)) return inconclusive(`cannot be checked from here: ${errorText(thrown)}`);
  if (context.signal.aborted) throw thrown;
  const text = errorText(thrown);
  if (/too many redirects/i.test(text)) return down("redirects without end");
  const fault = opaqueFault(thrown);
  return down(fault === null ? text : await lookAgain(fault, url, context, 0));
}

/** Two exceptions that name no cause; null for one that does. */
export function opaqueFault(thrown: unknown): "lost" | "internal" | null {
  const text = errorText(thrown);
  if (/connection lost/i.test(text)) return "lost";
  return /internal error/i.test(text) ? "internal" : null;
}

async function lookAgain(
  fault: "lost" | "internal",
  url: URL,
  context: LookContext,
  hops: number,
): Promise<string> {
  if (!(await canConnect(url, context))) {
    return fault === "lost" ? "connection refused" : "host name not found or host unreachable";
  }
  const next = hops < MAX_HOPS ? await redirectOf(url, context) : null;
  if (next !== null) {
    // The host alone: what follows it in a redirect is often a secret.
    return `redirects to ${oneLine(next.host, 80)}, and there: ${await lookAgain(fault, next, context, hops + 1)}`;
  }
  if (fault === "lost") return "connection lost before an answer came";
  return url.protocol === "https:" ? "certificate invalid, or TLS handshake failed" : "host unreachable";
}

async function canConnect(url: URL, { network, signal }: LookContext): Promise<boolean> {
  let socket: Socket | undefined;
  try {
    const opening = (socket = network.connect(endpointOf(url)));
    // `closed` rejects as well when the connection fails; `opened` is the one that tells.
    opening.closed.catch(() => undefined);
    await withDeadline(FURTHER_LOOK_MS, signal, () => opening.opened);
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
async function redirectOf(url: URL, { network, signal }: LookContext): Promise<URL | null> {
  try {
    return await withDeadline(FURTHER_LOOK_MS, signal, async (inner) => {
      const headers = { "user-agent": USER_AGENT };
      const response = await network.fetch(url.href, {
        headers,
        redirect: "manual",
        cache: "no-store",
        signal: inner,
      });
      await response.body?.cancel();
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) return null;
      const next = URL.canParse(location, url) ? new URL(location, url) : null;
      return next?.protocol === "http:" || next?.protocol === "https:" ? next : null;
    });
  } catch {
    // The same fault again: it is this host's own.
    return null;
  }
}
