import { X509Certificate } from "node:crypto";
import { HandshakeFault } from "./handshake-fault.ts";
import { isIpAddress } from "./server-name.ts";

/** What is judged of a certificate. */
export interface CertificateFacts {
  /** Unix ms. */
  readonly validFromMs: number;
  /** Unix ms; the certificate is still valid at this moment (RFC 5280 section 4.1.2.5). */
  readonly validToMs: number;
  /** Host names and IP addresses that it is for. The common name is none. */
  readonly names: readonly string[];
  /** Who issued it, for a person: `Let's Encrypt R11`. */
  readonly issuer: string;
  /** Issuer and subject are the same. */
  readonly selfSigned: boolean;
  /** It is for the name that was asked. */
  readonly nameMatches: boolean;
}

/** @param serverName normalised. Rejects what is no certificate with an `unreadable` fault. */
export function readCertificateFacts(der: Uint8Array, serverName: string): CertificateFacts {
  const certificate = parse(der);
  const facts: CertificateFacts = {
    validFromMs: Date.parse(certificate.validFrom),
    validToMs: Date.parse(certificate.validTo),
    names: parseNames(certificate.subjectAltName ?? ""),
    issuer: formatIssuer(certificate.issuer),
    selfSigned: certificate.issuer === certificate.subject,
    nameMatches: matches(certificate, serverName),
  };
  if (Number.isNaN(facts.validFromMs) || Number.isNaN(facts.validToMs)) {
    throw new HandshakeFault("unreadable", "the dates of the server's certificate cannot be read");
  }
  return facts;
}

function parse(der: Uint8Array): X509Certificate {
  try {
    return new X509Certificate(der);
  } catch (error) {
    throw new HandshakeFault("unreadable", "the server's certificate cannot be read", error);
  }
}

/**
 * As browsers match. Left to itself checkHost falls back to the common name where there are no alternative
 * names, in workerd 1.20261117 as in Node; "never" forbids it in both. Seen in workerd: a wildcard stands
 * for one whole label, not for the registry's (`*.co`) nor for part of a label (`f*.example`, which Node
 * allows unless told otherwise); letters match in either case; a final dot never matches; checkHost knows
 * no IP addresses, and checkIP throws on what is none.
 */
function matches(certificate: X509Certificate, serverName: string): boolean {
  try {
    const match = isIpAddress(serverName)
      ? certificate.checkIP(serverName)
      : certificate.checkHost(serverName, { subject: "never", wildcards: true, partialWildcards: false });
    return match !== undefined;
  } catch {
    return false;
  }
}

/** `DNS:a.example, IP Address:192.0.2.1`, where a value with a comma or a quote stands as a JSON string. */
function parseNames(subjectAltName: string): string[] {
  const entries = subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return Array.from(entries, ([, value = ""]) => value);
}

/** One `KEY=value` a line, special characters behind a backslash (RFC 2253). */
function formatIssuer(text: string): string {
  const lines = text.split("\n").map((line) => line.replaceAll(/\\(.)/g, "$1"));
  const value = (key: string): string =>
    lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";
  const organization = value("O");
  const commonName = value("CN");
  const [brand = ""] = organization.split(/[ ,]/);
  // "DigiCert Inc" and "DigiCert Global G2 TLS RSA SHA256 2020 CA1" need not both be said.
  const said = brand !== "" && commonName.toLowerCase().startsWith(brand.toLowerCase());
  const issuer = said ? commonName : `${organization} ${commonName}`.trim();
  return issuer === "" ? lines.join(", ") : issuer;
}
