/** Certificates that no authority issues, byte by byte. Keys and signatures are made up: nobody checks them here. */
import { fromLatin1, joined } from "../fuzz/bytes.ts";

type Bytes = Uint8Array<ArrayBuffer>;

export interface OddCertificate {
  /** The content of the issuer's name; empty unless given. */
  readonly issuer?: Bytes;
  readonly subject?: Bytes;
  /** Times as elements; from 2026-01-01 to 2027-02-01 unless given. */
  readonly notBefore?: Bytes;
  readonly notAfter?: Bytes;
  /** Content of the subjectAltName; no extensions unless given. */
  readonly names?: Bytes;
  /** A certificate of version 1 has no field for it. */
  readonly version?: 1 | 3;
  /** The public key's algorithm, a hexadecimal object identifier; Ed25519 unless given. */
  readonly keyAlgorithm?: string;
}

/** DER wants the shortest form of a length. */
export function element(tag: number, ...parts: readonly Uint8Array[]): Bytes {
  const content = joined(parts);
  const { length } = content;
  const digits = [length >> 16, (length >> 8) & 0xff, length & 0xff].filter(
    (_, index) => length >> (16 - 8 * index) > 0,
  );
  return joined([
    new Uint8Array([tag, ...(length < 0x80 ? [length] : [0x80 + digits.length, ...digits])]),
    content,
  ]);
}

export function ascii(tag: number, text: string): Bytes {
  return element(tag, fromLatin1(text));
}

function identifier(id: string): Bytes {
  return element(
    0x06,
    Uint8Array.from(id.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)),
  );
}

/** One attribute of a distinguished name: `550403` is the common name, `55040a` the organization. */
export function attribute(id: string, value: Uint8Array): Bytes {
  return element(0x31, element(0x30, identifier(id), value));
}

export function utcTime(text: string): Bytes {
  return ascii(0x17, text);
}

export function generalizedTime(text: string): Bytes {
  return ascii(0x18, text);
}

export function oddCertificate(options: OddCertificate = {}): Bytes {
  const signature = element(0x30, identifier("2b6570"));
  const key = element(0x30, identifier(options.keyAlgorithm ?? "2b6570"));
  const body = element(
    0x30,
    options.version === 1 ? new Uint8Array(0) : element(0xa0, element(2, new Uint8Array([2]))),
    element(2, new Uint8Array([7])),
    signature,
    element(0x30, options.issuer ?? new Uint8Array(0)),
    element(
      0x30,
      options.notBefore ?? utcTime("260101000000Z"),
      options.notAfter ?? utcTime("270201000000Z"),
    ),
    element(0x30, options.subject ?? new Uint8Array(0)),
    element(0x30, key, element(3, new Uint8Array(33))),
    options.names === undefined
      ? new Uint8Array(0)
      : element(0xa3, element(0x30, namesExtension(options.names))),
  );
  return element(0x30, body, signature, element(3, new Uint8Array(65)));
}

function namesExtension(content: Uint8Array): Bytes {
  return element(0x30, identifier("551d11"), element(4, element(0x30, content)));
}

export const A_EXAMPLE = ascii(0x82, "a.example");

/** What a server of TLS 1.2 sends that shows this certificate. */
export function flightWith(der: Uint8Array): Bytes {
  const length = (bytes: number): Uint8Array =>
    new Uint8Array([bytes >> 16, (bytes >> 8) & 0xff, bytes & 0xff]);
  const hello = new Uint8Array([2, 0, 0, 38, 3, 3, ...new Uint8Array(32), 0, 0xc0, 0x2b, 0]);
  const messages = joined([
    hello,
    new Uint8Array([11]),
    length(der.length + 6),
    length(der.length + 3),
    length(der.length),
    der,
  ]);
  const records: Uint8Array[] = [];
  for (let at = 0; at < messages.length; at += 16_000) {
    const part = messages.subarray(at, at + 16_000);
    records.push(new Uint8Array([22, 3, 3, part.length >> 8, part.length & 0xff]), part);
  }
  return joined(records);
}
