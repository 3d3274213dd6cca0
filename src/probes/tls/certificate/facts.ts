import { X509Certificate } from "node:crypto";
import { DerReader, DerTag, hex, latin1, type DerElement } from "./der.ts";
import { formatName } from "./distinguished-name.ts";
import { HandshakeError } from "../handshake/error.ts";
import { addressOf, type AlternativeName } from "./host-match.ts";

/** What is judged of a certificate. */
export interface CertificateFacts {
  /** Unix ms. */
  readonly validFromMs: number;
  /** Unix ms; the certificate is still valid at this moment (RFC 5280 section 4.1.2.5). */
  readonly validToMs: number;
  /** Host names and IP addresses that it is for. The common name is none. */
  readonly names: readonly AlternativeName[];
  /** Who issued it, for a person: `Let's Encrypt R11`. Empty where the issuer has no name. */
  readonly issuer: string;
  /** Issuer and subject have the same name. */
  readonly selfSigned: boolean;
  /** It has dates, but other parts cannot be read, so browsers reject it. */
  readonly malformed: boolean;
}

/**
 * Reads the dates first: whatever is odd about the names, an expired certificate is an expired one. node:crypto is asked
 * only whether the whole is a certificate; what it makes of odd names and dates differs between Node and workerd.
 * Throws an `unreadable` fault for a certificate without readable dates.
 */
export function readCertificateFacts(der: Uint8Array): CertificateFacts {
  const body = orNull(() => readBody(der));
  if (body === null) throw new HandshakeError("unreadable", "the server's certificate cannot be read");
  const { validFromMs, validToMs, rest } = body;
  if (Number.isNaN(validFromMs) || Number.isNaN(validToMs)) {
    throw new HandshakeError("unreadable", "the dates of the server's certificate cannot be read");
  }
  const subjectAndNames = orNull(() => readSubjectAndNames(rest));
  const issuer = orNull(() => formatName(body.issuer));
  const isCertificate = orNull(() => new X509Certificate(der)) !== null;
  return {
    validFromMs,
    validToMs,
    names: subjectAndNames?.names ?? [],
    issuer: issuer ?? "",
    selfSigned: body.issuer.length > 0 && hex(body.issuer) === subjectAndNames?.subject,
    malformed: subjectAndNames === null || issuer === null || !isCertificate,
  };
}

interface Body {
  readonly issuer: Uint8Array;
  readonly validFromMs: number;
  readonly validToMs: number;
  /** Before the subject. */
  readonly rest: DerReader;
}

const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** subjectAltName, 2.5.29.17. */
const ALTERNATIVE_NAMES = "551d11";
const DNS_NAME = 0x82;
const IP_ADDRESS = 0x87;

/** RFC 5280 section 4.1. */
function readBody(der: Uint8Array): Body {
  const certificate = new DerReader(new DerReader(der).expect(DerTag.sequence));
  const rest = new DerReader(certificate.expect(DerTag.sequence));
  // A certificate of version 1 begins with its serial number.
  if (rest.next().tag === VERSION) rest.expect(DerTag.integer);
  // The signature algorithm.
  rest.expect(DerTag.sequence);
  const issuer = rest.expect(DerTag.sequence);
  const validity = new DerReader(rest.expect(DerTag.sequence));
  return { issuer, validFromMs: readTime(validity.next()), validToMs: readTime(validity.next()), rest };
}

/** RFC 5280 section 4.1.2.5: with seconds and in UTC; two digits are a year from 1950 to 2049. NaN for what is not a time. */
function readTime({ tag, content }: DerElement): number {
  if (tag !== DerTag.utcTime && tag !== DerTag.generalizedTime) return Number.NaN;
  const text = latin1(content);
  const century = tag === DerTag.utcTime ? (text < "5" ? "20" : "19") : "";
  const iso = `${century}${text}`.replace(
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/,
    "$1-$2-$3T$4:$5:$6.000Z",
  );
  const time = new Date(iso);
  // The 30th of February would become a day of March.
  return time.toJSON() === iso ? time.getTime() : Number.NaN;
}

/** RFC 5280 section 4.2.1.6. Of the kinds of names only those that can be a host are kept. */
function readSubjectAndNames(rest: DerReader): { subject: string; names: AlternativeName[] } {
  const subject = hex(rest.expect(DerTag.sequence));
  // The public key.
  rest.expect(DerTag.sequence);
  const names = rest
    .rest()
    .filter(({ tag }) => tag === EXTENSIONS)
    .flatMap(({ content }) => new DerReader(new DerReader(content).expect(DerTag.sequence)).rest())
    .flatMap(({ content }) => namesIn(new DerReader(content)));
  return { subject, names };
}

function namesIn(extension: DerReader): AlternativeName[] {
  if (hex(extension.expect(DerTag.objectIdentifier)) !== ALTERNATIVE_NAMES) return [];
  const next = extension.next();
  const value = next.tag === DerTag.boolean ? extension.expect(DerTag.octetString) : next.content;
  return new DerReader(new DerReader(value).expect(DerTag.sequence)).rest().flatMap(nameOf);
}

function nameOf({ tag, content }: DerElement): AlternativeName[] {
  if (tag === DNS_NAME) return [{ kind: "dns", text: latin1(content) }];
  const address = tag === IP_ADDRESS ? addressOf(content) : null;
  return address === null ? [] : [{ kind: "ip", text: address }];
}

function orNull<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}
