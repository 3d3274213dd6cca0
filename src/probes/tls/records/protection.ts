import { malformed } from "../handshake/error.ts";
import type { TrafficKeys } from "../handshake/key-schedule.ts";
import type { TlsRecord } from "./records.ts";

/** What was inside an encrypted record. */
export interface InnerRecord {
  readonly type: number;
  readonly payload: Uint8Array;
}

/** Opens the records of one direction, in their order (RFC 8446 section 5.2 and 5.3). */
export class RecordDecryptor {
  readonly #key: CryptoKey;
  readonly #iv: Uint8Array<ArrayBuffer>;
  #sequence = 0;

  private constructor(key: CryptoKey, iv: Uint8Array<ArrayBuffer>) {
    this.#key = key;
    this.#iv = iv;
  }

  static async create({ key, iv }: TrafficKeys): Promise<RecordDecryptor> {
    return new RecordDecryptor(await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]), iv);
  }

  async decrypt(record: TlsRecord): Promise<InnerRecord> {
    const algorithm = { name: "AES-GCM", iv: this.#nonce(), additionalData: record.header, tagLength: 128 };
    const plain = await this.#open(algorithm, record.payload);
    // The type stands before the padding, which is zeros.
    const end = plain.findLastIndex((byte) => byte !== 0);
    const type = plain[end];
    if (type === undefined) throw malformed("an encrypted record holds only padding");
    return { type, payload: plain.subarray(0, end) };
  }

  async #open(algorithm: AesGcmParameters, payload: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
    try {
      return new Uint8Array(await crypto.subtle.decrypt(algorithm, this.#key, payload));
    } catch (error) {
      throw malformed("an encrypted record does not decrypt", error);
    }
  }

  /** The record's number fits in four bytes: no more records are read than 256 KiB hold. */
  #nonce(): Uint8Array<ArrayBuffer> {
    const nonce = this.#iv.slice();
    const view = new DataView(nonce.buffer);
    const at = nonce.length - 4;
    view.setUint32(at, view.getUint32(at) ^ this.#sequence);
    this.#sequence += 1;
    return nonce;
  }
}

interface AesGcmParameters {
  readonly name: string;
  readonly iv: Uint8Array<ArrayBuffer>;
  readonly additionalData: Uint8Array<ArrayBuffer>;
  readonly tagLength: number;
}
