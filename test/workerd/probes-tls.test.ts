import type { AddressInfo } from "node:net";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { TlsTarget } from "../../src/probes/tls/tls-probe.ts";
import { issueCertificate, type IssuedCertificate } from "../support/network/certificates.ts";
import {
  A_EXAMPLE,
  ascii,
  attribute,
  flightWith,
  oddCertificate,
  utcTime,
} from "../support/network/odd-certificates.ts";
import { hasIpv6Loopback } from "../support/network/tcp.ts";
import {
  closedPort,
  startEndlessServer,
  startGarbageServer,
  startResettingServer,
  startSilentServer,
  startTlsServer,
  type TestServer,
  type TlsServerOptions,
} from "../support/network/tls-servers.ts";
import { said, soon, startProber, type Prober, type ProbeResult } from "../support/worker/prober.ts";

/** 70 days before the certificates of test/support end, on 2027-02-01. */
const NOW_MS = Date.parse("2026-11-23T00:00:00Z");
const DAY_MS = 86_400_000;

let prober: Prober;
let authority: IssuedCertificate;
let certificate: IssuedCertificate;
const servers: TestServer[] = [];

beforeAll(async () => {
  prober = await startProber();
  authority = await issueCertificate({ names: [], subject: "CN=Test CA", authority: true });
  certificate = await issueCertificate({ names: ["a.example", "*.b.example"], issuer: authority });
});

afterAll(async () => {
  await prober.close();
  await Promise.all(servers.map((server) => server.close()));
});

async function probe(
  starting: Promise<TestServer>,
  changes: Partial<TlsTarget> = {},
  nowMs = NOW_MS,
): Promise<ProbeResult> {
  const server = await starting;
  servers.push(server);
  const target: TlsTarget = {
    hostname: "127.0.0.1",
    port: server.port,
    serverName: "a.example",
    minDaysLeft: 30,
    timeoutMs: 2000,
    ...changes,
  };
  const result = await prober.tls(target, nowMs);
  await vi.waitFor(() => expect(server.openConnections()).toBe(0), { interval: 5 });
  return result;
}

/** What the probe says of a TLS server with these options. */
async function saidOf(
  options: Partial<TlsServerOptions>,
  changes: Partial<TlsTarget> = {},
  nowMs = NOW_MS,
): Promise<string> {
  return said(await probe(startTlsServer({ certificate, ...options }), changes, nowMs));
}

const WELL = "up: expires 2027-02-01 (in 70 days), issued by Test CA";

describe("a certificate", () => {
  test("of a server that speaks both versions is read", async () => {
    expect(await probe(startTlsServer({ certificate }))).toEqual({
      status: "up",
      reason: "expires 2027-02-01 (in 70 days), issued by Test CA",
      latencyMs: expect.any(Number) as number,
      failureKind: null,
    });
  });

  test.each([
    ["TLS 1.2 alone", { maxVersion: "TLSv1.2" }],
    ["TLS 1.3 alone", { minVersion: "TLSv1.3" }],
    ["TLS 1.3 with AES-256 alone", { minVersion: "TLSv1.3", ciphers: "TLS_AES_256_GCM_SHA384" }],
    ["TLS 1.3 with P-256 alone", { minVersion: "TLSv1.3", group: "P-256" }],
    ["TLS 1.3 with P-384 alone", { minVersion: "TLSv1.3", group: "P-384" }],
    [
      "TLS 1.3 with P-521 and AES-256 alone",
      { minVersion: "TLSv1.3", group: "P-521", ciphers: "TLS_AES_256_GCM_SHA384" },
    ],
  ] as const)("of a server that speaks %s is read", async (_versions, options) => {
    expect(await saidOf(options)).toBe(WELL);
  });

  test("of a server with an RSA key and a long chain is read over either version", async () => {
    const rsa = await issueCertificate({ names: ["a.example"], issuer: authority, keyType: "rsa" });
    const options = { certificate: rsa, intermediates: [authority, authority, authority] };
    expect(await saidOf({ ...options, maxVersion: "TLSv1.2" })).toBe(WELL);
    expect(await saidOf({ ...options, minVersion: "TLSv1.3" })).toBe(WELL);
  });

  test("is asked for by name, and a wildcard matches one label", async () => {
    const other = await issueCertificate({ names: ["c.example"], issuer: authority });
    expect(await saidOf({ byName: { "c.example": other } }, { serverName: "c.example" })).toBe(WELL);
    expect(await saidOf({}, { serverName: "my_x.b.example" })).toBe(WELL);
  });

  test.skipIf(!hasIpv6Loopback)("of a server on IPv6 is read, over either version", async () => {
    for (const version of ["TLSv1.2", "TLSv1.3"] as const) {
      const server = tls.createServer({ ...certificate, minVersion: version, maxVersion: version });
      server.on("tlsClientError", () => undefined);
      await new Promise<void>((resolve) => server.listen(0, "::1", resolve));
      const { port } = server.address() as AddressInfo;
      const target = { hostname: "::1", port, serverName: "a.example", minDaysLeft: 30, timeoutMs: 2000 };
      expect(said(await prober.tls(target, NOW_MS))).toBe(WELL);
      await new Promise((resolve) => server.close(resolve));
    }
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("that has expired is down over %s", async (version) => {
    const atMs = Date.parse("2027-02-08T12:00:00Z");
    expect(await saidOf({ minVersion: version, maxVersion: version }, {}, atMs)).toBe(
      "down: certificate expired 2027-02-01 (7 days ago), issued by Test CA",
    );
  });

  test("that expires soon is down from the day on that the rule names", async () => {
    expect(await saidOf({}, { minDaysLeft: 70 })).toBe(WELL);
    expect(await saidOf({}, { minDaysLeft: 70 }, NOW_MS + 1)).toBe(
      "down: expires in 69 days, on 2027-02-01 (fewer than 70), issued by Test CA",
    );
    expect(await saidOf({}, { minDaysLeft: 30 }, Date.parse("2027-02-01T00:00:00Z") - DAY_MS / 4)).toBe(
      "down: expires in 6 h, on 2027-02-01 (fewer than 30), issued by Test CA",
    );
  });

  test("for another host is down, with the names that it is for", async () => {
    const result = await probe(startTlsServer({ certificate }), { serverName: "z.example" });
    expect(said(result)).toBe(
      "down: certificate is for a.example, *.b.example, not for z.example; " +
        "expires 2027-02-01 (in 70 days), issued by Test CA",
    );
    expect(result.failureKind).toBe("wrong name");
  });

  test.each([
    ["without an issuer", {}, "certificate expired 2021-01-01 (2152 days ago), issuer without a name"],
    [
      "with an issuer that is not UTF-8",
      { issuer: attribute("550403", ascii(0x0c, "\u00ff")) },
      "certificate has parts that cannot be read, and browsers reject it; " +
        "expired 2021-01-01 (2152 days ago), issued by \ufffd",
    ],
    [
      "with names that are cut off",
      { names: new Uint8Array([0x82, 0x7f]) },
      "certificate has parts that cannot be read, and browsers reject it; " +
        "expired 2021-01-01 (2152 days ago), issuer without a name",
    ],
  ])("that has expired, %s, is down for it", async (_what, options, reason) => {
    const der = oddCertificate({ names: A_EXAMPLE, notAfter: utcTime("210101000000Z"), ...options });
    expect(said(await probe(startGarbageServer(flightWith(der))))).toBe(`down: ${reason}`);
  });

  test("that is self-signed is read and said to be", async () => {
    const own = await issueCertificate({ names: ["a.example"] });
    expect(await saidOf({ certificate: own })).toBe("up: expires 2027-02-01 (in 70 days), self-signed");
  });
});

describe("a server that shows no certificate", () => {
  test("because nobody listens is down", async () => {
    const result = await prober.tls(
      {
        hostname: "127.0.0.1",
        port: await closedPort(),
        serverName: "a.example",
        minDaysLeft: 30,
        timeoutMs: 500,
      },
      NOW_MS,
    );
    expect(result).toEqual({
      status: "down",
      reason: "connection refused",
      latencyMs: null,
      failureKind: "no certificate",
    });
  });

  test("because it says nothing is down in time", async () => {
    expect(said(await soon(probe(startSilentServer(), { timeoutMs: 150 })))).toBe(
      "down: connected, but no answer to the TLS handshake: timed out after 150 ms",
    );
  });

  test("because it speaks another protocol is down with what it said", async () => {
    const smtp = startGarbageServer("220 mail.example ESMTP\r\n");
    expect(said(await probe(smtp))).toBe(
      `down: the answer is not TLS; it begins with "220 mail.example ESMTP"`,
    );
  });

  test("because it answers with garbage is down", async () => {
    const garbage = startGarbageServer(new Uint8Array([0, 255, 254, 1, 2, 3, 4, 5, 6]));
    expect(said(await probe(garbage))).toBe(
      "down: the answer is not TLS; it begins with the bytes 00 ff fe 01 02 03 04 05",
    );
  });

  test("because it stops in the middle of a handshake is down in time", async () => {
    const truncated = startGarbageServer(new Uint8Array([22, 3, 3, 0, 90, 2, 0]), true);
    expect(said(await soon(probe(truncated, { timeoutMs: 150 })))).toBe(
      "down: TLS handshake begun but not finished: timed out after 150 ms",
    );
  });

  test("because its handshake has no end is down at once", async () => {
    const endless = startEndlessServer(new Uint8Array([22, 3, 3, 0, 4, 2, 255, 255, 255]));
    expect(said(await probe(endless))).toBe(
      "down: TLS handshake too long: a message of 16777215 bytes, at most 131072 are read",
    );
  });

  test("because it breaks the connection is down", async () => {
    expect(said(await probe(startResettingServer()))).toBe(
      "down: no certificate over TLS 1.2 or 1.3: connection lost",
    );
  });

  test("because it wants what WebCrypto lacks is inconclusive", async () => {
    const chaCha = { minVersion: "TLSv1.3", ciphers: "TLS_CHACHA20_POLY1305_SHA256" } as const;
    const limit = "inconclusive: cannot be checked from here: the server wants the ";
    expect(await saidOf(chaCha)).toBe(
      `${limit}cipher suite TLS_CHACHA20_POLY1305_SHA256, which Workers cannot do`,
    );
    expect(await saidOf({ group: "X25519MLKEM768" })).toBe(
      `${limit}key exchange X25519MLKEM768, which Workers cannot do`,
    );
  });
});
