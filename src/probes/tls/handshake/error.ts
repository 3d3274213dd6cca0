/**
 * - `alert`: the server refused, `closed`: it ended the connection in good order, `lost`: the connection broke;
 * - `not TLS`: something else answers on that port;
 * - `malformed`, `oversized`, `unsupported`: the handshake is wrong, too long, or goes on with what nobody offers;
 * - `limit`: the server wants what Workers lack, which says nothing about the server;
 * - `unreadable`: what came as a certificate is none.
 */
export type HandshakeErrorKind =
  | "alert"
  | "closed"
  | "lost"
  | "not TLS"
  | "malformed"
  | "oversized"
  | "unsupported"
  | "limit"
  | "unreadable";

/** The server's certificate could not be read, through the server's doing. Its message is for a person. */
export class HandshakeError extends Error {
  override readonly name = "HandshakeError";
  readonly kind: HandshakeErrorKind;

  constructor(kind: HandshakeErrorKind, message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}

/** A fault of the kind `alert`. */
export class AlertError extends HandshakeError {
  /** RFC 8446 section 6. */
  readonly alert: number;

  constructor(alert: number, name: string) {
    super("alert", `alert ${alert} (${name})`);
    this.alert = alert;
  }
}

/** A fault of the kind `malformed`. */
export function malformed(what: string, cause?: unknown): HandshakeError {
  return new HandshakeError("malformed", `malformed TLS handshake: ${what}`, cause);
}

/** A fault of the kind `unsupported`. */
export function unsupported(what: string): HandshakeError {
  return new HandshakeError("unsupported", `unsupported TLS handshake: ${what}`);
}
