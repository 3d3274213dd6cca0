import { up, type Outcome } from "../../domain/outcome.ts";
import type { ProbeContext } from "../../domain/probe-context.ts";
import { withDeadline } from "../../timing/deadline.ts";
import { judgeUnexpected, mayCarryCode } from "./http-answer.ts";
import { judgeThrown } from "./http-fault.ts";
import { readStart } from "./read-start.ts";
import { USER_AGENT } from "./user-agent.ts";

/** An HTTP server, and what a healthy answer of it is. */
export interface HttpTarget {
  readonly url: string;
  readonly method: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Statuses that count as well. With a 3xx among them, redirects are not followed. */
  readonly expectedStatuses: readonly number[];
  /** Until the answer's head has come, ms. */
  readonly timeoutMs: number;
}

/** Bytes of a body that are looked at for an error code. */
const BODY_LOOK_BYTES = 256;
/** How long is waited for them, ms. */
const BODY_LOOK_MS = 1_000;

/** Asks once. The body is never read whole: a healthy server may send one without end. */
export async function probeHttp(target: HttpTarget, context: ProbeContext): Promise<Outcome> {
  const startedMs = context.elapsedMs();
  try {
    return await withDeadline(target.timeoutMs, context.signal, async (signal) => {
      const response = await context.network.fetch(target.url, request(target, signal));
      const latencyMs = Math.round(context.elapsedMs() - startedMs);
      if (target.expectedStatuses.includes(response.status)) {
        // Whether it lets itself be cancelled says nothing of the server, whose answer is good.
        response.body?.cancel().catch(() => undefined);
        return up(`HTTP ${response.status} in ${latencyMs} ms`, latencyMs);
      }
      const { status, headers } = response;
      const { hostname } = new URL(response.url || target.url);
      const start = await lookIntoBody(response, signal);
      return judgeUnexpected({ status, headers, hostname, start }, target.expectedStatuses, latencyMs);
    });
  } catch (error) {
    return judgeThrown(error, new URL(target.url), context);
  }
}

function request(target: HttpTarget, signal: AbortSignal): RequestInit {
  const headers = { "user-agent": USER_AGENT, ...target.headers };
  const redirect = target.expectedStatuses.some((status) => status >= 300 && status < 400)
    ? "manual"
    : "follow";
  return { method: target.method, headers, redirect, cache: "no-store", signal };
}

/** The start of a body that may say more; a body that breaks or stalls says nothing, and the head stands. */
async function lookIntoBody(response: Response, signal: AbortSignal): Promise<string> {
  const bytes = mayCarryCode(response.status) ? BODY_LOOK_BYTES : 0;
  try {
    return await withDeadline(BODY_LOOK_MS, signal, () => readStart(response, bytes));
  } catch {
    return "";
  }
}
