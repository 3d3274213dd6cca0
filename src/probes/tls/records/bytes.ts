/** Big-endian fields and length-prefixed vectors, the language of RFC 8446 section 3. */
import { malformed } from "../handshake/error.ts";

/** Reads a message from its start. Running over its end is a `malformed` fault. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what names the message in faults, such as `ServerHello`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** A view of the next `length` bytes. */
  take(length: number): Uint8Array {
    if (length > this.remaining) throw malformed(`${this.#what} ends too early`);
    const taken = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return taken;
  }

  uint8(): number {
    return this.#uint(1);
  }

  uint16(): number {
    return this.#uint(2);
  }

  uint24(): number {
    return this.#uint(3);
  }

  /** Bytes behind a length of one byte. */
  vector8(): Uint8Array {
    return this.take(this.uint8());
  }

  vector16(): Uint8Array {
    return this.take(this.uint16());
  }

  vector24(): Uint8Array {
    return this.take(this.uint24());
  }

  #uint(size: number): number {
    return this.take(size).reduce((value, byte) => value * 256 + byte, 0);
  }
}

export function uint8(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([value]);
}

export function uint16(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([value >> 8, value]);
}

export function uint24(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([value >> 16, value >> 8, value]);
}

/** `parts` behind their common length in one byte. */
export function vector8(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(parts);
  return concat([uint8(content.length), content]);
}

export function vector16(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const content = concat(parts);
  return concat([uint16(content.length), content]);
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
