import { describe, expect, test } from "vitest";
import { readCertificateFacts } from "../../src/probes/tls/certificate/facts.ts";
import { HandshakeStream } from "../../src/probes/tls/handshake/stream.ts";
import { RecordDecryptor } from "../../src/probes/tls/records/protection.ts";
import { probeTls } from "../../src/probes/tls/tls-probe.ts";
import { contextOver, said, targetAt } from "../probes/tls/probing.ts";
import { issueCertificate } from "../support/network/certificates.ts";
import { replay, scriptedNetwork, type Serve } from "../support/network/scripted.ts";

async function scripted(serve: Serve): Promise<string> {
  return said(await probeTls(targetAt(443), contextOver(scriptedNetwork(serve))));
}

function alertRecord(alert: number): Uint8Array {
  return new Uint8Array([21, 3, 3, 0, 2, 2, alert]);
}

describe("a server that refuses is told with its alert by number and name:", () => {
  test.each([
    "alert 10 (unexpected_message)",
    "alert 20 (bad_record_mac)",
    "alert 21 (decryption_failed)",
    "alert 22 (record_overflow)",
    "alert 30 (decompression_failure)",
    "alert 40 (handshake_failure)",
    "alert 41 (no_certificate)",
    "alert 42 (bad_certificate)",
    "alert 43 (unsupported_certificate)",
    "alert 44 (certificate_revoked)",
    "alert 45 (certificate_expired)",
    "alert 46 (certificate_unknown)",
    "alert 47 (illegal_parameter)",
    "alert 48 (unknown_ca)",
    "alert 49 (access_denied)",
    "alert 50 (decode_error)",
    "alert 51 (decrypt_error)",
    "alert 60 (export_restriction)",
    "alert 70 (protocol_version)",
    "alert 80 (internal_error)",
    "alert 86 (inappropriate_fallback)",
    "alert 90 (user_canceled)",
    "alert 100 (no_renegotiation)",
    "alert 110 (unsupported_extension)",
    "alert 112 (unrecognized_name)",
    "alert 113 (bad_certificate_status_response)",
    "alert 115 (unknown_psk_identity)",
    "alert 255 (unknown)",
  ])("%s", async (reason) => {
    const [number] = /\d+/.exec(reason) ?? [];
    expect(await scripted(replay(alertRecord(Number(number))))).toBe(
      `down: no certificate over TLS 1.2 or 1.3: ${reason}`,
    );
  });
});

describe("a handshake of TLS 1.3", () => {
  test("with a cipher suite that nobody knows is told with its number", async () => {
    const supportedVersions = [0, 43, 0, 2, 3, 4];
    const random = Array.from({ length: 32 }, () => 5);
    const body = [3, 3, ...random, 0, 0x2a, 0x2a, 0, 0, supportedVersions.length, ...supportedVersions];
    const hello = [2, 0, 0, body.length, ...body];
    const record = new Uint8Array([22, 3, 3, 0, hello.length, ...hello]);
    const serve: Serve = (index, answer) => () => answer(index === 0 ? alertRecord(70) : record);
    expect(await scripted(serve)).toBe(
      "down: no certificate over TLS 1.2: alert 70 (protocol_version); over TLS 1.3: unsupported TLS handshake: the server chose cipher suite 0x2a2a",
    );
  });

  test("in which something else comes encrypted is told with its type", async () => {
    const keys = { key: new Uint8Array(16), iv: new Uint8Array(12) };
    // Two bytes of application data, and their type.
    const plain = new Uint8Array([7, 7, 23]);
    const header = new Uint8Array([23, 3, 3, 0, plain.length + 16]);
    const key = await crypto.subtle.importKey("raw", keys.key, "AES-GCM", false, ["encrypt"]);
    const algorithm = { name: "AES-GCM", iv: keys.iv, additionalData: header };
    const sealed = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain));
    // The first record of a connection must be a clear one; a warning ends nothing.
    const chunks = [new Uint8Array([21, 3, 3, 0, 2, 1, 112]), new Uint8Array([...header, ...sealed])];
    const stream = new HandshakeStream({
      send: () => undefined,
      read: () => Promise.resolve(chunks.shift() ?? null),
    });
    stream.decryptWith(await RecordDecryptor.create(keys));
    await expect(stream.next()).rejects.toThrow(
      /^malformed TLS handshake: a record of type 23 in the handshake$/,
    );
  });
});

test("a certificate whose dates are none is told as one", async () => {
  const { der } = await issueCertificate({ names: ["a.example"] });
  // 2026-01-01 as UTCTime (RFC 5280 section 4.1.2.5.1), with a month and a day that no year has.
  const latin1 = String.fromCharCode(...der);
  expect(latin1).toContain("260101000000Z");
  const broken = latin1.replace("260101000000Z", "269999000000Z");
  const bytes = Uint8Array.from(broken, (character) => character.charCodeAt(0));
  expect(() => readCertificateFacts(bytes)).toThrow(/^the dates of the server's certificate cannot be read$/);
});

test("a fault of the probe's own is inconclusive, and told as one of reading", async () => {
  const times = [0];
  const elapsedMs = (): number => {
    const ms = times.shift();
    if (ms === undefined) throw new Error("the clock is gone");
    return ms;
  };
  const { der } = await issueCertificate({ names: ["a.example"] });
  const length = (bytes: number): number[] => [bytes >> 16, (bytes >> 8) & 0xff, bytes & 0xff];
  const hello = [2, 0, 0, 38, 3, 3, ...Array.from({ length: 32 }, () => 5), 0, 0x13, 0x01, 0];
  const chain = [...length(der.length + 3), ...length(der.length), ...der];
  const messages = [...hello, 11, ...length(chain.length), ...chain];
  const record = new Uint8Array([22, 3, 3, messages.length >> 8, messages.length & 0xff, ...messages]);
  const context = contextOver(scriptedNetwork(replay(record)), { elapsedMs });
  expect(said(await probeTls(targetAt(443), context))).toBe(
    "inconclusive: the certificate could not be read: the clock is gone",
  );
});
