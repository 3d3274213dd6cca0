import { describe, expect, test } from "vitest";
import { readCertificateFacts } from "../../../../src/probes/tls/certificate/facts.ts";
import { matchesHost } from "../../../../src/probes/tls/certificate/host-match.ts";
import { normaliseServerName } from "../../../../src/probes/tls/certificate/server-name.ts";
import { issueCertificate } from "../../../support/network/certificates.ts";
import { ascii, element, oddCertificate } from "../../../support/network/odd-certificates.ts";
import { joined } from "../../../support/fuzz/bytes.ts";

function matches(der: Uint8Array, serverName: string): boolean {
  return matchesHost(readCertificateFacts(der).names, normaliseServerName(serverName));
}

describe("a certificate matches", () => {
  test.each([
    ["its name", ["a.example"], "a.example", true],
    ["its name in other letters, with a final dot", ["A.example"], "a.EXAMPLE.", true],
    ["a second name", ["a.example", "b.example"], "b.example", true],
    ["no other name", ["a.example"], "b.example", false],
    ["one label for a wildcard", ["*.a.example"], "x.a.example", true],
    ["a wildcard in other letters", ["*.A.Example"], "X.a.example", true],
    ["a label with an underscore for a wildcard", ["*.a.example"], "my_app.a.example", true],
    ["a label that begins with an underscore for a wildcard", ["*.a.example"], "_dmarc.a.example", true],
    ["a label that ends with a hyphen for a wildcard", ["*.a.example"], "x-.a.example", true],
    ["a label of digits for a wildcard", ["*.a.example"], "123.a.example", true],
    ["an internationalised label for a wildcard", ["*.a.example"], "b\u00fccher.a.example", true],
    ["an underscore below a wildcard", ["*.my_app.example"], "x.my_app.example", true],
    ["a name with an underscore", ["my_app.a.example"], "MY_APP.a.example", true],
    ["a name of one label", ["localhost"], "localhost", true],
    ["not two labels for a wildcard", ["*.a.example"], "x.y.a.example", false],
    ["not the bare name for a wildcard", ["*.a.example"], "a.example", false],
    ["not an empty label for a wildcard", ["*.a.example"], ".a.example", false],
    ["not part of a label", ["f*.a.example"], "foo.a.example", false],
    ["not the end of a label", ["*o.a.example"], "foo.a.example", false],
    ["no wildcard after the first label", ["x.*.example"], "x.a.example", false],
    ["not two wildcards", ["*.*.example"], "x.a.example", false],
    ["no wildcard below one label", ["*.example"], "a.example", false],
    ["no wildcard on its own", ["*"], "example", false],
    ["its IP address", ["192.0.2.1"], "192.0.2.1", true],
    ["its IPv6 address in any spelling", ["2001:db8::1"], "[2001:DB8:0:0::1]", true],
    ["no other IP address", ["192.0.2.1"], "192.0.2.2", false],
    ["no IP address that stands as a host name", ["a.example"], "192.0.2.1", false],
    ["no IPv4 address for an IPv6 one that maps it", ["::ffff:192.0.2.1"], "192.0.2.1", false],
    ["an internationalised name", ["xn--bcher-kva.example"], "b\u00fccher.example", true],
  ])("%s", async (_what, names, serverName, expected) => {
    const { der } = await issueCertificate({ names, subject: "CN=x" });
    expect(matches(der, serverName)).toBe(expected);
  });

  test("no common name, as browsers do", async () => {
    for (const names of [[], ["192.0.2.1"]]) {
      const { der } = await issueCertificate({ names, subject: "CN=a.example" });
      expect(matches(der, "a.example")).toBe(false);
    }
  });

  test.each([
    ["no IP address as a DNS name", [ascii(0x82, "192.0.2.1")], "192.0.2.1", false],
    ["no wildcard for a part of an address", [ascii(0x82, "*.0.2.1")], "192.0.2.1", false],
    ["no name before a zero byte", [ascii(0x82, "a.example\0.evil.example")], "a.example", false],
    [
      "no URI and no mail address",
      [ascii(0x86, "https://a.example"), ascii(0x81, "x@a.example")],
      "a.example",
      false,
    ],
    ["a name with a final dot", [ascii(0x82, "a.example.")], "a.example", true],
    ["no empty name", [ascii(0x82, ""), ascii(0x82, "."), ascii(0x82, "*.")], "a.example", false],
    ["no address of five bytes", [element(0x87, new Uint8Array([192, 0, 2, 1, 0]))], "192.0.2.1", false],
    [
      "a name after kinds that nobody knows",
      [element(0xa0), element(0x88), ascii(0x82, "a.example")],
      "a.example",
      true,
    ],
  ])("%s", (_what, names, serverName, expected) => {
    expect(matches(oddCertificate({ names: joined(names) }), serverName)).toBe(expected);
  });
});
