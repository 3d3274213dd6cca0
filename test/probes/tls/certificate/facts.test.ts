import { describe, expect, test } from "vitest";
import { readCertificateFacts } from "../../../../src/probes/tls/certificate/facts.ts";
import { HandshakeError } from "../../../../src/probes/tls/handshake/error.ts";
import { isIpAddress, normaliseServerName } from "../../../../src/probes/tls/certificate/server-name.ts";
import { issueCertificate } from "../../../support/network/certificates.ts";

async function issuerOf(subject: string): Promise<string> {
  const issuer = await issueCertificate({ names: [], subject, authority: true });
  const { der } = await issueCertificate({ names: ["a.example"], issuer });
  return readCertificateFacts(der).issuer;
}

describe("a certificate's facts", () => {
  test("are its dates, names and issuer", async () => {
    const issuer = await issueCertificate({ names: [], subject: "C=US, O=Let's Encrypt, CN=R11" });
    const { der } = await issueCertificate({ names: ["a.example", "*.b.example", "192.0.2.1"], issuer });
    expect(readCertificateFacts(der)).toEqual({
      validFromMs: Date.parse("2026-01-01T00:00:00Z"),
      validToMs: Date.parse("2027-02-01T00:00:00Z"),
      names: [
        { kind: "dns", text: "a.example" },
        { kind: "dns", text: "*.b.example" },
        { kind: "ip", text: "192.0.2.1" },
      ],
      issuer: "Let's Encrypt R11",
      selfSigned: false,
      malformed: false,
    });
  });

  test("tell a self-signed one", async () => {
    const { der } = await issueCertificate({ names: ["a.example"] });
    expect(readCertificateFacts(der).selfSigned).toBe(true);
  });

  test.each([
    ["no certificate", [0x30, 1, 2]],
    ["nothing", []],
    ["an indefinite length", [0x30, 0x80, 0, 0]],
    ["a length beyond its end", [0x30, 0x83, 0xff, 0xff, 0xff]],
  ])("cannot be read from %s", (_what, bytes) => {
    const read = (): unknown => readCertificateFacts(new Uint8Array(bytes));
    expect(read).toThrow(HandshakeError);
    expect(read).toThrow("the server's certificate cannot be read");
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
    ["2001:db8:0:0::1", "2001:db8::1"],
    ["127.1", "127.0.0.1"],
    ["bücher.example。", "xn--bcher-kva.example"],
    ["My_App.Example", "my_app.example"],
    ["999.1.1.1", "999.1.1.1"],
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
