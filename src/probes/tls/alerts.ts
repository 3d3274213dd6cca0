import { AlertFault, HandshakeFault, malformed } from "./handshake-fault.ts";

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

export const Alert = {
  closeNotify: 0,
  handshakeFailure: 40,
  protocolVersion: 70,
  insufficientSecurity: 71,
} as const;

const WARNING = 1;

/**
 * The fault that an alert record means, or null for one that ends nothing: some servers warn of an
 * unrecognized_name and go on with their default certificate (RFC 6066 section 3).
 */
export function alertFault(payload: Uint8Array): HandshakeFault | null {
  const [level, description] = payload;
  if (level === undefined || description === undefined) return malformed("an alert ends too early");
  if (description === Alert.closeNotify)
    return new HandshakeFault("closed", "connection closed by the server");
  if (level === WARNING) return null;
  return new AlertFault(description, ALERT_NAMES.get(description) ?? "unknown");
}
