/** What a hello offers a server to choose from, as numbers of the IANA registry "TLS Parameters". */

import { HandshakeError } from "./error.ts";

export interface Offer {
  readonly suites: readonly number[];
  readonly groups: readonly number[];
  readonly signatureSchemes: readonly number[];
}

export interface Offer13 extends Offer {
  /** A key for X25519MLKEM768 goes out with the first hello. */
  readonly hybridKey: boolean;
}

/** Groups that WebCrypto can do. */
export const NamedGroup = {
  secp256r1: 0x0017,
  secp384r1: 0x0018,
  secp521r1: 0x0019,
  x25519: 0x001d,
} as const;

/** What browsers and servers prefer to all others since 2025. */
export const X25519MLKEM768 = 0x11ec;

const GROUPS = [NamedGroup.x25519, NamedGroup.secp256r1, NamedGroup.secp384r1, NamedGroup.secp521r1] as const;

/**
 * Groups for TLS 1.3 that WebCrypto lacks, as people call them. The number that X25519Kyber768Draft00 had before the standard is
 * still in use.
 */
const GROUPS_BEYOND_US: ReadonlyMap<number, string> = new Map([
  [X25519MLKEM768, "X25519MLKEM768"],
  [0x11eb, "SecP256r1MLKEM768"],
  [0x11ed, "SecP384r1MLKEM1024"],
  [0x0200, "MLKEM512"],
  [0x0201, "MLKEM768"],
  [0x0202, "MLKEM1024"],
  [0x6399, "X25519Kyber768Draft00"],
  [0x001e, "X448"],
  [0x0100, "ffdhe2048"],
  [0x0101, "ffdhe3072"],
  [0x0102, "ffdhe4096"],
  [0x0103, "ffdhe6144"],
  [0x0104, "ffdhe8192"],
  [0x001f, "brainpoolP256r1tls13"],
  [0x0020, "brainpoolP384r1tls13"],
  [0x0021, "brainpoolP512r1tls13"],
  [0x0029, "curveSM2"],
]);

/** Cipher suites of TLS 1.3 that WebCrypto lacks. */
const SUITES_BEYOND_US: ReadonlyMap<number, string> = new Map([
  [0x1303, "TLS_CHACHA20_POLY1305_SHA256"],
  [0x1304, "TLS_AES_128_CCM_SHA256"],
  [0x1305, "TLS_AES_128_CCM_8_SHA256"],
  [0x1306, "TLS_AEGIS_256_SHA512"],
  [0x1307, "TLS_AEGIS_128L_SHA256"],
  [0x00c6, "TLS_SM4_GCM_SM3"],
  [0x00c7, "TLS_SM4_CCM_SM3"],
]);

/** Curves of TLS 1.2 and older, down to secp160k1. */
const OLD_GROUPS = [
  0x001a, 0x001b, 0x001c, 0x0016, 0x0015, 0x0014, 0x0013, 0x0012, 0x0011, 0x0010, 0x000f, 0x000e, 0x000d,
  0x000c, 0x000b, 0x000a, 0x0009, 0x0007, 0x0006,
] as const;

/**
 * Suites of TLS 1.2 and older that authenticate with a certificate. None is ever used: the certificate
 * comes in clear before a key exists. So weak ones do no harm, and old servers are read as well. The order
 * is that of browsers, ECDSA first, so that a server with two certificates shows the one that visitors see. Those that
 * browsers do not know come last: CCM, ARIA, Camellia, SEED, RC4, those of GOST, and fixed Diffie-Hellman.
 */
const SUITES_1_2 = [
  0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc0ac, 0xc0ad, 0xc023, 0xc024, 0xc027, 0xc028, 0xc009,
  0xc00a, 0xc013, 0xc014, 0x009e, 0x009f, 0xccaa, 0x0067, 0x006b, 0x0033, 0x0039, 0x009c, 0x009d, 0x003c,
  0x003d, 0x002f, 0x0035, 0xc008, 0xc012, 0x0016, 0x000a, 0xc0ae, 0xc0af, 0xc09e, 0xc09f, 0xc0a2, 0xc0a3,
  0xc09c, 0xc09d, 0xc0a0, 0xc0a1, 0xc05c, 0xc05d, 0xc060, 0xc061, 0xc052, 0xc053, 0xc050, 0xc051, 0xc072,
  0xc073, 0xc076, 0xc077, 0x00be, 0x00c4, 0x0045, 0x0088, 0x00ba, 0x00c0, 0x0041, 0x0084, 0x0096, 0x0007,
  0xc007, 0xc011, 0x0005, 0x0004, 0xc086, 0xc087, 0xc08a, 0xc08b, 0xc07c, 0xc07d, 0xc07a, 0xc07b, 0xc048,
  0xc049, 0xc04c, 0xc04d, 0xc044, 0xc045, 0xc03c, 0xc03d, 0xc02d, 0xc02e, 0xc031, 0xc032, 0xc004, 0xc005,
  0xc00e, 0xc00f, 0x00a2, 0x00a3, 0x0040, 0x006a, 0x0032, 0x0038, 0x0013, 0xc100, 0xc101, 0xc102, 0x0081,
] as const;

/** TLS_AES_128_GCM_SHA256 and TLS_AES_256_GCM_SHA384. */
const SUITES_1_3 = [0x1301, 0x1302] as const;

/**
 * ECDSA, EdDSA, RSA-PSS and RSA-PKCS1 with SHA-2, then SHA-1 for old servers (RFC 8446 section 4.2.3), then ML-DSA, Brainpool,
 * SM2 and GOST. No signature is checked here, so all can be done.
 */
const SIGNATURE_SCHEMES = [
  0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804, 0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401, 0x0501,
  0x0601, 0x0203, 0x0201, 0x0904, 0x0905, 0x0906, 0x081a, 0x081b, 0x081c, 0x0708, 0x0709, 0x070a, 0x070b,
  0x070c, 0x070d, 0x070e, 0x070f,
] as const;

/** SHA-224, DSA and MD5. */
const OLD_SIGNATURE_SCHEMES = [0x0303, 0x0301, 0x0602, 0x0502, 0x0402, 0x0302, 0x0202, 0x0101] as const;

/** Whatever shows a certificate in clear. */
export const OFFER_12: Offer = {
  suites: SUITES_1_2,
  groups: [...GROUPS, ...OLD_GROUPS, ...GROUPS_BEYOND_US.keys()],
  signatureSchemes: [...SIGNATURE_SCHEMES, ...OLD_SIGNATURE_SCHEMES],
};

/** What we can do. */
export const OFFER_13: Offer13 = {
  suites: SUITES_1_3,
  groups: GROUPS,
  hybridKey: false,
  signatureSchemes: SIGNATURE_SCHEMES,
};

/**
 * Also what we cannot do: a server that chooses that only refused our limits, and one that refuses all of it is down. The key for
 * X25519MLKEM768 goes out at once, so that a server that prefers it must go on beyond its choice, to its certificate.
 */
export const WIDE_OFFER_13: Offer13 = {
  suites: [...SUITES_1_3, ...SUITES_BEYOND_US.keys()],
  groups: [...GROUPS, ...GROUPS_BEYOND_US.keys()],
  hybridKey: true,
  signatureSchemes: SIGNATURE_SCHEMES,
};

/** Why we cannot go on with the suite or group that a server of TLS 1.3 wants; null for one that is not known. */
export function suiteBeyondUs(suite: number): HandshakeError | null {
  const name = SUITES_BEYOND_US.get(suite);
  if (name === undefined) return null;
  return new HandshakeError("limit", `the server wants the cipher suite ${name}, which Workers cannot do`);
}

export function groupBeyondUs(group: number | null): HandshakeError | null {
  const name = group === null ? undefined : GROUPS_BEYOND_US.get(group);
  if (name === undefined) return null;
  return new HandshakeError("limit", `the server wants the key exchange ${name}, which Workers cannot do`);
}
