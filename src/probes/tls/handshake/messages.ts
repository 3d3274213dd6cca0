import { ByteQueue } from "../records/byte-queue.ts";
import { HandshakeError, malformed } from "./error.ts";

/** RFC 8446 section 4 and RFC 5246 section 7.4; only what is met before the certificate. */
export const HandshakeType = {
  clientHello: 1,
  serverHello: 2,
  encryptedExtensions: 8,
  certificate: 11,
  certificateRequest: 13,
  /** RFC 8446 section 4.4.1: stands for the first ClientHello once the server has asked for another. */
  messageHash: 254,
} as const;

export interface HandshakeMessage {
  readonly type: number;
  readonly body: Uint8Array;
  /** The whole message with its header: what the transcript hashes. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

const HEADER_BYTES = 4;
/** The field allows 16 MiB; chains of real servers stay below 20 KiB. */
const MAX_MESSAGE_BYTES = 128 * 1024;

/** Puts handshake messages together: records may split them and may hold several. */
export class HandshakeReader {
  readonly #queue = new ByteQueue();

  /** True between two messages. */
  get empty(): boolean {
    return this.#queue.length === 0;
  }

  push(fragment: Uint8Array): void {
    // RFC 8446 section 5.1 forbids them; a server could otherwise send them without end.
    if (fragment.length === 0) throw malformed("an empty record");
    this.#queue.push(fragment);
  }

  /** The next whole message, or null until more is pushed. */
  next(): HandshakeMessage | null {
    if (this.#queue.length < HEADER_BYTES) return null;
    const [type = 0, high = 0, middle = 0, low = 0] = this.#queue.peek(HEADER_BYTES);
    const length = high * 65536 + middle * 256 + low;
    if (length > MAX_MESSAGE_BYTES) {
      throw new HandshakeError(
        "oversized",
        `TLS handshake too long: a message of ${length} bytes, at most ${MAX_MESSAGE_BYTES} are read`,
      );
    }
    if (this.#queue.length < HEADER_BYTES + length) return null;
    const raw = this.#queue.take(HEADER_BYTES + length);
    return { type, body: raw.subarray(HEADER_BYTES), raw };
  }
}
