import { ByteReader } from "../records/bytes.ts";
import { ExtensionType } from "./client-hello.ts";

/** RFC 8446 section 4.1.3: the random of a ServerHello that asks for another ClientHello. */
const HELLO_RETRY_RANDOM = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c";

export interface ServerHello {
  /** The version that counts: that of the extension where there is one, so 0x0304 for TLS 1.3. */
  readonly version: number;
  readonly cipherSuite: number;
  readonly isRetryRequest: boolean;
  /** Of the key share: what the server chose, or in a retry request what it wants. Null without one. */
  readonly group: number | null;
  /** The server's public key; null in a retry request. */
  readonly publicKey: Uint8Array | null;
  readonly cookie: Uint8Array | null;
}

/** Parses the body of a ServerHello of any version (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3). */
export function parseServerHello(body: Uint8Array): ServerHello {
  const reader = new ByteReader(body, "ServerHello");
  const legacyVersion = reader.uint16();
  const random = reader.take(32);
  reader.vector8();
  const cipherSuite = reader.uint16();
  reader.uint8();
  // TLS 1.2 and older may leave the extensions out.
  const extensions =
    reader.remaining === 0 ? new Map<number, Uint8Array>() : parseExtensions(reader.vector16());
  const isRetryRequest = hex(random) === HELLO_RETRY_RANDOM;
  const version = extensions.get(ExtensionType.supportedVersions);
  const cookie = extensions.get(ExtensionType.cookie);
  return {
    version: version === undefined ? legacyVersion : new ByteReader(version, "supported_versions").uint16(),
    cipherSuite,
    isRetryRequest,
    ...parseKeyShare(extensions.get(ExtensionType.keyShare), isRetryRequest),
    cookie: cookie === undefined ? null : new ByteReader(cookie, "cookie").vector16(),
  };
}

function parseExtensions(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new ByteReader(bytes, "an extension of ServerHello");
  const extensions = new Map<number, Uint8Array>();
  while (reader.remaining > 0) extensions.set(reader.uint16(), reader.vector16());
  return extensions;
}

/** RFC 8446 section 4.2.8. */
function parseKeyShare(
  content: Uint8Array | undefined,
  isRetryRequest: boolean,
): Pick<ServerHello, "group" | "publicKey"> {
  if (content === undefined) return { group: null, publicKey: null };
  const reader = new ByteReader(content, "key_share");
  const group = reader.uint16();
  return { group, publicKey: isRetryRequest ? null : reader.vector16() };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
