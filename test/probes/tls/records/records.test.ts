import { describe, expect, test } from "vitest";
import { alertError } from "../../../../src/probes/tls/handshake/alerts.ts";
import { ByteQueue } from "../../../../src/probes/tls/records/byte-queue.ts";
import { HandshakeReader } from "../../../../src/probes/tls/handshake/messages.ts";
import { RecordReader } from "../../../../src/probes/tls/records/records.ts";

function handshakeRecord(...payload: readonly number[]): Uint8Array {
  return new Uint8Array([22, 3, 3, payload.length >> 8, payload.length & 0xff, ...payload]);
}

function readerOf(...chunks: readonly Uint8Array[]): RecordReader {
  const reader = new RecordReader();
  for (const chunk of chunks) reader.push(chunk);
  return reader;
}

function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

describe("records", () => {
  test("come whole out of bytes that come one by one", () => {
    const reader = new RecordReader();
    const bytes = [...handshakeRecord(1, 2, 3), ...handshakeRecord(4)];
    const payloads = bytes.flatMap((byte) => {
      reader.push(new Uint8Array([byte]));
      const record = reader.next();
      return record === null ? [] : [[...record.payload]];
    });
    expect(payloads).toEqual([[1, 2, 3], [4]]);
  });

  test("come one by one out of bytes that come at once", () => {
    const reader = readerOf(new Uint8Array([...handshakeRecord(1), ...handshakeRecord(2)]));
    expect([reader.next()?.payload, reader.next()?.payload, reader.next()]).toEqual([
      new Uint8Array([1]),
      new Uint8Array([2]),
      null,
    ]);
  });

  test.each([
    ["HTTP", text("HTTP/1.1 400 Bad Request\r\nServer: x"), `"HTTP/1.1 400 Bad Request"`],
    ["SMTP", text("220 mail.example ESMTP\r\n"), `"220 mail.example ESMTP"`],
    ["a long line", text("x".repeat(300)), `"${"x".repeat(60)}"`],
    ["bytes", new Uint8Array([0x80, 0x2e, 1, 0, 2, 3, 4, 5, 6, 7]), "the bytes 80 2e 01 00 02 03 04 05"],
    ["a version that is none", new Uint8Array([22, 9, 0, 0, 1, 0]), "the bytes 16 09 00 00 01 00"],
    [
      "a first record of application data",
      new Uint8Array([23, 3, 3, 0, 1, 0]),
      "the bytes 17 03 03 00 01 00",
    ],
  ])("are told from %s", (_what, bytes, begins) => {
    expect(() => readerOf(bytes).next()).toThrow(`the answer is not TLS; it begins with ${begins}`);
  });

  test("are told from other answers that end before a header's length", () => {
    expect(readerOf(text("bye")).endError().message).toBe(`the answer is not TLS; it begins with "bye"`);
    expect(readerOf(handshakeRecord(1).subarray(0, 3)).endError().message).toBe(
      "connection closed by the server",
    );
  });

  test("are bounded, and what follows one must be another", () => {
    expect(() => readerOf(new Uint8Array([22, 3, 3, 0x40, 1])).next()).toThrow(
      "malformed TLS handshake: a record of 16385 bytes, at most 16384 are allowed",
    );
    const reader = readerOf(handshakeRecord(1), text("HTTP/1.1"));
    reader.next();
    expect(() => reader.next()).toThrow("malformed TLS handshake: what follows a record is none");
    const encrypted = readerOf(handshakeRecord(1), new Uint8Array([23, 3, 3, 0x41, 1]));
    encrypted.next();
    expect(() => encrypted.next()).toThrow(
      "malformed TLS handshake: a record of 16641 bytes, at most 16640 are allowed",
    );
  });
});

describe("handshake messages", () => {
  test("are put together over records, and several may share one", () => {
    const reader = new HandshakeReader();
    reader.push(new Uint8Array([2, 0, 0, 3, 9]));
    expect(reader.next()).toBeNull();
    expect(reader.empty).toBe(false);
    reader.push(new Uint8Array([8, 7, 11, 0, 0, 0]));
    expect(reader.next()).toEqual({
      type: 2,
      body: new Uint8Array([9, 8, 7]),
      raw: new Uint8Array([2, 0, 0, 3, 9, 8, 7]),
    });
    expect(reader.next()).toEqual({
      type: 11,
      body: new Uint8Array(0),
      raw: new Uint8Array([11, 0, 0, 0]),
    });
    expect(reader.empty).toBe(true);
  });

  test("are refused when they announce too much", () => {
    const reader = new HandshakeReader();
    reader.push(new Uint8Array([11, 0xff, 0xff, 0xff]));
    expect(() => reader.next()).toThrow(
      "TLS handshake too long: a message of 16777215 bytes, at most 131072 are read",
    );
  });

  test("are refused when a record is empty", () => {
    expect(() => new HandshakeReader().push(new Uint8Array(0))).toThrow(
      "malformed TLS handshake: an empty record",
    );
  });
});

describe("an alert", () => {
  test.each([
    [[2, 40], "alert 40 (handshake_failure)"],
    [[2, 70], "alert 70 (protocol_version)"],
    [[2, 112], "alert 112 (unrecognized_name)"],
    [[2, 200], "alert 200 (unknown)"],
    [[1, 0], "connection closed by the server"],
    [[2], "malformed TLS handshake: an alert ends too early"],
  ])("%j means: %s", (payload, message) => {
    expect(alertError(new Uint8Array(payload))?.message).toBe(message);
  });

  test("that only warns means nothing", () => {
    expect(alertError(new Uint8Array([1, 112]))).toBeNull();
  });
});

describe("the byte queue", () => {
  test("gives back what went in, in any portions", () => {
    const queue = new ByteQueue();
    const taken: number[] = [];
    for (let round = 0; round < 200; round += 1) {
      queue.push(Uint8Array.from({ length: (round * 37) % 301 }, (_, index) => (round + index) % 256));
      taken.push(...queue.take((round * 53) % 211));
    }
    taken.push(...queue.take(queue.length));
    const pushed = Array.from({ length: 200 }, (_, round) =>
      Array.from({ length: (round * 37) % 301 }, (_unused, index) => (round + index) % 256),
    ).flat();
    expect(taken).toEqual(pushed);
    expect(queue.length).toBe(0);
  });
});
