import { ByteQueue } from "./byte-queue.ts";
import { HandshakeError, malformed } from "../handshake/error.ts";

/** RFC 8446 section 5.1. */
export const ContentType = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

export interface TlsRecord {
  readonly type: number;
  /** The five bytes before the payload: what an encrypted record authenticates besides it. */
  readonly header: Uint8Array<ArrayBuffer>;
  readonly payload: Uint8Array<ArrayBuffer>;
}

const HEADER_BYTES = 5;
const MAX_CLEAR_BYTES = 2 ** 14;
/** RFC 8446 section 5.2: an encrypted record has room for its tag and its padding. */
const MAX_ENCRYPTED_BYTES = 2 ** 14 + 256;

/** Cuts a stream of bytes into TLS records (RFC 8446 section 5.1, RFC 5246 section 6.2.1). */
export class RecordReader {
  readonly #queue = new ByteQueue();
  #first = true;

  push(bytes: Uint8Array): void {
    this.#queue.push(bytes);
  }

  /** The next whole record, or null until more bytes are pushed. Faults are told from the header on. */
  next(): TlsRecord | null {
    if (this.#queue.length < HEADER_BYTES) return null;
    const header = this.#queue.peek(HEADER_BYTES);
    const [type = 0, major = 0, , lengthHigh = 0, lengthLow = 0] = header;
    const length = lengthHigh * 256 + lengthLow;
    const plausible = this.#plausibleType(type) && major === 3;
    if (!plausible) throw this.#first ? this.#notTls() : malformed("what follows a record is none");
    const limit = type === ContentType.applicationData ? MAX_ENCRYPTED_BYTES : MAX_CLEAR_BYTES;
    if (length > limit) throw malformed(`a record of ${length} bytes, at most ${limit} are allowed`);
    if (this.#queue.length < HEADER_BYTES + length) return null;
    this.#queue.take(HEADER_BYTES);
    this.#first = false;
    return { type, header, payload: this.#queue.take(length) };
  }

  /** What it means that the connection ends here. */
  endError(): HandshakeError {
    const [type] = this.#queue.peek(1);
    return this.#first && type !== undefined && !this.#plausibleType(type)
      ? this.#notTls()
      : new HandshakeError("closed", "connection closed by the server");
  }

  /** A server's first record is a handshake or an alert. */
  #plausibleType(type: number): boolean {
    if (this.#first) return type === ContentType.alert || type === ContentType.handshake;
    return type >= ContentType.changeCipherSpec && type <= ContentType.applicationData;
  }

  #notTls(): HandshakeError {
    return new HandshakeError(
      "not TLS",
      `the answer is not TLS; it begins with ${excerpt(this.#queue.peek(60))}`,
    );
  }
}

/** The first line where it is text, such as an HTTP or SMTP server's answer, else some bytes as hexadecimal. */
function excerpt(bytes: Uint8Array): string {
  const end = bytes.findIndex((byte) => byte < 0x20 || byte > 0x7e);
  const text = String.fromCharCode(...(end === -1 ? bytes : bytes.subarray(0, end)));
  if (text.length >= 3) return `"${text}"`;
  return `the bytes ${[...bytes.subarray(0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ")}`;
}
