/** X.509 certificates made at test time, so that no fixture expires and no openssl is needed. */
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import type { Extension } from "@peculiar/x509";
import { installReflectMetadata } from "./reflect-metadata.ts";

// In this order: the library looks for it while it loads.
installReflectMetadata();
const x509 = await import("@peculiar/x509");
x509.cryptoProvider.set(webcrypto as unknown as Crypto);

export type KeyType = "ecdsa" | "rsa";

export interface CertificateRequest {
  /** Subject alternative names, in order; IP addresses become iPAddress entries. Empty: no such extension. */
  readonly names: readonly string[];
  /** Distinguished name of the subject; `CN=<first name>` unless given. */
  readonly subject?: string;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Who signs it; without one the certificate is self-signed. */
  readonly issuer?: IssuedCertificate;
  readonly keyType?: KeyType;
  /** May sign others. */
  readonly authority?: boolean;
}

export interface IssuedCertificate {
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS #8. */
  readonly key: string;
  readonly der: Uint8Array;
  readonly subject: string;
  readonly keys: CryptoKeyPair;
}

const ALGORITHMS = {
  ecdsa: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  rsa: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const;

/** One key pair a type is enough for all certificates of a run; RSA keys take long to make. */
const keyPairs = new Map<KeyType, Promise<CryptoKeyPair>>();

function keyPair(type: KeyType): Promise<CryptoKeyPair> {
  const known = keyPairs.get(type);
  if (known !== undefined) return known;
  const made = webcrypto.subtle.generateKey(ALGORITHMS[type], true, ["sign", "verify"]);
  const pair = made as unknown as Promise<CryptoKeyPair>;
  keyPairs.set(type, pair);
  return pair;
}

/** Validity unless given: from 2026-01-01 to 2027-02-01, UTC. */
export const NOT_BEFORE = new Date("2026-01-01T00:00:00Z");
export const NOT_AFTER = new Date("2027-02-01T00:00:00Z");

export async function issueCertificate(request: CertificateRequest): Promise<IssuedCertificate> {
  const keys = await keyPair(request.keyType ?? "ecdsa");
  const subject = request.subject ?? `CN=${request.names[0] ?? "unnamed"}`;
  const signer = request.issuer ?? { subject, keys };
  const certificate = await x509.X509CertificateGenerator.create({
    subject,
    issuer: signer.subject,
    notBefore: request.notBefore ?? NOT_BEFORE,
    notAfter: request.notAfter ?? NOT_AFTER,
    publicKey: keys.publicKey,
    signingKey: signer.keys.privateKey,
    signingAlgorithm: { ...signer.keys.privateKey.algorithm, hash: "SHA-256" },
    extensions: extensions(request),
  });
  return {
    cert: certificate.toString("pem"),
    key: await privateKeyPem(keys.privateKey),
    der: new Uint8Array(certificate.rawData),
    subject,
    keys,
  };
}

function extensions(request: CertificateRequest): Extension[] {
  const names = request.names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
  return [
    new x509.BasicConstraintsExtension(request.authority ?? false, undefined, true),
    ...(names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)]),
  ];
}

async function privateKeyPem(key: CryptoKey): Promise<string> {
  const der = await webcrypto.subtle.exportKey("pkcs8", key as unknown as webcrypto.CryptoKey);
  return `${x509.PemConverter.encode(der, "PRIVATE KEY")}\n`;
}
