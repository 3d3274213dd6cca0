import { alertError } from "./alerts.ts";
import { clearRecord } from "./client-hello.ts";
import { HandshakeError, malformed } from "./error.ts";
import { HandshakeReader, type HandshakeMessage } from "./messages.ts";
import type { InnerRecord, RecordDecryptor } from "../records/protection.ts";
import { ContentType, RecordReader, type TlsRecord } from "../records/records.ts";

/** The two directions of a connection, without how they are made. */
export interface ByteChannel {
  send(bytes: Uint8Array): void;
  /** The next bytes, or null when the server has ended the connection. Rejects when it broke. */
  read(): Promise<Uint8Array | null>;
}

/**
 * A long chain in small records needs fewer. Beyond that a server only makes us work, and the CPU time of
 * a tick is shared by all jobs.
 */
const MAX_RECORDS = 512;

/** Handshake messages over a channel: sends ours as records, and gives the server's one by one. */
export class HandshakeStream {
  readonly #channel: ByteChannel;
  readonly #records = new RecordReader();
  readonly #messages = new HandshakeReader();
  #decryptor: RecordDecryptor | null = null;
  #recordCount = 0;

  constructor(channel: ByteChannel) {
    this.#channel = channel;
  }

  send(message: Uint8Array): void {
    this.#channel.send(clearRecord(message));
  }

  /** From here on the server's records are encrypted. */
  decryptWith(decryptor: RecordDecryptor): void {
    // RFC 8446 section 5.1: a message must not lie on both sides of a change of keys.
    if (!this.#messages.empty) throw malformed("clear data after ServerHello");
    this.#decryptor = decryptor;
  }

  /** The server's next message. Rejects with a HandshakeError when none can come. */
  async next(): Promise<HandshakeMessage> {
    for (;;) {
      const message = this.#messages.next();
      if (message !== null) return message;
      const record = await this.#nextRecord();
      await this.#accept(record);
    }
  }

  async #nextRecord(): Promise<TlsRecord> {
    for (;;) {
      const record = this.#records.next();
      if (record !== null) return this.#counted(record);
      const bytes = await this.#channel.read();
      if (bytes === null) throw this.#records.endError();
      this.#records.push(bytes);
    }
  }

  #counted(record: TlsRecord): TlsRecord {
    this.#recordCount += 1;
    if (this.#recordCount <= MAX_RECORDS) return record;
    throw new HandshakeError("oversized", `TLS handshake too long: no certificate in ${MAX_RECORDS} records`);
  }

  async #accept(record: TlsRecord): Promise<void> {
    // Nothing but a sign for middleboxes in TLS 1.3 (appendix D.4); in TLS 1.2 it comes later.
    if (record.type === ContentType.changeCipherSpec) return;
    if (record.type !== ContentType.applicationData) {
      // A server that could not read our hello sends its alert in clear even after its own.
      if (this.#decryptor !== null && record.type === ContentType.handshake) {
        throw malformed("a clear record among encrypted ones");
      }
      this.#acceptInner(record);
      return;
    }
    if (this.#decryptor === null) throw malformed("an encrypted record before the keys");
    this.#acceptInner(await this.#decryptor.decrypt(record));
  }

  #acceptInner({ type, payload }: InnerRecord): void {
    if (type === ContentType.handshake) {
      this.#messages.push(payload);
    } else if (type === ContentType.alert) {
      const fault = alertError(payload);
      if (fault !== null) throw fault;
    } else {
      throw malformed(`a record of type ${type} in the handshake`);
    }
  }
}
