/** The ClientHello of RFC 8446 section 4.1.2 and RFC 5246 section 7.4.1.2, one for each of the two tries. */
import { concat, uint16, uint24, uint8, vector16, vector8 } from "./bytes.ts";
import { HandshakeType } from "./handshake-messages.ts";
import { ContentType } from "./records.ts";

/** IANA "TLS Supported Groups"; those that WebCrypto can do. */
export const NamedGroup = {
  secp256r1: 0x0017,
  secp384r1: 0x0018,
  secp521r1: 0x0019,
  x25519: 0x001d,
} as const;

/** IANA "TLS ExtensionType Values". */
export const ExtensionType = {
  serverName: 0,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  cookie: 44,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

const TLS_1_0 = 0x0301;
const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;

/**
 * Suites of TLS 1.2 and older that authenticate with a certificate. None is ever used: the certificate
 * comes in clear before a key exists. So weak ones do no harm, and old servers are read as well. The order
 * is that of browsers, ECDSA first, so that a server with two certificates shows the one that visitors see.
 */
const SUITES_1_2 = [
  0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc0ac, 0xc0ad, 0xc023, 0xc024, 0xc027, 0xc028, 0xc009,
  0xc00a, 0xc013, 0xc014, 0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039, 0x009c, 0x009d, 0x003c,
  0x003d, 0x002f, 0x0035, 0xc008, 0xc012, 0x0016, 0x000a,
] as const;

/** TLS_AES_128_GCM_SHA256 and TLS_AES_256_GCM_SHA384. WebCrypto has no ChaCha20. */
const SUITES_1_3 = [0x1301, 0x1302] as const;

/** ECDSA, EdDSA, RSA-PSS and RSA-PKCS1 with SHA-2, then SHA-1 for old servers (RFC 8446 section 4.2.3). */
const SIGNATURE_SCHEMES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
  0x0601, 0x0203, 0x0201,
] as const;

const GROUPS = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1, NamedGroup.secp521r1] as const;

/** Chosen once a connection; a second ClientHello repeats them (RFC 8446 section 4.1.2). */
export interface HelloSeed {
  /** 32 random bytes. */
  readonly random: Uint8Array;
  /** 32 random bytes in TLS 1.3, where they keep middleboxes calm (appendix D.4). */
  readonly sessionId: Uint8Array;
  /** Name for SNI, or null to send none. */
  readonly serverName: string | null;
}

/** A public key for one group. */
export interface OfferedShare {
  readonly group: number;
  readonly publicKey: Uint8Array;
}

export function makeSeed(serverName: string | null): HelloSeed {
  return {
    random: crypto.getRandomValues(new Uint8Array(32)),
    sessionId: crypto.getRandomValues(new Uint8Array(32)),
    serverName,
  };
}

/** The handshake message for TLS 1.2, which servers of TLS 1.0 and 1.1 answer too. */
export function clientHello12(seed: HelloSeed): Uint8Array<ArrayBuffer> {
  return message({ ...seed, sessionId: new Uint8Array(0) }, SUITES_1_2, [
    ...commonExtensions(seed.serverName),
    extension(ExtensionType.ecPointFormats, vector8(uint8(0))),
    extension(ExtensionType.extendedMasterSecret),
    extension(ExtensionType.renegotiationInfo, vector8()),
  ]);
}

/** The handshake message for TLS 1.3. @param cookie what a HelloRetryRequest asked to be sent back. */
export function clientHello13(
  seed: HelloSeed,
  shares: readonly OfferedShare[],
  cookie: Uint8Array | null = null,
): Uint8Array<ArrayBuffer> {
  const entries = shares.map(({ group, publicKey }) => concat([uint16(group), vector16(publicKey)]));
  return message(seed, SUITES_1_3, [
    ...commonExtensions(seed.serverName),
    extension(ExtensionType.supportedVersions, vector8(uint16(TLS_1_3))),
    ...(cookie === null ? [] : [extension(ExtensionType.cookie, vector16(cookie))]),
    extension(ExtensionType.keyShare, vector16(...entries)),
  ]);
}

/** A message as one record. Its version is 1.0 because some old servers drop what they do not know. */
export function clearRecord(handshake: Uint8Array): Uint8Array<ArrayBuffer> {
  return concat([uint8(ContentType.handshake), uint16(TLS_1_0), vector16(handshake)]);
}

function message(
  seed: HelloSeed,
  suites: readonly number[],
  extensions: readonly Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const body = concat([
    uint16(TLS_1_2),
    seed.random,
    vector8(seed.sessionId),
    vector16(...suites.map(uint16)),
    // No compression.
    vector8(uint8(0)),
    vector16(...extensions),
  ]);
  return concat([uint8(HandshakeType.clientHello), uint24(body.length), body]);
}

function commonExtensions(serverName: string | null): Uint8Array[] {
  return [
    ...(serverName === null ? [] : [serverNameExtension(serverName)]),
    extension(ExtensionType.supportedGroups, vector16(...GROUPS.map(uint16))),
    extension(ExtensionType.signatureAlgorithms, vector16(...SIGNATURE_SCHEMES.map(uint16))),
  ];
}

/** RFC 6066 section 3. */
function serverNameExtension(serverName: string): Uint8Array {
  const hostName = concat([uint8(0), vector16(new TextEncoder().encode(serverName))]);
  return extension(ExtensionType.serverName, vector16(hostName));
}

function extension(type: number, ...content: readonly Uint8Array[]): Uint8Array {
  return concat([uint16(type), vector16(...content)]);
}
