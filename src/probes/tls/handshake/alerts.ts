import { AlertError, HandshakeError, malformed } from "./error.ts";

/** RFC 8446 section 6, and what RFC 5246 section 7.2 had besides. */
const ALERT_NAMES: ReadonlyMap<number, string> = new Map([
  [0, "close_notify"],
  [10, "unexpected_message"],
  [20, "bad_record_mac"],
  [21, "decryption_failed"],
  [22, "record_overflow"],
  [30, "decompression_failure"],
  [40, "handshake_failure"],
  [41, "no_certificate"],
  [42, "bad_certificate"],
  [43, "unsupported_certificate"],
  [44, "certificate_revoked"],
  [45, "certificate_expired"],
  [46, "certificate_unknown"],
  [47, "illegal_parameter"],
  [48, "unknown_ca"],
  [49, "access_denied"],
  [50, "decode_error"],
  [51, "decrypt_error"],
  [60, "export_restriction"],
  [70, "protocol_version"],
  [71, "insufficient_security"],
  [80, "internal_error"],
  [86, "inappropriate_fallback"],
  [90, "user_canceled"],
  [100, "no_renegotiation"],
  [109, "missing_extension"],
  [110, "unsupported_extension"],
  [112, "unrecognized_name"],
  [113, "bad_certificate_status_response"],
  [115, "unknown_psk_identity"],
  [116, "certificate_required"],
  [120, "no_application_protocol"],
]);

const CLOSE_NOTIFY = 0;
const WARNING = 1;

/**
 * The fault that an alert record means, or null for one that ends nothing: some servers warn of an
 * unrecognized_name and go on with their default certificate (RFC 6066 section 3).
 */
export function alertError(payload: Uint8Array): HandshakeError | null {
  const [level, description] = payload;
  if (level === undefined || description === undefined) return malformed("an alert ends too early");
  if (description === CLOSE_NOTIFY) return new HandshakeError("closed", "connection closed by the server");
  if (level === WARNING) return null;
  return new AlertError(description, ALERT_NAMES.get(description) ?? "unknown");
}

const MISSING_EXTENSION = 109;

/** Alerts with which a server says that it asks for more than any offer of ours has. */
const DEMANDS: ReadonlyMap<number, string> = new Map([
  [71, "the server wants stronger cryptography than Workers offer"],
  [MISSING_EXTENSION, "the server wants an extension of TLS that Workers do not send"],
  [116, "the server wants a certificate of the client"],
  [120, "the server wants a protocol to be named (ALPN)"],
]);

/**
 * What a server wants that a browser may have; null for a refusal that says no such thing. An address is never sent as a name,
 * by browsers neither, so a server that misses the name refuses them as well.
 */
export function demandOf(fault: HandshakeError, sentName: boolean): string | null {
  if (!(fault instanceof AlertError) || (fault.alert === MISSING_EXTENSION && !sentName)) return null;
  const demand = DEMANDS.get(fault.alert);
  return demand === undefined ? null : `${demand}: ${fault.message}`;
}
