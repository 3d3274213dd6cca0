import { kindOfAddress, withoutBrackets } from "../../core/net/address.ts";
import { down, inconclusive, type Outcome } from "../../core/outcome.ts";

/**
 * Answers that Cloudflare makes up when an origin gives none.
 * Source: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
 */
const MADE_UP: Readonly<Record<number, string>> = {
  520: "the server closed the connection, or answered something that is not HTTP",
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

/**
 * Whether a limit can be meant for the request of ours. A server with a name of its own has these codes from a request
 * of its own, and hands them on. An IP address is asked in local runs only, where nothing but the headers speaks.
 */
function canMeanUs(code: number, hostname: string): boolean {
  const isAddress = kindOfAddress(withoutBrackets(hostname)) !== null;
  if (code === 1003) return isAddress;
  return code !== 1042 || isAddress || /\.workers\.dev\.?$/i.test(hostname);
}

/**
 * Whether Cloudflare's edge made an answer up. It puts the first two headers on all that passes through it, and the
 * third on what has come from a server or its cache.
 * Source: https://developers.cloudflare.com/fundamentals/reference/http-headers/
 */
function isFromEdge(headers: Headers): boolean {
  return (
    headers.get("server")?.toLowerCase() === "cloudflare" &&
    headers.has("cf-ray") &&
    !headers.has("cf-cache-status")
  );
}

/** Of a failure behind which Cloudflare's challenge for bots stands, and no answer of the server. */
export const BOT_CHALLENGE = "bot challenge";

/** Statuses whose body may say more. */
export function mayCarryCode(status: number): boolean {
  return status === 403 || status === 404 || status === 409 || (status >= 520 && status <= 530);
}

/** Whether an answer with this status comes from Cloudflare, in the place of a server that gave none. */
export function isMadeUp(status: number): boolean {
  return status === 530 || MADE_UP[status] !== undefined;
}

/** The code in a body like `error code: 1016`, or null. Only the whole body counts, not a page that quotes one. */
function codeInBody(body: string): number | null {
  const match = /^\s*error code: (\d{4})\s*$/i.exec(body);
  return match?.[1] === undefined ? null : Number(match[1]);
}

/** An answer as far as it says where it comes from. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The host that was asked, as a URL has it. */
  readonly hostname: string;
  /** Its first bytes. */
  readonly start: string;
}

/** What an unexpected answer means. */
export function explainStatus(answer: Answer, expected: readonly number[], latencyMs: number): Outcome {
  const { status, headers } = answer;
  // https://developers.cloudflare.com/cloudflare-challenges/challenge-types/challenge-pages/detect-response/
  if (headers.get("cf-mitigated")?.trim().toLowerCase() === "challenge") {
    const reason = `Cloudflare's bot challenge answered instead of the server (HTTP ${status})`;
    return down(reason, latencyMs, BOT_CHALLENGE);
  }
  const code = codeInBody(answer.start);
  if (code !== null && (isFromEdge(headers) || isMadeUp(status))) {
    const limit = OUR_LIMITS[code];
    if (limit !== undefined && isFromEdge(headers) && canMeanUs(code, answer.hostname)) {
      return inconclusive(`cannot be checked from here: ${limit} (error ${code})`);
    }
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
