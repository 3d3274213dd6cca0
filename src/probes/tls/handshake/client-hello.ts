/** The ClientHello of RFC 8446 section 4.1.2 and RFC 5246 section 7.4.1.2, one for each version. */
import { concat, uint16, uint24, uint8, vector16, vector8 } from "../records/bytes.ts";
import { HandshakeType } from "./messages.ts";
import { OFFER_12, type Offer } from "./offers.ts";
import { ContentType } from "../records/records.ts";

/** IANA "TLS ExtensionType Values". */
export const ExtensionType = {
  serverName: 0,
  supportedGroups: 10,
  ecPointFormats: 11,
  signatureAlgorithms: 13,
  padding: 21,
  extendedMasterSecret: 23,
  supportedVersions: 43,
  cookie: 44,
  keyShare: 51,
  renegotiationInfo: 0xff01,
} as const;

const TLS_1_0 = 0x0301;
const TLS_1_2 = 0x0303;
export const TLS_1_3 = 0x0304;

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
  return message({ ...seed, sessionId: new Uint8Array(0) }, OFFER_12.suites, [
    ...commonExtensions(seed.serverName, OFFER_12),
    extension(ExtensionType.ecPointFormats, vector8(uint8(0))),
    extension(ExtensionType.extendedMasterSecret),
    extension(ExtensionType.renegotiationInfo, vector8()),
  ]);
}

/** The handshake message for TLS 1.3. @param cookie what a HelloRetryRequest asked to be sent back. */
export function clientHello13(
  seed: HelloSeed,
  offer: Offer,
  shares: readonly OfferedShare[],
  cookie: Uint8Array | null = null,
): Uint8Array<ArrayBuffer> {
  const entries = shares.map(({ group, publicKey }) => concat([uint16(group), vector16(publicKey)]));
  return message(seed, offer.suites, [
    ...commonExtensions(seed.serverName, offer),
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
  const start = concat([
    uint16(TLS_1_2),
    seed.random,
    vector8(seed.sessionId),
    vector16(...suites.map(uint16)),
    // No compression.
    vector8(uint8(0)),
  ]);
  const length = HEADER_BYTES + start.length + vector16(...extensions).length;
  const body = concat([start, vector16(...extensions, ...padding(length))]);
  return concat([uint8(HandshakeType.clientHello), uint24(body.length), body]);
}

const HEADER_BYTES = 4;
const EXTENSION_HEADER_BYTES = 4;

/** RFC 7685: some old servers hang on a hello of 256 to 511 bytes, so it gets 512; others want no empty extension at its end. */
function padding(length: number): Uint8Array[] {
  if (length < 256 || length >= 512) return [];
  const missing = Math.max(1, 512 - length - EXTENSION_HEADER_BYTES);
  return [extension(ExtensionType.padding, new Uint8Array(missing))];
}

function commonExtensions(serverName: string | null, { groups, signatureSchemes }: Offer): Uint8Array[] {
  return [
    ...(serverName === null ? [] : [serverNameExtension(serverName)]),
    extension(ExtensionType.supportedGroups, vector16(...groups.map(uint16))),
    extension(ExtensionType.signatureAlgorithms, vector16(...signatureSchemes.map(uint16))),
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
