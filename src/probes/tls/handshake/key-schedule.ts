/** RFC 8446 section 7.1, as far as the keys of the server's handshake records. */
import { concat, uint16, uint8, vector8 } from "../records/bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface CipherSuite {
  readonly hash: "SHA-256" | "SHA-384";
  readonly hashBytes: number;
  /** Length of the AES-GCM key. */
  readonly keyBytes: number;
}

/** RFC 8446 appendix B.4; those that WebCrypto can do. */
export const CIPHER_SUITES: ReadonlyMap<number, CipherSuite> = new Map([
  [0x1301, { hash: "SHA-256", hashBytes: 32, keyBytes: 16 }],
  [0x1302, { hash: "SHA-384", hashBytes: 48, keyBytes: 32 }],
]);

export interface TrafficKeys {
  readonly key: Bytes;
  /** 12 bytes; each record's number is XORed into it. */
  readonly iv: Bytes;
}

/**
 * Keys of the server's handshake records.
 * @param messages the handshake messages up to and with ServerHello.
 */
export async function serverHandshakeKeys(
  suite: CipherSuite,
  sharedSecret: Uint8Array,
  messages: readonly Uint8Array[],
): Promise<TrafficKeys> {
  const secret = await serverHandshakeSecret(suite, sharedSecret, messages);
  return {
    key: await expandLabel(suite, secret, "key", new Uint8Array(0), suite.keyBytes),
    iv: await expandLabel(suite, secret, "iv", new Uint8Array(0), 12),
  };
}

/** server_handshake_traffic_secret. */
export async function serverHandshakeSecret(
  suite: CipherSuite,
  sharedSecret: Uint8Array,
  messages: readonly Uint8Array[],
): Promise<Bytes> {
  const handshakeSecret = await extract(suite, await derivedSecret(suite), sharedSecret);
  return deriveSecret(suite, handshakeSecret, "s hs traffic", await transcriptHash(suite, messages));
}

/** Salt of the handshake secret. Without a pre-shared key it is the same in every connection. */
async function derivedSecret(suite: CipherSuite): Promise<Bytes> {
  const zeros = new Uint8Array(suite.hashBytes);
  const earlySecret = await extract(suite, zeros, zeros);
  return deriveSecret(suite, earlySecret, "derived", await transcriptHash(suite, []));
}

export async function transcriptHash(suite: CipherSuite, messages: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest(suite.hash, concat(messages)));
}

/** HKDF-Extract of RFC 5869: an HMAC with the salt as its key. */
async function extract(suite: CipherSuite, salt: Uint8Array, input: Uint8Array): Promise<Bytes> {
  return hmac(suite, salt, input);
}

async function deriveSecret(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  hash: Uint8Array,
): Promise<Bytes> {
  return expandLabel(suite, secret, label, hash, suite.hashBytes);
}

/**
 * HKDF-Expand-Label. The first block of HKDF-Expand is enough, since nothing here is longer than a hash.
 */
async function expandLabel(
  suite: CipherSuite,
  secret: Uint8Array,
  label: string,
  context: Uint8Array,
  length: number,
): Promise<Bytes> {
  const info = [uint16(length), vector8(new TextEncoder().encode(`tls13 ${label}`)), vector8(context)];
  const block = await hmac(suite, secret, concat([...info, uint8(1)]));
  return block.slice(0, length);
}

async function hmac(suite: CipherSuite, key: Uint8Array, data: Uint8Array): Promise<Bytes> {
  const algorithm = { name: "HMAC", hash: suite.hash };
  const imported = await crypto.subtle.importKey("raw", key, algorithm, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
}
