import { describe, expect, test } from "vitest";
import { readCertificateFacts } from "../../../src/probes/tls/certificate-facts.ts";
import { HandshakeFault } from "../../../src/probes/tls/handshake-fault.ts";
import { isIpAddress, normaliseServerName } from "../../../src/probes/tls/server-name.ts";
import { issueCertificate } from "../../support/certificates.ts";

async function matches(names: readonly string[], serverName: string, subject = "CN=x"): Promise<boolean> {
  const { der } = await issueCertificate({ names, subject });
  return readCertificateFacts(der, normaliseServerName(serverName)).nameMatches;
}

async function issuerOf(subject: string): Promise<string> {
  const issuer = await issueCertificate({ names: [], subject, authority: true });
  const { der } = await issueCertificate({ names: ["a.example"], issuer });
  return readCertificateFacts(der, "a.example").issuer;
}

describe("a certificate's facts", () => {
  test("are its dates, names, issuer and whether it matches", async () => {
    const issuer = await issueCertificate({ names: [], subject: "C=US, O=Let's Encrypt, CN=R11" });
    const { der } = await issueCertificate({ names: ["a.example", "*.b.example", "192.0.2.1"], issuer });
    expect(readCertificateFacts(der, "a.example")).toEqual({
      validFromMs: Date.parse("2026-01-01T00:00:00Z"),
      validToMs: Date.parse("2027-02-01T00:00:00Z"),
      names: ["a.example", "*.b.example", "192.0.2.1"],
      issuer: "Let's Encrypt R11",
      selfSigned: false,
      nameMatches: true,
    });
  });

  test("tell a self-signed one", async () => {
    const { der } = await issueCertificate({ names: ["a.example"] });
    expect(readCertificateFacts(der, "a.example").selfSigned).toBe(true);
  });

  test("cannot be read from what is no certificate", () => {
    const read = (): unknown => readCertificateFacts(new Uint8Array([0x30, 1, 2]), "a.example");
    expect(read).toThrow(HandshakeFault);
    expect(read).toThrow("the server's certificate cannot be read");
  });
});

describe("a certificate matches", () => {
  test.each([
    ["its name", ["a.example"], "a.example", true],
    ["its name in other letters, with a final dot", ["A.example"], "a.EXAMPLE.", true],
    ["a second name", ["a.example", "b.example"], "b.example", true],
    ["no other name", ["a.example"], "b.example", false],
    ["one label for a wildcard", ["*.a.example"], "x.a.example", true],
    ["not two labels for a wildcard", ["*.a.example"], "x.y.a.example", false],
    ["not the bare name for a wildcard", ["*.a.example"], "a.example", false],
    ["not part of a label", ["f*.a.example"], "foo.a.example", false],
    ["its IP address", ["192.0.2.1"], "192.0.2.1", true],
    ["its IPv6 address in any spelling", ["2001:db8::1"], "[2001:DB8:0:0::1]", true],
    ["no other IP address", ["192.0.2.1"], "192.0.2.2", false],
    ["no IP address that stands as a host name", ["a.example"], "192.0.2.1", false],
    ["an internationalised name", ["xn--bcher-kva.example"], "bücher.example", true],
  ])("%s", async (_what, names, serverName, expected) => {
    expect(await matches(names, serverName)).toBe(expected);
  });

  test("no common name, as browsers do", async () => {
    expect(await matches([], "a.example", "CN=a.example")).toBe(false);
    expect(await matches(["192.0.2.1"], "a.example", "CN=a.example")).toBe(false);
  });
});

describe("an issuer is told by", () => {
  test.each([
    ["organization and common name", "C=US, O=Let's Encrypt, CN=R11", "Let's Encrypt R11"],
    [
      "the common name where it holds the brand",
      "O=DigiCert Inc, CN=DigiCert G2 TLS CA1",
      "DigiCert G2 TLS CA1",
    ],
    ["the common name alone", "CN=Test CA", "Test CA"],
    ["the organization alone", "C=US, O=Amazon", "Amazon"],
    ["all there is, without either", "C=US, OU=Lab", "C=US, OU=Lab"],
    ["its text with escapes resolved", "O=Foo\\, Inc., CN=R11 \\+ Ü", "Foo, Inc. R11 + Ü"],
  ])("%s", async (_what, subject, expected) => {
    expect(await issuerOf(subject)).toBe(expected);
  });
});

describe("a server name", () => {
  test.each([
    ["A.Example.", "a.example"],
    ["[2001:DB8::1]", "2001:db8::1"],
    ["bücher.example", "xn--bcher-kva.example"],
    ["192.0.2.1", "192.0.2.1"],
  ])("%s is sent as %s", (given, expected) => {
    expect(normaliseServerName(given)).toBe(expected);
  });

  test.each([
    ["192.0.2.1", true],
    ["2001:db8::1", true],
    ["a.example", false],
    ["1.2.3.4.example", false],
  ])("%s: an IP address is %s", (name, expected) => {
    expect(isIpAddress(name)).toBe(expected);
  });
});
