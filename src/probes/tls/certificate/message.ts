/** The server's own certificate, DER, out of a Certificate message: it stands first in the chain. */
import { ByteReader } from "../records/bytes.ts";
import { HandshakeError } from "../handshake/error.ts";

const WHAT = "the Certificate message";

/** RFC 5246 section 7.4.2. */
export function certificateOf12(body: Uint8Array): Uint8Array {
  return firstOf(new ByteReader(body, WHAT).vector24());
}

/** RFC 8446 section 4.4.2. */
export function certificateOf13(body: Uint8Array): Uint8Array {
  const reader = new ByteReader(body, WHAT);
  // The context, empty unless a client authenticates itself.
  reader.vector8();
  return firstOf(reader.vector24());
}

function firstOf(list: Uint8Array): Uint8Array {
  const certificate = list.length === 0 ? list : new ByteReader(list, WHAT).vector24();
  if (certificate.length === 0) throw new HandshakeError("unreadable", "the server sent no certificate");
  return certificate;
}
