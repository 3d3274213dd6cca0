import { down, inconclusive, type Outcome } from "../../domain/outcome.ts";

/**
 * Answers that Cloudflare makes up when an origin gives none.
 * Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const MADE_UP: Readonly<Record<number, string>> = {
  520: "the server closed the connection or answered something that is not HTTP",
  521: "connection refused",
  522: "no connection: the server did not answer the connection attempt in time",
  523: "server unreachable",
  524: "the server accepted the connection but did not answer in time",
  525: "TLS handshake failed",
  526: "certificate invalid",
  527: "connection interrupted",
};

/**
 * Causes that stand in the body of a made-up answer, as `error code: 1016`.
 * Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-1xxx-errors/
 */
const CAUSES: Readonly<Record<number, string>> = {
  1000: "its DNS points to an address that is not allowed",
  1001: "host name not found",
  1002: "its DNS points to an address that is not allowed",
  1004: "host name not configured",
  1016: "host name not found",
  1018: "host name not found at Cloudflare",
  1033: "its Cloudflare Tunnel is down",
};

/** Limits of Workers: they say nothing of the target. */
const OUR_LIMITS: Readonly<Record<number, string>> = {
  1003: "a Worker cannot fetch an address without a host name",
  1019: "the Worker would call itself",
  1042: "a Worker cannot fetch another Worker of its account by its workers.dev name",
};

/** Statuses whose body may say more. */
export function mayCarryCode(status: number): boolean {
  return status === 403 || status === 404 || status === 409 || (status >= 520 && status <= 530);
}

/** Whether an answer with this status comes from Cloudflare, in the place of a server that gave none. */
export function isMadeUp(status: number): boolean {
  return status === 530 || MADE_UP[status] !== undefined;
}

/** The code in a body like `error code: 1016`, or null. Only the whole body counts, not a page that quotes one. */
export function codeInBody(body: string): number | null {
  const match = /^\s*error code: (\d{4})\s*$/i.exec(body);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/**
 * What an unexpected answer means.
 *
 * @param code the `error code: 1xxx` of its body, or null
 */
export function judgeUnexpected(
  status: number,
  code: number | null,
  expected: readonly number[],
  latencyMs: number,
): Outcome {
  if (code !== null) {
    const limit = OUR_LIMITS[code];
    if (limit !== undefined) return inconclusive(`cannot be checked from here: ${limit} (error ${code})`);
    const cause = CAUSES[code];
    if (cause !== undefined) return down(`${cause} (HTTP ${status}, error ${code})`);
  }
  const madeUp = MADE_UP[status];
  if (madeUp !== undefined) return down(`${madeUp} (HTTP ${status})`);
  if (status === 530)
    return down(
      `host name not found or server unreachable (HTTP 530${code === null ? "" : `, error ${code}`})`,
    );
  return down(`answered HTTP ${status} instead of ${expected.join(" or ")}`, latencyMs);
}
