import { down, inconclusive, type Outcome } from "../../core/outcome.ts";
import type { ProbeContext } from "../../core/probe-context.ts";
import { errorText, oneLine } from "../../core/text.ts";
import { explainConnectError } from "../no-connection.ts";
import { ProbeTimeout, withSignalTimeout } from "../../core/time/deadline.ts";
import { demandOf } from "./handshake/alerts.ts";
import { readCertificateFacts } from "./certificate/facts.ts";
import { evaluateCertificate } from "./certificate/evaluate.ts";
import { ConnectionRefused, withConnection, type Progress } from "./connection.ts";
import { readCertificate12 } from "./handshake/tls-12.ts";
import { readCertificate13 } from "./handshake/tls-13.ts";
import { HandshakeError } from "./handshake/error.ts";
import type { ByteChannel } from "./handshake/stream.ts";
import { OFFER_13, WIDE_OFFER_13 } from "./handshake/offers.ts";
import { isIpAddress, normaliseServerName } from "./certificate/server-name.ts";

export interface TlsTarget {
  readonly hostname: string;
  /** 1 to 65535. Port 25 is closed to Workers. */
  readonly port: number;
  /** The name that the certificate must be for, sent as SNI; an IP address is matched but not sent. */
  readonly serverName: string;
  /** Fewer days until expiry are a failure. */
  readonly minDaysLeft: number;
  /** Until the certificate is read, over all connections, ms. */
  readonly timeoutMs: number;
}

/** Condition of an outcome that says nothing about a certificate, because none was read. */
export const NO_CERTIFICATE = "no certificate";

/** What became of the tries so far. */
interface Attempt extends Progress {
  /** Why each try that was followed by another gave no certificate. */
  readonly refusals: HandshakeError[];
  /** The server chose from what the try offered, whatever came then. */
  accepted: boolean;
}

/**
 * Reads the certificate that the server shows and judges its dates and names. No API of Workers gives it,
 * so the start of a handshake is made here: with TLS 1.2, where the certificate comes in clear, and, when
 * the server refuses that, over a second connection with TLS 1.3, and a third that offers more than we can do.
 * It is no proof of who answers: neither the chain nor the server's signature is checked, for want of a
 * store of root certificates. Of a server with several certificates it sees the one for a modern client.
 * Rejects only when `context.signal` aborts, with its reason.
 */
export async function probeTls(target: TlsTarget, context: ProbeContext): Promise<Outcome> {
  const startedMs = context.elapsedMs();
  const serverName = normaliseServerName(target.serverName);
  const attempt: Attempt = { opened: false, answered: false, accepted: false, refusals: [] };
  const sni = isIpAddress(serverName) ? null : serverName;
  try {
    const der = await withSignalTimeout(target.timeoutMs, context.signal, (signal) =>
      fetchCertificate(target, sni, context, signal, attempt),
    );
    const latencyMs = Math.round(context.elapsedMs() - startedMs);
    const facts = readCertificateFacts(der);
    return evaluateCertificate(
      facts,
      { serverName, minDaysLeft: target.minDaysLeft },
      context.nowMs,
      latencyMs,
    );
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (!(error instanceof ConnectionRefused)) return explainHandshakeError(error, attempt, sni !== null);
    const { status, reason } = await explainConnectError(error.cause, target, context);
    return status === "down" ? noAnswer(reason, attempt) : inconclusive(reason);
  }
}

type ReadCertificate = (channel: ByteChannel) => Promise<Uint8Array>;

async function fetchCertificate(
  target: TlsTarget,
  sni: string | null,
  { network }: ProbeContext,
  signal: AbortSignal,
  attempt: Attempt,
): Promise<Uint8Array> {
  const attemptWith = (read: ReadCertificate): Promise<Uint8Array> => {
    Object.assign(attempt, { opened: false, answered: false, accepted: false });
    return withConnection(network, target, signal, attempt, read);
  };
  const tries: readonly ReadCertificate[] = [
    (channel) => readCertificate12(channel, sni),
    (channel) => readCertificate13(channel, sni, OFFER_13, attempt),
  ];
  for (const read of tries) {
    try {
      return await attemptWith(read);
    } catch (error) {
      if (!(error instanceof HandshakeError) || !isRefusal(error)) throw error;
      if (attempt.accepted) throw error;
      attempt.refusals.push(error);
    }
  }
  // It refuses what we can do: what it chooses from more shows whether the limits are ours.
  return attemptWith((channel) => readCertificate13(channel, sni, WIDE_OFFER_13, attempt));
}

/** What a server that speaks only TLS 1.3 may do to a hello of 1.2. Not all of them send protocol_version. */
function isRefusal(fault: HandshakeError): boolean {
  return fault.kind === "alert" || fault.kind === "closed" || fault.kind === "lost";
}

function explainHandshakeError(error: unknown, attempt: Attempt, sentName: boolean): Outcome {
  if (error instanceof ProbeTimeout) return noAnswer(`${stage(attempt)}: ${error.message}`, attempt);
  if (!(error instanceof HandshakeError)) {
    // Nothing that a server sends leads here; a fault of this probe must not be told as the server's.
    return inconclusive(`the certificate could not be read: ${errorText(error)}`);
  }
  if (error.kind === "limit") return notFromHere(error.message);
  if (!isRefusal(error)) return noCertificate(error.message, attempt);
  const demand = [...attempt.refusals, error]
    .map((fault) => demandOf(fault, sentName))
    .find((one) => one !== null);
  return demand === undefined ? noAnswer(error.message, attempt) : notFromHere(demand);
}

function stage({ opened, answered }: Progress): string {
  if (!opened) return "no connection";
  return answered ? "TLS handshake begun but not finished" : "connected, but no answer to the TLS handshake";
}

function notFromHere(reason: string): Outcome {
  return inconclusive(`cannot be checked from here: ${reason}`);
}

/** The third try only asks whether the limits are ours: where it has no answer, the first two refusals are the reason. */
function noAnswer(reason: string, attempt: Attempt): Outcome {
  return noCertificate(attempt.refusals[1]?.message ?? reason, attempt);
}

function noCertificate(reason: string, { refusals: [before] }: Attempt): Outcome {
  return down(oneLine(combine(before, reason), 300), null, NO_CERTIFICATE);
}

function combine(before: HandshakeError | undefined, reason: string): string {
  if (before === undefined) return reason;
  return before.message === reason
    ? `no certificate over TLS 1.2 or 1.3: ${reason}`
    : `no certificate over TLS 1.2: ${before.message}; over TLS 1.3: ${reason}`;
}
