import type { ProbeContext } from "../core/probe-context.ts";
import { withSignalTimeout } from "../core/time/deadline.ts";
import { kindOfAddress, type AddressKind } from "../core/net/address.ts";
import { classifyConnectError, isAmbiguous, type ConnectError } from "./connect-error.ts";
import { readStart } from "./http/read-start.ts";

/** DNS over HTTPS in JSON. Source: https://developers.cloudflare.com/1.1.1.1/encryption/dns-over-https/ */
const RESOLVER = "https://cloudflare-dns.com/dns-query";
const LOOK_UP_MS = 3_000;
const MAX_ANSWER_BYTES = 20_000;

const UNREACHABLE: Record<AddressKind, ConnectError> = {
  public: { status: "down", reason: "connection refused, or host unreachable" },
  // Only a local run can mean this machine; there it can be reached, so it was refused.
  loopback: { status: "down", reason: "connection refused" },
  private: {
    status: "inconclusive",
    reason: "cannot be checked from here: a Worker may not connect to a private address",
  },
  cloudflare: {
    status: "inconclusive",
    reason: "cannot be checked from here: the host is behind Cloudflare, and a Worker may not connect to it",
  },
};

/**
 * What an error of `connect()` or of its socket means. It says the same of a refused connection, of an
 * unknown host and of a destination that a Worker may not reach; there the address tells which it was,
 * at the price of one look-up.
 */
export async function explainConnectError(
  thrown: unknown,
  target: { readonly hostname: string; readonly port: number },
  context: ProbeContext,
): Promise<ConnectError> {
  const fault = classifyConnectError(thrown, target.port);
  return isAmbiguous(thrown) ? ((await explainNoConnection(target.hostname, context)) ?? fault) : fault;
}

/** Null when the look-up itself failed, so that nothing is known. */
async function explainNoConnection(hostname: string, context: ProbeContext): Promise<ConnectError | null> {
  const kind = kindOfAddress(hostname);
  if (kind !== null) return UNREACHABLE[kind];
  // RFC 6761: these are never looked up.
  if (/(^|\.)localhost\.?$/i.test(hostname)) return UNREACHABLE.loopback;
  if (/\.invalid\.?$/i.test(hostname)) return NOT_FOUND;
  try {
    const addresses = await withSignalTimeout(LOOK_UP_MS, context.signal, (signal) =>
      resolve(hostname, context, signal),
    );
    if (addresses === null) return null;
    const kinds = addresses.map(kindOfAddress);
    const ours = kinds.find((one) => one === "cloudflare" || one === "private");
    if (ours !== undefined && ours !== null) return UNREACHABLE[ours];
    return addresses.length === 0 ? NOT_FOUND : UNREACHABLE.public;
  } catch {
    // The look-up is only there to explain another failure, which is told all the same.
    return null;
  }
}

const NOT_FOUND: ConnectError = { status: "down", reason: "host name not found" };

/** Null when the resolver gave no usable answer. */
async function resolve(
  hostname: string,
  { network }: ProbeContext,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  const found: string[] = [];
  for (const type of ["A", "AAAA"]) {
    const query = new URLSearchParams({ name: hostname, type });
    const headers = { accept: "application/dns-json" };
    const response = await network.fetch(`${RESOLVER}?${query.toString()}`, { headers, signal });
    // One byte more than is taken, to tell an answer that is cut from one that is whole.
    const text = await readStart(response, response.status === 200 ? MAX_ANSWER_BYTES + 1 : 0);
    if (response.status !== 200 || text.length > MAX_ANSWER_BYTES) return null;
    const answer = JSON.parse(text) as { Status?: unknown; Answer?: unknown };
    // RFC 1035 section 4.1.1: 0 is an answer, 3 a name that does not exist; all else is the resolver's trouble.
    if (answer.Status !== 0 && answer.Status !== 3) return null;
    if (Array.isArray(answer.Answer)) found.push(...answer.Answer.flatMap(addressIn));
    if (found.length > 0) break;
  }
  return found;
}

/** An answer's address; other records, such as a CNAME on the way to it, have none. */
function addressIn(record: unknown): string[] {
  if (typeof record !== "object" || record === null || !("data" in record)) return [];
  const { data } = record;
  return typeof data === "string" && kindOfAddress(data) !== null ? [data] : [];
}
