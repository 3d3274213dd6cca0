import { down, inconclusive, type Outcome } from "../../domain/outcome.ts";
import { isPlatformLimit } from "../../domain/platform-limit.ts";
import type { Socket } from "../../domain/ports.ts";
import type { ProbeContext } from "../../domain/probe-context.ts";
import { errorText } from "../../domain/text.ts";
import { ProbeTimeout, withDeadline } from "../../timing/deadline.ts";

/** Time for the second look, ms. */
const SECOND_LOOK_MS = 3_000;

/**
 * What an exception of `fetch` means. Local runs throw "Network connection lost." both for a refused and
 * for a broken connection, and "internal error" both for an unknown host and for a bad certificate;
 * whether a plain connection can be made tells them apart. In production these faults come as answers
 * instead (http-answer.ts), so the extra connection is hardly ever spent there.
 *
 * @throws `thrown`, when the job's own time is over
 */
export async function judgeThrown(thrown: unknown, url: URL, context: ProbeContext): Promise<Outcome> {
  if (thrown instanceof ProbeTimeout) return down(thrown.message);
  if (isPlatformLimit(thrown)) return inconclusive(`cannot be checked from here: ${errorText(thrown)}`);
  if (context.signal.aborted) throw thrown;
  const text = errorText(thrown);
  if (/too many redirects/i.test(text)) return down("redirects without end");
  const lost = /connection lost/i.test(text);
  if (!lost && !/internal error/i.test(text)) return down(text);
  if (await canConnect(url, context)) {
    if (lost) return down("connection lost before an answer came");
    return down(
      url.protocol === "https:" ? "certificate invalid, or TLS handshake failed" : "host unreachable",
    );
  }
  return down(lost ? "connection refused" : "host name not found or host unreachable");
}

async function canConnect(url: URL, context: ProbeContext): Promise<boolean> {
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  const hostname = url.hostname.replace(/^\[(.*)\]$/, "$1");
  let socket: Socket | undefined;
  try {
    const opening = (socket = context.network.connect({ hostname, port }));
    // `closed` rejects as well when the connection fails; `opened` is the one that tells.
    opening.closed.catch(() => undefined);
    await withDeadline(SECOND_LOOK_MS, context.signal, () => opening.opened);
    return true;
  } catch {
    // The failure is the answer; its text says less than fetch's.
    return false;
  } finally {
    await socket?.close().catch(() => undefined);
  }
}
