import { beforeAll, describe, expect, test } from "vitest";
import { concat } from "../../../../src/probes/tls/records/bytes.ts";
import { readCertificateFacts } from "../../../../src/probes/tls/certificate/facts.ts";
import { certificateOf13 } from "../../../../src/probes/tls/certificate/message.ts";
import { HandshakeError } from "../../../../src/probes/tls/handshake/error.ts";
import { readCertificate12 } from "../../../../src/probes/tls/handshake/tls-12.ts";
import { parseServerHello } from "../../../../src/probes/tls/handshake/server-hello.ts";
import { probeTls } from "../../../../src/probes/tls/tls-probe.ts";
import { issueCertificate, type IssuedCertificate } from "../../../support/network/certificates.ts";
import {
  recorded,
  replay,
  scriptedNetwork,
  tlsServer,
  truncated,
  type Serve,
} from "../../../support/network/scripted.ts";
import { serverOptions, startServer, type TlsServerOptions } from "../../../support/network/tls-servers.ts";
import { contextOver, probed, said, targetAt } from "../probing.ts";
import * as rfc8448 from "../rfc8448.ts";

const WELL = "up: expires 2027-02-01 (in 70 days), self-signed";

let certificate: IssuedCertificate;
/** All that a server of TLS 1.2 sends until it waits for the client. */
let handshake12: Uint8Array;

beforeAll(async () => {
  certificate = await issueCertificate({ names: ["a.example"] });
  handshake12 = (await record({ maxVersion: "TLSv1.2" }))[0] ?? new Uint8Array(0);
});

function serving(options: Omit<TlsServerOptions, "certificate">): Serve {
  return tlsServer(serverOptions({ certificate, ...options }));
}

async function scripted(serve: Serve): Promise<string> {
  return said(await probeTls(targetAt(443), contextOver(scriptedNetwork(serve))));
}

/** The server's bytes, connection by connection. */
async function record(options: Omit<TlsServerOptions, "certificate">): Promise<Uint8Array[]> {
  const connections: Uint8Array[] = [];
  const serve = recorded(serving(options), (index, bytes) => {
    connections[index] = new Uint8Array([...(connections[index] ?? []), ...bytes]);
  });
  expect(await scripted(serve)).toBe(WELL);
  return connections;
}

describe("a handshake cut short", () => {
  test("after any byte is down over TLS 1.2, until the certificate is whole", async () => {
    expect(await scripted(replay(handshake12))).toBe(WELL);
    const said12 = new Set<string>();
    let whole = 0;
    for (let length = 0; length < handshake12.length; length += 1) {
      const text = await scripted(replay(handshake12.subarray(0, length)));
      if (text === WELL) whole += 1;
      else said12.add(text);
    }
    expect([...said12]).toEqual([
      "down: no certificate over TLS 1.2 or 1.3: connection closed by the server",
      // The same bytes on the second connection, where they answer another question.
      "down: no certificate over TLS 1.2: connection closed by the server; " +
        "over TLS 1.3: unsupported TLS handshake: the server chose version 0x0303 when asked for TLS 1.3",
    ]);
    // What follows the certificate is not waited for: ServerKeyExchange and ServerHelloDone.
    expect(whole).toBeGreaterThan(50);
    expect(whole).toBeLessThan(250);
  });

  test("after any byte is down over TLS 1.3", async () => {
    const flight = (await record({ minVersion: "TLSv1.3" }))[1]?.length ?? 0;
    expect(flight).toBeGreaterThan(500);
    const serve = serving({ minVersion: "TLSv1.3" });
    const said13 = new Set<string>();
    for (let length = 0; length < flight; length += 1)
      said13.add(await scripted(truncated(serve, length, 1)));
    said13.delete(WELL);
    expect([...said13]).toEqual([
      "down: no certificate over TLS 1.2: alert 70 (protocol_version); over TLS 1.3: connection closed by the server",
    ]);
  });
});

test("a handshake that comes byte by byte is read", async () => {
  const server = await startServer((socket) => {
    const bytes = [...handshake12];
    const next = (): void => {
      const byte = bytes.shift();
      if (byte !== undefined && !socket.destroyed)
        socket.write(new Uint8Array([byte]), () => setImmediate(next));
    };
    socket.once("data", next);
  });
  expect(await probed(server)).toBe(WELL);
});

describe("a handshake with flipped bytes", () => {
  test("is read or is the server's fault, never an error of ours", async () => {
    const random = seeded(20261123);
    const results = { read: 0, fault: 0 };
    for (let round = 0; round < 600; round += 1) {
      results[await readOrFault(mutated(handshake12, random))] += 1;
    }
    expect(results.read).toBeGreaterThan(100);
    expect(results.fault).toBeGreaterThan(100);
  });

  test("makes the whole probe up or down, with one line of text", async () => {
    const random = seeded(7);
    for (let round = 0; round < 200; round += 1) {
      const outcome = await probeTls(
        targetAt(443),
        contextOver(scriptedNetwork(replay(mutated(handshake12, random)))),
      );
      expect(outcome.status).toMatch(/^(up|down)$/);
      // oxlint-disable-next-line no-control-regex -- finding none is the point
      expect(outcome.reason).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/);
      expect(outcome.reason.length).toBeLessThanOrEqual(400);
    }
  });

  test("of TLS 1.3 is a fault, in the clear part and in the encrypted one", async () => {
    const random = seeded(1301);
    const serve = serving({ minVersion: "TLSv1.3" });
    for (let round = 0; round < 200; round += 1) {
      const flipping: Serve = (index, answer) =>
        serve(index, (bytes) => answer(bytes === null || index === 0 ? bytes : mutated(bytes, random)));
      const outcome = await probeTls(targetAt(443), contextOver(scriptedNetwork(flipping)));
      // A byte behind the certificate, or in what is not authenticated before the keys, may change nothing.
      expect(outcome.status).toMatch(/^(up|down)$/);
    }
  });

  test("in the parsers of TLS 1.3 is a value or a fault", () => {
    const random = seeded(8448);
    const hello = rfc8448.SERVER_HELLO.subarray(4);
    const message = concat([
      new Uint8Array([0, 0, 1, 0xb5, 0, 1, 0xb0]),
      rfc8448.CERTIFICATE,
      new Uint8Array(2),
    ]);
    expect(certificateOf13(message)).toEqual(rfc8448.CERTIFICATE);
    const results = { read: 0, fault: 0 };
    for (let round = 0; round < 600; round += 1) {
      results[valueOrFault(() => parseServerHello(mutated(hello, random)))] += 1;
      results[valueOrFault(() => certificateOf13(mutated(message, random)))] += 1;
    }
    expect(results.read + results.fault).toBe(1200);
  });
});

/** Rejects with what is no fault of the server. */
async function readOrFault(bytes: Uint8Array): Promise<"read" | "fault"> {
  const chunks = [bytes];
  const channel = { send: () => undefined, read: async () => chunks.shift() ?? null };
  try {
    const der = await readCertificate12(channel, "a.example");
    return valueOrFault(() => readCertificateFacts(der));
  } catch (error) {
    if (error instanceof HandshakeError) return "fault";
    throw error;
  }
}

/** @throws what is no fault of the server */
function valueOrFault(parse: () => unknown): "read" | "fault" {
  try {
    parse();
    return "read";
  } catch (error) {
    if (error instanceof HandshakeError) return "fault";
    throw error;
  }
}

/** One to four bytes changed. */
function mutated(bytes: Uint8Array, random: () => number): Uint8Array {
  const copy = bytes.slice();
  const changes = 1 + Math.floor(random() * 4);
  for (let change = 0; change < changes; change += 1) {
    copy[Math.floor(random() * copy.length)] = Math.floor(random() * 256);
  }
  return copy;
}

/** Mulberry32: the same numbers in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
