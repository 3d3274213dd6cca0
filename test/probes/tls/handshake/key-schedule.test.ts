import { describe, expect, test } from "vitest";
import { certificateOf13 } from "../../../../src/probes/tls/certificate/message.ts";
import { HandshakeStream } from "../../../../src/probes/tls/handshake/stream.ts";
import {
  CIPHER_SUITES,
  serverHandshakeKeys,
  serverHandshakeSecret,
  type CipherSuite,
} from "../../../../src/probes/tls/handshake/key-schedule.ts";
import { RecordDecryptor } from "../../../../src/probes/tls/records/protection.ts";
import { RecordReader, type TlsRecord } from "../../../../src/probes/tls/records/records.ts";
import { parseServerHello } from "../../../../src/probes/tls/handshake/server-hello.ts";
import * as rfc8448 from "../rfc8448.ts";

const AES_128 = CIPHER_SUITES.get(0x1301) as CipherSuite;
const HELLOS = [rfc8448.CLIENT_HELLO, rfc8448.SERVER_HELLO];

async function flightDecryptor(): Promise<RecordDecryptor> {
  const keys = await serverHandshakeKeys(AES_128, rfc8448.SHARED_SECRET, HELLOS);
  return RecordDecryptor.create(keys);
}

function recordOf(bytes: Uint8Array): TlsRecord {
  const reader = new RecordReader();
  // The first record of a connection is never encrypted.
  reader.push(new Uint8Array([22, 3, 3, 0, 0]));
  reader.next();
  reader.push(bytes);
  return reader.next() as TlsRecord;
}

describe("against the trace of RFC 8448 section 3", () => {
  test("ServerHello is understood", () => {
    expect(parseServerHello(rfc8448.SERVER_HELLO.subarray(4))).toEqual({
      version: 0x0304,
      cipherSuite: 0x1301,
      isRetryRequest: false,
      group: 0x001d,
      publicKey: rfc8448.SERVER_HELLO.slice(52, 84),
      cookie: null,
    });
  });

  test("the server's handshake secret is the same", async () => {
    expect(await serverHandshakeSecret(AES_128, rfc8448.SHARED_SECRET, HELLOS)).toEqual(
      rfc8448.SERVER_HANDSHAKE_SECRET,
    );
  });

  test("the keys of its records are the same", async () => {
    expect(await serverHandshakeKeys(AES_128, rfc8448.SHARED_SECRET, HELLOS)).toEqual({
      key: rfc8448.SERVER_HANDSHAKE_KEY,
      iv: rfc8448.SERVER_HANDSHAKE_IV,
    });
  });

  test("the encrypted flight opens and holds the certificate", async () => {
    const flight = [new Uint8Array([20, 3, 3, 0, 1, 1]), rfc8448.SERVER_FLIGHT];
    const stream = new HandshakeStream({
      send: () => undefined,
      // ServerHello in clear, then a ChangeCipherSpec to ignore, then the flight.
      read: async () => flight.shift() ?? null,
    });
    flight.unshift(new Uint8Array([22, 3, 3, 0, rfc8448.SERVER_HELLO.length, ...rfc8448.SERVER_HELLO]));
    expect((await stream.next()).raw).toEqual(rfc8448.SERVER_HELLO);
    stream.decryptWith(await flightDecryptor());
    expect((await stream.next()).type).toBe(8);
    expect(certificateOf13((await stream.next()).body)).toEqual(rfc8448.CERTIFICATE);
    expect((await stream.next()).type).toBe(15);
    expect((await stream.next()).type).toBe(20);
    await expect(stream.next()).rejects.toThrow("connection closed by the server");
  });
});

describe("after ServerHello", () => {
  const hello = [...rfc8448.SERVER_HELLO];

  function streamOf(...payloads: readonly (readonly number[])[]): HandshakeStream {
    const chunks = payloads.map((payload) => new Uint8Array([22, 3, 3, 0, payload.length, ...payload]));
    return new HandshakeStream({ send: () => undefined, read: async () => chunks.shift() ?? null });
  }

  test("nothing more may come in clear", async () => {
    const stream = streamOf(hello, [8, 0, 0, 0]);
    await stream.next();
    stream.decryptWith(await flightDecryptor());
    await expect(stream.next()).rejects.toThrow(
      "malformed TLS handshake: a clear record among encrypted ones",
    );
  });

  test("nothing more may stand in its record", async () => {
    const stream = streamOf([...hello, 8, 0]);
    await stream.next();
    const decryptor = await flightDecryptor();
    expect(() => stream.decryptWith(decryptor)).toThrow(
      "malformed TLS handshake: clear data after ServerHello",
    );
  });
});

describe("an encrypted record", () => {
  test("with any byte changed does not open", async () => {
    const record = recordOf(rfc8448.SERVER_FLIGHT);
    for (const at of [0, 100, record.payload.length - 1]) {
      const payload = record.payload.slice();
      payload[at] = (payload[at] ?? 0) ^ 1;
      const decryptor = await flightDecryptor();
      await expect(decryptor.decrypt({ ...record, payload })).rejects.toThrow(
        "malformed TLS handshake: an encrypted record does not decrypt",
      );
    }
  });

  test("under another header does not open", async () => {
    const record = recordOf(rfc8448.SERVER_FLIGHT);
    const decryptor = await flightDecryptor();
    await expect(
      decryptor.decrypt({ ...record, header: new Uint8Array([23, 3, 1, 2, 162]) }),
    ).rejects.toThrow("malformed TLS handshake: an encrypted record does not decrypt");
  });

  test("opens only in its turn", async () => {
    const decryptor = await flightDecryptor();
    const record = recordOf(rfc8448.SERVER_FLIGHT);
    expect((await decryptor.decrypt(record)).type).toBe(22);
    await expect(decryptor.decrypt(record)).rejects.toThrow(
      "malformed TLS handshake: an encrypted record does not decrypt",
    );
  });

  test("of padding alone is a fault, and padding after content is dropped", async () => {
    const key = new Uint8Array(16);
    const iv = new Uint8Array(12);
    const seal = async (plain: readonly number[]): Promise<TlsRecord> => {
      const header = new Uint8Array([23, 3, 3, 0, plain.length + 16]);
      const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
      const algorithm = { name: "AES-GCM", iv, additionalData: header };
      const sealed = await crypto.subtle.encrypt(algorithm, imported, new Uint8Array(plain));
      return { type: 23, header, payload: new Uint8Array(sealed) };
    };
    const open = async (record: TlsRecord): Promise<unknown> => {
      const decryptor = await RecordDecryptor.create({ key, iv });
      return decryptor.decrypt(record);
    };
    expect(await open(await seal([7, 7, 22, 0, 0, 0]))).toEqual({
      type: 22,
      payload: new Uint8Array([7, 7]),
    });
    await expect(open(await seal([0, 0, 0]))).rejects.toThrow(
      "malformed TLS handshake: an encrypted record holds only padding",
    );
  });
});
