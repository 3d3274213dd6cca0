import { up, type Outcome } from "../../core/outcome.ts";
import type { ProbeContext } from "../../core/probe-context.ts";
import { withSignalTimeout } from "../../core/time/deadline.ts";
import { oneLine } from "../../core/text.ts";
import { followRedirects, type FollowedRequest } from "./follow-redirects.ts";
import { explainStatus, mayCarryCode } from "./http-answer.ts";
import { explainFetchError } from "./http-error.ts";
import { readStart } from "./read-start.ts";
import { OWN_HEADERS } from "./user-agent.ts";

/** An HTTP server, and what a healthy answer of it is. */
export interface HttpTarget {
  readonly url: string;
  readonly method: string;
  /** Names in lower case. Sent to the origin of `url` alone, but for user-agent and accept. */
  readonly headers: Readonly<Record<string, string>>;
  /** Statuses that count as well. With a 3xx among them, redirects are not followed. */
  readonly expectedStatuses: readonly number[];
  /** Until the answer's head has come, ms. */
  readonly timeoutMs: number;
}

/** Bytes of a body that are looked at for an error code. */
const BODY_PREFIX_BYTES = 256;
/** How long is waited for them, ms. */
const BODY_PREFIX_MS = 1_000;

/** Asks once. The body is never read whole: a healthy server may send one without end. */
export async function probeHttp(target: HttpTarget, context: ProbeContext): Promise<Outcome> {
  const startedMs = context.elapsedMs();
  const own = new URL(target.url);
  const route: URL[] = [];
  try {
    return await withSignalTimeout(target.timeoutMs, context.signal, async (signal) => {
      const request = requestOf(target);
      const { response, url, hasLeft } = await followRedirects(request, { ...context, signal }, route);
      const latencyMs = Math.round(context.elapsedMs() - startedMs);
      const isWithout = hasLeft && Object.keys(request.originHeaders).length > 0;
      const end = url.host === own.host && !isWithout ? "" : ` (${redirectedTo(url, own, isWithout)})`;
      const { status, headers } = response;
      if (target.expectedStatuses.includes(status)) {
        // Whether it lets itself be cancelled says nothing of the server, whose answer is good.
        response.body?.cancel().catch(() => undefined);
        return up(`HTTP ${status} in ${latencyMs} ms${end}`, latencyMs);
      }
      const answer = {
        status,
        headers,
        hostname: url.hostname,
        start: await readBodyPrefix(response, signal),
      };
      const outcome = explainStatus(answer, target.expectedStatuses, latencyMs);
      return { ...outcome, reason: outcome.reason + end };
    });
  } catch (error) {
    return explainFetchError(error, route.at(-1) ?? own, context, own);
  }
}

/** What a server may need in order to answer at all, and no secret. */
const EVERYWHERE: ReadonlySet<string> = new Set(["user-agent", "accept"]);

function requestOf({ url, method, headers, expectedStatuses }: HttpTarget): FollowedRequest {
  const of = (isWanted: (name: string) => boolean): Record<string, string> =>
    Object.fromEntries(Object.entries(headers).filter(([name]) => isWanted(name)));
  return {
    url,
    method,
    headers: { ...OWN_HEADERS, ...of((name) => EVERYWHERE.has(name)) },
    originHeaders: of((name) => !EVERYWHERE.has(name)),
    follow: !expectedStatuses.some((status) => status >= 300 && status < 400),
  };
}

/** The host alone, with its scheme where that is all that changed: what follows it in a redirect is often a secret. */
function redirectedTo(url: URL, own: URL, isWithout: boolean): string {
  const to = oneLine(url.host === own.host ? url.origin : url.host, 80);
  return `redirected to ${to}${isWithout ? ", without the entry's headers" : ""}`;
}

/** The start of a body that may say more; a body that breaks or stalls says nothing, and the head stands. */
async function readBodyPrefix(response: Response, signal: AbortSignal): Promise<string> {
  const bytes = mayCarryCode(response.status) ? BODY_PREFIX_BYTES : 0;
  try {
    return await withSignalTimeout(BODY_PREFIX_MS, signal, () => readStart(response, bytes));
  } catch {
    return "";
  }
}
