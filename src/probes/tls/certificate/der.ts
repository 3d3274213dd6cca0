/** DER (X.690), as far as a certificate needs it: elements of one-byte tags and definite lengths. */
import { ByteReader } from "../records/bytes.ts";
import { malformed } from "../handshake/error.ts";

export const DerTag = {
  boolean: 0x01,
  integer: 0x02,
  octetString: 0x04,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  universalString: 0x1c,
  bmpString: 0x1e,
  sequence: 0x30,
} as const;

export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** Reads elements one after the other. What is not DER is a `malformed` fault. */
export class DerReader {
  readonly #bytes: ByteReader;

  constructor(bytes: Uint8Array) {
    this.#bytes = new ByteReader(bytes, "the certificate");
  }

  get done(): boolean {
    return this.#bytes.remaining === 0;
  }

  /** The next element, whatever its tag. */
  next(): DerElement {
    const tag = this.#bytes.uint8();
    return { tag, content: this.#bytes.take(this.#length()) };
  }

  /** The content of the next element, which must have this tag. */
  expect(tag: number): Uint8Array {
    const element = this.next();
    if (element.tag !== tag) throw malformed(`the certificate has tag ${element.tag} instead of ${tag}`);
    return element.content;
  }

  /** All elements that are left. */
  rest(): DerElement[] {
    const elements: DerElement[] = [];
    while (!this.done) elements.push(this.next());
    return elements;
  }

  #length(): number {
    const first = this.#bytes.uint8();
    if (first < 0x80) return first;
    // More bytes of length than a handshake message has, or the indefinite form, which DER forbids.
    if (first === 0x80 || first > 0x83) throw malformed("the certificate has a length out of range");
    return this.#bytes.take(first - 0x80).reduce((length, byte) => length * 256 + byte, 0);
  }
}

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** An object identifier in hexadecimal, such as `550403`: enough to compare with those that are known. */
export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
