import { concat } from "../records/bytes.ts";
import type { OfferedShare } from "./client-hello.ts";
import { malformed } from "./error.ts";
import { NamedGroup, X25519MLKEM768 } from "./offers.ts";

/** One side of a Diffie-Hellman exchange (RFC 8446 section 7.4). */
export interface KeyShare extends OfferedShare {
  /** The shared secret. A public key that is no point of the group is a `malformed` fault. */
  agree(serverKey: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

interface Group {
  readonly name: string;
  readonly algorithm: { readonly name: string; readonly namedCurve?: string };
  /** Length of the shared secret: that of a coordinate. */
  readonly secretBits: number;
}

const GROUPS: ReadonlyMap<number, Group> = new Map([
  [NamedGroup.x25519, { name: "X25519", algorithm: { name: "X25519" }, secretBits: 256 }],
  [NamedGroup.secp256r1, ecdh("P-256", 256)],
  [NamedGroup.secp384r1, ecdh("P-384", 384)],
  // 521 bits fill 66 bytes.
  [NamedGroup.secp521r1, ecdh("P-521", 528)],
]);

function ecdh(namedCurve: string, secretBits: number): Group {
  return { name: namedCurve, algorithm: { name: "ECDH", namedCurve }, secretBits };
}

/** A fresh key pair, or null for a group that is none of `NamedGroup`. */
export async function makeKeyShare(groupId: number): Promise<KeyShare | null> {
  const group = GROUPS.get(groupId);
  if (group === undefined) return null;
  const pair = (await crypto.subtle.generateKey(group.algorithm, false, ["deriveBits"])) as CryptoKeyPair;
  const publicKey = (await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer;
  return {
    group: groupId,
    publicKey: new Uint8Array(publicKey),
    agree: (serverKey) => agree(group, pair.privateKey, serverKey),
  };
}

async function agree(
  group: Group,
  privateKey: CryptoKey,
  serverKey: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const imported = await crypto.subtle.importKey("raw", serverKey, group.algorithm, false, []);
    const algorithm = { name: group.algorithm.name, public: imported };
    return new Uint8Array(await crypto.subtle.deriveBits(algorithm, privateKey, group.secretBits));
  } catch (error) {
    throw malformed(`the server's key is none for ${group.name}`, error);
  }
}

/** Length of an ML-KEM-768 key, bytes (FIPS 203 section 8). */
const MLKEM768_KEY_BYTES = 1184;

/**
 * A key for X25519MLKEM768 that a server can answer, though the answer cannot be read: zeros are a valid ML-KEM key
 * (FIPS 203 section 7.2).
 */
export function hybridShare(x25519: OfferedShare): OfferedShare {
  return { group: X25519MLKEM768, publicKey: concat([new Uint8Array(MLKEM768_KEY_BYTES), x25519.publicKey]) };
}
