import { certificateOf12 } from "../certificate/message.ts";
import { clientHello12, makeSeed } from "./client-hello.ts";
import { malformed, unsupported } from "./error.ts";
import { HandshakeType } from "./messages.ts";
import { HandshakeStream, type ByteChannel } from "./stream.ts";
import { parseServerHello } from "./server-hello.ts";

/** SSL 3.0 has another certificate exchange and is refused by everyone since RFC 7568. */
const OLDEST_VERSION = 0x0301;
const NEWEST_VERSION = 0x0303;

/**
 * The server's certificate, DER, read from a handshake of TLS 1.2, 1.1 or 1.0, where it comes in clear.
 * Our side ends there: no key is agreed, and nothing proves that the server holds the certificate's key.
 */
export async function readCertificate12(
  channel: ByteChannel,
  serverName: string | null,
): Promise<Uint8Array> {
  const stream = new HandshakeStream(channel);
  stream.send(clientHello12(makeSeed(serverName)));

  const hello = await stream.next();
  if (hello.type !== HandshakeType.serverHello)
    throw malformed(`message ${hello.type} instead of ServerHello`);
  const { version } = parseServerHello(hello.body);
  if (version < OLDEST_VERSION || version > NEWEST_VERSION) {
    throw unsupported(`the server chose version 0x${version.toString(16).padStart(4, "0")}`);
  }

  const certificate = await stream.next();
  if (certificate.type !== HandshakeType.certificate) {
    throw malformed(`message ${certificate.type} instead of Certificate`);
  }
  return certificateOf12(certificate.body);
}
