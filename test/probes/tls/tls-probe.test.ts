import { beforeAll, describe, expect, test } from "vitest";
import { issueCertificate, type IssuedCertificate } from "../../support/network/certificates.ts";
import { scriptedNetwork, tlsServer } from "../../support/network/scripted.ts";
import { serverOptions, startTlsServer, type TlsServerOptions } from "../../support/network/tls-servers.ts";
import { probeTls } from "../../../src/probes/tls/tls-probe.ts";
import { contextOver, probed, said, targetAt } from "./probing.ts";

let root: IssuedCertificate;
let ecdsa: IssuedCertificate;
let rsa: IssuedCertificate;

beforeAll(async () => {
  root = await issueCertificate({ names: [], subject: "C=US, O=Test Trust, CN=R1", authority: true });
  ecdsa = await issueCertificate({ names: ["a.example"], issuer: root });
  rsa = await issueCertificate({ names: ["a.example"], issuer: root, keyType: "rsa" });
});

const WELL = "up: expires 2027-02-01 (in 70 days), issued by Test Trust R1";

type Handshake = Omit<TlsServerOptions, "certificate">;

describe("the certificate is read from a server", () => {
  test.each<[string, Handshake]>([
    ["of any version", {}],
    ["of TLS 1.2", { minVersion: "TLSv1.2", maxVersion: "TLSv1.2" }],
    ["of TLS 1.1", { minVersion: "TLSv1.1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" }],
    ["of TLS 1.0", { minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ALL:@SECLEVEL=0" }],
    ["of TLS 1.3", { minVersion: "TLSv1.3" }],
    ["of TLS 1.3 with AES-128", { minVersion: "TLSv1.3", ciphers: "TLS_AES_128_GCM_SHA256" }],
    ["of TLS 1.3 with AES-256", { minVersion: "TLSv1.3", ciphers: "TLS_AES_256_GCM_SHA384" }],
    ["of TLS 1.3 with X25519", { minVersion: "TLSv1.3", group: "X25519" }],
    ["of TLS 1.3 with P-256", { minVersion: "TLSv1.3", group: "P-256" }],
    ["of TLS 1.3 that wants P-384", { minVersion: "TLSv1.3", group: "P-384" }],
    ["of TLS 1.3 that wants P-521", { minVersion: "TLSv1.3", group: "P-521" }],
    [
      "of TLS 1.3 that wants P-384 with AES-256",
      { minVersion: "TLSv1.3", group: "P-384", ciphers: "TLS_AES_256_GCM_SHA384" },
    ],
    ["of TLS 1.2 that asks for ours", { maxVersion: "TLSv1.2", requestCert: true }],
    ["of TLS 1.3 that asks for ours", { minVersion: "TLSv1.3", requestCert: true }],
  ])("%s", async (_what, options) => {
    expect(await probed(await startTlsServer({ certificate: ecdsa, ...options }))).toBe(WELL);
    expect(await probed(await startTlsServer({ certificate: rsa, ...options }))).toBe(WELL);
  });

  // None of these could be used: over TLS 1.2 the certificate comes before it matters.
  test.each<[string, Handshake]>([
    ["X448", { group: "X448" }],
    ["P-521", { group: "P-521" }],
    ["P-256K", { group: "P-256:secp256k1" }],
    ["Brainpool", { group: "brainpoolP256r1:P-256" }],
    ["ChaCha20", { ciphers: "CHACHA20" }],
    ["AES-CCM", { ciphers: "AESCCM8:@SECLEVEL=0" }],
    ["ARIA", { ciphers: "ARIA" }],
    ["Camellia", { ciphers: "CAMELLIA" }],
    ["CBC", { ciphers: "AES256-SHA:ECDHE-ECDSA-AES256-SHA" }],
  ])("of TLS 1.2 that only has %s", async (_what, options) => {
    for (const certificate of [ecdsa, rsa]) {
      // An ECDSA certificate is for a server that has its curve.
      if (certificate === ecdsa && (options.group === "X448" || options.group === "P-521")) continue;
      expect(await probed(await startTlsServer({ certificate, maxVersion: "TLSv1.2", ...options }))).toBe(
        WELL,
      );
    }
  });

  test.each(["AES128-GCM-SHA256", "AES256-CCM8:@SECLEVEL=0", "kRSA+CAMELLIA", "ARIA128-GCM-SHA256"])(
    "of TLS 1.2 without a key exchange: %s",
    async (ciphers) => {
      const options = { certificate: rsa, maxVersion: "TLSv1.2", ciphers } as const;
      expect(await probed(await startTlsServer(options))).toBe(WELL);
    },
  );

  test.each(["DHE-RSA-CHACHA20-POLY1305", "DHE-RSA-AES256-CCM8:@SECLEVEL=0", "DHE-RSA-AES256-SHA"])(
    "of TLS 1.2 with Diffie-Hellman in finite fields: %s",
    async (ciphers) => {
      const options = serverOptions({ certificate: rsa, maxVersion: "TLSv1.2", ciphers });
      const network = scriptedNetwork(tlsServer({ ...options, dhparam: "auto" }));
      expect(said(await probeTls(targetAt(443), contextOver(network)))).toBe(WELL);
      expect(network.events).toEqual(["connect", "close"]);
    },
  );

  test.each<[string, Handshake]>([
    ["1.2", { maxVersion: "TLSv1.2" }],
    ["1.3", { minVersion: "TLSv1.3" }],
  ])("with a chain longer than a record, over TLS %s", async (_version, options) => {
    const wide = Array.from({ length: 600 }, (_, index) => `a-rather-long-name-${index}.example`);
    const intermediates = [await issueCertificate({ names: wide, issuer: root }), root];
    const big = await issueCertificate({ names: ["a.example", ...wide], issuer: root });
    expect(big.der.length + (intermediates[0]?.der.length ?? 0)).toBeGreaterThan(2 * 16384);
    const server = await startTlsServer({ certificate: big, intermediates, ...options });
    expect(await probed(server)).toBe(WELL);
  });

  test("over one connection with TLS 1.2, and over two, one after the other, with TLS 1.3", async () => {
    const events = async (options: Handshake): Promise<readonly string[]> => {
      const network = scriptedNetwork(tlsServer(serverOptions({ certificate: ecdsa, ...options })));
      expect(said(await probeTls(targetAt(443), contextOver(network)))).toBe(WELL);
      return network.events;
    };
    expect(await events({})).toEqual(["connect", "close"]);
    expect(await events({ minVersion: "TLSv1.3" })).toEqual(["connect", "close", "connect", "close"]);
  });

  test("and the time until then is its latency", async () => {
    const network = scriptedNetwork(tlsServer(serverOptions({ certificate: ecdsa })));
    const clock = [1000, 1042.4];
    const outcome = await probeTls(
      targetAt(443),
      contextOver(network, { elapsedMs: () => clock.shift() ?? Number.NaN }),
    );
    expect(outcome).toEqual({
      status: "up",
      reason: "expires 2027-02-01 (in 70 days), issued by Test Trust R1",
      latencyMs: 42,
      failureKind: null,
    });
  });
});

describe.each<[string, Handshake]>([
  ["1.2", { maxVersion: "TLSv1.2" }],
  ["1.3", { minVersion: "TLSv1.3" }],
])("over TLS %s", (_version, options) => {
  async function judged(
    certificate: Parameters<typeof issueCertificate>[0],
    target: Parameters<typeof probed>[1] = {},
  ): Promise<string> {
    const issued = await issueCertificate({ issuer: root, ...certificate });
    return probed(await startTlsServer({ certificate: issued, ...options }), target);
  }

  test("an expired certificate is down", async () => {
    expect(await judged({ names: ["a.example"], notAfter: new Date("2026-11-01T00:00:00Z") })).toBe(
      "down: certificate expired 2026-11-01 (22 days ago), issued by Test Trust R1",
    );
  });

  test("a certificate that ends soon is down", async () => {
    const names = ["a.example"];
    const notAfter = new Date("2026-12-05T12:00:00Z");
    expect(await judged({ names, notAfter })).toBe(
      "down: expires in 12 days, on 2026-12-05 (fewer than 30), issued by Test Trust R1",
    );
    expect(await judged({ names, notAfter }, { minDaysLeft: 12 })).toBe(
      "up: expires 2026-12-05 (in 12 days), issued by Test Trust R1",
    );
  });

  test("a certificate that is not valid yet is down", async () => {
    expect(await judged({ names: ["a.example"], notBefore: new Date("2026-12-01T00:00:00Z") })).toBe(
      "down: certificate not valid before 2026-12-01 (in 8 days), issued by Test Trust R1",
    );
  });

  test("a certificate for other names is down", async () => {
    expect(await judged({ names: ["b.example", "*.b.example"] })).toBe(
      "down: certificate is for b.example, *.b.example, not for a.example; " +
        "expires 2027-02-01 (in 70 days), issued by Test Trust R1",
    );
  });

  test("a wildcard certificate is up", async () => {
    expect(await judged({ names: ["*.example.org"] }, { serverName: "www.example.org" })).toBe(WELL);
  });

  test("a certificate for an IP address is up", async () => {
    expect(await judged({ names: ["127.0.0.1"] }, { serverName: "127.0.0.1" })).toBe(WELL);
    expect(await judged({ names: ["127.0.0.2"] }, { serverName: "127.0.0.1" })).toBe(
      "down: certificate is for 127.0.0.2, not for 127.0.0.1; " +
        "expires 2027-02-01 (in 70 days), issued by Test Trust R1",
    );
  });

  test("a self-signed certificate is up and says so", async () => {
    const certificate = await issueCertificate({ names: ["a.example"] });
    expect(await probed(await startTlsServer({ certificate, ...options }))).toBe(
      "up: expires 2027-02-01 (in 70 days), self-signed",
    );
  });

  test("the certificate is the one for the name that was asked", async () => {
    const byName = { "b.example": await issueCertificate({ names: ["b.example"], issuer: root }) };
    const server = async (): ReturnType<typeof startTlsServer> =>
      startTlsServer({ certificate: ecdsa, byName, ...options });
    expect(await probed(await server(), { serverName: "B.example." })).toBe(WELL);
    expect(await probed(await server(), { serverName: "a.example" })).toBe(WELL);
    expect(await probed(await server(), { serverName: "c.example" })).toBe(
      "down: certificate is for a.example, not for c.example; " +
        "expires 2027-02-01 (in 70 days), issued by Test Trust R1",
    );
  });

  test("an IP address is not sent as a name", async () => {
    const asked: string[] = [];
    const certificate = await issueCertificate({ names: ["127.0.0.1"], issuer: root });
    const network = scriptedNetwork(
      tlsServer({
        ...serverOptions({ certificate, ...options }),
        SNICallback(name, done) {
          asked.push(name);
          done(null);
        },
      }),
    );
    const target = targetAt(443, { serverName: "127.0.0.1" });
    expect(said(await probeTls(target, contextOver(network)))).toBe(WELL);
    expect(asked).toEqual([]);
  });
});
