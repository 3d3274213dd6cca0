import { down, inconclusive, type Outcome } from "../../domain/outcome.ts";
import type { ProbeContext } from "../../domain/probe-context.ts";
import { errorText, oneLine } from "../../domain/text.ts";
import { judgeConnectFault } from "../no-connection.ts";
import { ProbeTimeout, withDeadline } from "../../timing/deadline.ts";
import { Alert } from "./alerts.ts";
import { readCertificateFacts } from "./certificate-facts.ts";
import { judgeCertificate } from "./certificate-verdict.ts";
import { ConnectionRefused, withConnection, type Progress } from "./connection.ts";
import { readCertificate12 } from "./handshake-12.ts";
import { readCertificate13 } from "./handshake-13.ts";
import { AlertFault, HandshakeFault } from "./handshake-fault.ts";
import { isIpAddress, normaliseServerName } from "./server-name.ts";

export interface TlsTarget {
  readonly hostname: string;
  /** 1 to 65535. Port 25 is closed to Workers. */
  readonly port: number;
  /** The name that the certificate must be for, sent as SNI; an IP address is matched but not sent. */
  readonly serverName: string;
  /** Fewer days until expiry are a failure. */
  readonly minDaysLeft: number;
  /** Until the certificate is read, over both connections, ms. */
  readonly timeoutMs: number;
}

/** Condition of an outcome that says nothing about a certificate, because none was read. */
export const NO_CERTIFICATE = "no certificate";

/** What became of the tries so far. */
interface Attempt extends Progress {
  /** Why the try with TLS 1.2 gave no certificate, where another followed. */
  before: HandshakeFault | null;
}

/**
 * Reads the certificate that the server shows and judges its dates and names. No API of Workers gives it,
 * so the start of a handshake is made here: with TLS 1.2, where the certificate comes in clear, and, when
 * the server refuses that, over a second connection with TLS 1.3.
 * It is no proof of who answers: neither the chain nor the server's signature is checked, for want of a
 * store of root certificates. Of a server with several certificates it sees the one for a modern client.
 * Rejects only when `context.signal` aborts, with its reason.
 */
export async function probeTls(target: TlsTarget, context: ProbeContext): Promise<Outcome> {
  const startedMs = context.elapsedMs();
  const serverName = normaliseServerName(target.serverName);
  const attempt: Attempt = { opened: false, answered: false, before: null };
  try {
    const der = await withDeadline(target.timeoutMs, context.signal, (signal) =>
      fetchCertificate(target, serverName, context, signal, attempt),
    );
    const latencyMs = Math.round(context.elapsedMs() - startedMs);
    const facts = readCertificateFacts(der);
    return judgeCertificate(facts, { serverName, minDaysLeft: target.minDaysLeft }, context.nowMs, latencyMs);
  } catch (error) {
    if (context.signal.aborted) throw error;
    if (error instanceof ConnectionRefused) {
      const { status, reason } = await judgeConnectFault(error.cause, target, context);
      return status === "down" ? noCertificate(reason, attempt) : inconclusive(reason);
    }
    return judgeFault(error, attempt);
  }
}

async function fetchCertificate(
  target: TlsTarget,
  serverName: string,
  { network }: ProbeContext,
  signal: AbortSignal,
  attempt: Attempt,
): Promise<Uint8Array> {
  const sni = isIpAddress(serverName) ? null : serverName;
  try {
    return await withConnection(network, target, signal, attempt, (channel) =>
      readCertificate12(channel, sni),
    );
  } catch (error) {
    if (!(error instanceof HandshakeFault) || !isRefusal(error)) throw error;
    Object.assign(attempt, { opened: false, answered: false, before: error } satisfies Attempt);
  }
  return withConnection(network, target, signal, attempt, (channel) => readCertificate13(channel, sni));
}

/** What a server that speaks only TLS 1.3 may do to a hello of 1.2. Not all of them send protocol_version. */
function isRefusal(fault: HandshakeFault): boolean {
  return fault.kind === "alert" || fault.kind === "closed" || fault.kind === "lost";
}

function judgeFault(error: unknown, attempt: Attempt): Outcome {
  if (error instanceof ProbeTimeout) return noCertificate(`${stage(attempt)}: ${error.message}`, attempt);
  if (error instanceof HandshakeFault) {
    return mayNeedMore(attempt.before, error)
      ? inconclusive(
          `cannot be checked from here: the server may want what Workers lack: ${reasonOf(error.message, attempt)}`,
        )
      : noCertificate(error.message, attempt);
  }
  // Nothing that a server sends leads here; a fault of this probe must not be told as the server's.
  return inconclusive(`the certificate could not be read: ${errorText(error)}`);
}

function stage({ opened, answered }: Progress): string {
  if (!opened) return "no connection";
  return answered ? "TLS handshake begun but not finished" : "connected, but no answer to the TLS handshake";
}

/**
 * Whether a server of TLS 1.3 alone has found nothing acceptable in our offer, which WebCrypto limits: no
 * ChaCha20, no X448, no ML-KEM. A browser may get on with it well.
 */
function mayNeedMore(before: HandshakeFault | null, fault: HandshakeFault): boolean {
  return (
    before instanceof AlertFault &&
    before.alert === Alert.protocolVersion &&
    fault instanceof AlertFault &&
    (fault.alert === Alert.handshakeFailure || fault.alert === Alert.insufficientSecurity)
  );
}

function noCertificate(reason: string, attempt: Attempt): Outcome {
  return down(reasonOf(reason, attempt), null, NO_CERTIFICATE);
}

function reasonOf(reason: string, { before }: Attempt): string {
  return oneLine(combine(before, reason), 300);
}

function combine(before: HandshakeFault | null, reason: string): string {
  if (before === null) return reason;
  return before.message === reason
    ? `no certificate over TLS 1.2 or 1.3: ${reason}`
    : `no certificate over TLS 1.2: ${before.message}; over TLS 1.3: ${reason}`;
}
