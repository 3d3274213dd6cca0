import { createHash } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { probeTls } from "../../../src/probes/tls/tls-probe.ts";
import { issueCertificate, type IssuedCertificate } from "../../support/network/certificates.ts";
import { toLatin1 } from "../../support/fuzz/bytes.ts";
import { scriptedNetwork, tlsServer, truncated, type Serve } from "../../support/network/scripted.ts";
import { serverOptions, startTlsServer, type TlsServerOptions } from "../../support/network/tls-servers.ts";
import { alert, answering, contextOver, probed, record, said, scripted, targetAt } from "./probing.ts";

let certificate: IssuedCertificate;

beforeAll(async () => {
  certificate = await issueCertificate({ names: ["a.example"] });
});

const LIMIT = "inconclusive: cannot be checked from here: the server wants the ";
const MLKEM = `${LIMIT}key exchange X25519MLKEM768, which Workers cannot do`;
const CHACHA =
  "inconclusive: cannot be checked from here: the server wants the cipher suite TLS_CHACHA20_POLY1305_SHA256, which Workers cannot do";

describe("a server that refuses all that WebCrypto can do is inconclusive", () => {
  test.each<[string, Omit<TlsServerOptions, "certificate">, string]>([
    ["X25519MLKEM768, TLS 1.3", { group: "X25519MLKEM768", minVersion: "TLSv1.3" }, MLKEM],
    ["X25519MLKEM768, any version", { group: "X25519MLKEM768" }, MLKEM],
    [
      "SecP256r1MLKEM768",
      { group: "SecP256r1MLKEM768" },
      `${LIMIT}key exchange SecP256r1MLKEM768, which Workers cannot do`,
    ],
    ["MLKEM1024", { group: "MLKEM1024" }, `${LIMIT}key exchange MLKEM1024, which Workers cannot do`],
    [
      "X448 in TLS 1.3",
      { group: "X448", minVersion: "TLSv1.3" },
      `${LIMIT}key exchange X448, which Workers cannot do`,
    ],
    [
      "ffdhe3072",
      { group: "ffdhe3072", minVersion: "TLSv1.3" },
      `${LIMIT}key exchange ffdhe3072, which Workers cannot do`,
    ],
    ["ChaCha20 in TLS 1.3", { ciphers: "TLS_CHACHA20_POLY1305_SHA256", minVersion: "TLSv1.3" }, CHACHA],
    [
      "AES-CCM in TLS 1.3",
      { ciphers: "TLS_AES_128_CCM_SHA256", minVersion: "TLSv1.3" },
      `${LIMIT}cipher suite TLS_AES_128_CCM_SHA256, which Workers cannot do`,
    ],
    [
      "ChaCha20 and X25519MLKEM768",
      { ciphers: "TLS_CHACHA20_POLY1305_SHA256", group: "X25519MLKEM768", minVersion: "TLSv1.3" },
      CHACHA,
    ],
    [
      "ChaCha20 and P-384",
      { ciphers: "TLS_CHACHA20_POLY1305_SHA256", group: "P-384", minVersion: "TLSv1.3" },
      CHACHA,
    ],
  ])("when it wants %s", async (_what, options, outcome) => {
    expect(await probed(await startTlsServer({ certificate, ...options }))).toBe(outcome);
  });

  /** Bytes for the first connections; then a server that has only this to offer. */
  function after(refusals: readonly Uint8Array[], options: Omit<TlsServerOptions, "certificate">): Serve {
    const server = tlsServer(serverOptions({ certificate, ...options }));
    return (index, answer) =>
      index < refusals.length
        ? answering(...refusals)(index, answer)
        : server(index - refusals.length, answer);
  }

  const refusals: readonly [string, Uint8Array][] = [
    ["that it closes", new Uint8Array(0)],
    ...[10, 40, 47, 50, 70, 71, 80, 86, 109, 110, 112, 120].map((number): [string, Uint8Array] => [
      `with alert ${number}`,
      alert(number),
    ]),
  ];

  test.each(refusals)("however it refuses: %s", async (_what, refusal) => {
    const chaCha = { ciphers: "TLS_CHACHA20_POLY1305_SHA256", minVersion: "TLSv1.3" } as const;
    expect(await scripted(after([refusal, refusal], chaCha))).toBe(CHACHA);
    expect(await scripted(after([refusal, refusal], { group: "X25519MLKEM768" }))).toBe(MLKEM);
  });

  test("unless it takes what we can do after all: then its certificate is read", async () => {
    const options = { minVersion: "TLSv1.3", group: "P-384" } as const;
    expect(await scripted(after([alert(40), alert(40)], options))).toBe(
      "up: expires 2027-02-01 (in 70 days), self-signed",
    );
  });

  test.each([
    [71, "the server wants stronger cryptography than Workers offer: alert 71 (insufficient_security)"],
    [109, "the server wants an extension of TLS that Workers do not send: alert 109 (missing_extension)"],
    [116, "the server wants a certificate of the client: alert 116 (certificate_required)"],
    [120, "the server wants a protocol to be named (ALPN): alert 120 (no_application_protocol)"],
  ])("when it says so with alert %i", async (number, reason) => {
    const outcome = `inconclusive: cannot be checked from here: ${reason}`;
    expect(await scripted(answering(alert(number), alert(number), alert(number)))).toBe(outcome);
    expect(await scripted(answering(alert(70), alert(number), alert(40)))).toBe(outcome);
    expect(await scripted(answering(alert(40), alert(40), alert(number)))).toBe(outcome);
  });

  test("not when it misses a name, and is asked for an address", async () => {
    const serve = answering(alert(109), alert(109), alert(109));
    const target = targetAt(443, { serverName: "192.0.2.1" });
    expect(said(await probeTls(target, contextOver(scriptedNetwork(serve))))).toBe(
      "down: no certificate over TLS 1.2 or 1.3: alert 109 (missing_extension)",
    );
  });

  test("not when it is gone by the third connection", async () => {
    const network = scriptedNetwork(answering(alert(40), alert(80)));
    let connections = 0;
    const connect: typeof network.connect = (address) => {
      connections += 1;
      if (connections > 2) throw new Error("proxy request failed, cannot connect to the specified address");
      return network.connect(address);
    };
    const context = contextOver({ ...network, connect });
    expect(said(await probeTls(targetAt(443), context))).toBe(
      "down: no certificate over TLS 1.2: alert 40 (handshake_failure); over TLS 1.3: alert 80 (internal_error)",
    );
  });
});

/** The random of a ServerHello that is a HelloRetryRequest (RFC 8446 section 4.1.3). */
const HELLO_RETRY = createHash("sha256").update("HelloRetryRequest").digest();

describe("a server that refuses browsers as well", () => {
  test("after it has accepted our offer is not asked what else it would take", async () => {
    const network = scriptedNetwork(truncated(tlsServer(serverOptions({ certificate })), 200, 0));
    expect(said(await probeTls(targetAt(443), contextOver(network)))).toBe(
      "down: no certificate over TLS 1.2 or 1.3: connection closed by the server",
    );
    expect(network.events.filter((event) => event === "connect")).toHaveLength(2);
  });

  test.each([
    [{}, "1.2 or 1.3: alert 40 (handshake_failure)"],
    [
      { minVersion: "TLSv1.3" },
      "1.2: alert 70 (protocol_version); over TLS 1.3: alert 40 (handshake_failure)",
    ],
  ] as const)("since it has no certificate is down, whatever it prefers: %j", async (options, reason) => {
    const network = scriptedNetwork(tlsServer(options));
    const outcome = await probeTls(targetAt(443), contextOver(network));
    expect(said(outcome)).toBe(`down: no certificate over TLS ${reason}`);
  });

  test("since it finds no certificate is down, though it would ask for a key exchange that we lack first", async () => {
    // As servers written in Go do it: a HelloRetryRequest unless the key is there, then the certificate.
    const body = [3, 3, ...HELLO_RETRY, 0, 0x13, 1, 0, 0, 12, 0, 43, 0, 2, 3, 4, 0, 51, 0, 2, 0x11, 0xec];
    const retry = record(22, 2, 0, 0, body.length, ...body);
    const serve: Serve = (index, answer) => (received) => {
      const hasKey = toLatin1(received).includes("\x11\xec\x04\xc0");
      if (index < 2 || hasKey) answer(alert(80));
      else answer(retry);
    };
    expect(await scripted(serve)).toBe("down: no certificate over TLS 1.2 or 1.3: alert 80 (internal_error)");
  });
});
