import { describe, expect, test } from "vitest";
import { probeTls } from "../../../src/probes/tls/tls-probe.ts";
import { joined } from "../../support/fuzz/bytes.ts";
import {
  A_EXAMPLE,
  ascii,
  attribute,
  element,
  flightWith,
  generalizedTime,
  oddCertificate,
  utcTime,
  type OddCertificate,
} from "../../support/network/odd-certificates.ts";
import { replay, scriptedNetwork } from "../../support/network/scripted.ts";
import { contextOver, said, targetAt } from "./probing.ts";

async function judged(options: OddCertificate): Promise<string> {
  const flight = flightWith(oddCertificate({ names: A_EXAMPLE, ...options }));
  return said(await probeTls(targetAt(443), contextOver(scriptedNetwork(replay(flight)))));
}

const O = "55040a";
const CN = "550403";
const EXPIRED = { notAfter: utcTime("210101000000Z") };
const VALID = "expires 2027-02-01 (in 70 days)";
const OVER = "certificate expired 2021-01-01 (2152 days ago)";

const ISSUERS: readonly [what: string, issuer: Uint8Array<ArrayBuffer>, shown: string][] = [
  ["no issuer", new Uint8Array(0), "issuer without a name"],
  ["an empty common name", attribute(CN, ascii(0x0c, "")), "issued by CN="],
  ["a common name in Latin-1", attribute(CN, ascii(0x14, "Gl\u00fcck CA")), "issued by Gl\u00fcck CA"],
  [
    "a common name in UTF-16",
    attribute(CN, element(0x1e, new Uint8Array([0x26, 0x03, 0, 0x21]))),
    "issued by \u2603!",
  ],
  [
    "a common name in UTF-32",
    attribute(CN, element(0x1c, new Uint8Array([0, 1, 0xf6, 0]))),
    "issued by \u{1f600}",
  ],
  ["an attribute that nobody knows", attribute("2a03", ascii(0x0c, "x")), "issued by 2a03=x"],
  [
    "a name with line breaks",
    joined([attribute(O, ascii(0x0c, "A\r\nBcc: x")), attribute(CN, ascii(0x0c, "B"))]),
    "issued by A Bcc: x B",
  ],
];

describe("a certificate with", () => {
  test.each(ISSUERS)("%s is judged by its dates", async (_what, issuer, shown) => {
    expect(await judged({ issuer })).toBe(`up: ${VALID}, ${shown}`);
    expect(await judged({ issuer, ...EXPIRED })).toBe(`down: ${OVER}, ${shown}`);
  });

  const MALFORMED = "down: certificate has parts that cannot be read, and browsers reject it; ";

  test.each<[string, OddCertificate]>([
    ["an issuer whose text is not UTF-8", { issuer: attribute(CN, ascii(0x0c, "\u00ff\u00fe")) }],
    [
      "an issuer whose text is cut in half a character",
      { issuer: attribute(CN, element(0x1e, new Uint8Array(3))) },
    ],
    ["an issuer that is not a name", { issuer: new Uint8Array([1, 2, 3]) }],
    ["an issuer with an attribute without a value", { issuer: attribute(CN, new Uint8Array(0)) }],
    ["a list of names that is cut off", { names: new Uint8Array([0x82, 0x7f, 0x61]) }],
    ["a subject that is not a name", { subject: new Uint8Array([1, 2, 3]) }],
  ])("%s is down, and its dates are read", async (_what, options) => {
    expect(await judged(options)).toContain(`${MALFORMED}${VALID}, iss`);
    expect(await judged({ ...options, ...EXPIRED })).toContain(
      `${MALFORMED}expired 2021-01-01 (2152 days ago), iss`,
    );
  });

  test("no names at all is down, with its dates", async () => {
    const flight = flightWith(oddCertificate({ version: 1, ...EXPIRED }));
    expect(said(await probeTls(targetAt(443), contextOver(scriptedNetwork(replay(flight)))))).toBe(
      "down: certificate names no host (a common name is not one), so not a.example; " +
        "expired 2021-01-01 (2152 days ago), issuer without a name",
    );
  });

  test("three thousand names is read", async () => {
    const names = Array.from({ length: 3000 }, (_, index) => ascii(0x82, `name-${index}.example`));
    expect(await judged({ names: joined([...names, A_EXAMPLE]) })).toBe(
      `up: ${VALID}, issuer without a name`,
    );
    expect(await judged({ names: joined(names) })).toBe(
      "down: certificate is for name-0.example, name-1.example, name-2.example and 2997 more, not for a.example; " +
        `${VALID}, issuer without a name`,
    );
  });

  test.each([
    ["DSA", "2a8648ce380401"],
    ["RSA-PSS", "2a864886f70d01010a"],
    ["Ed448", "2b6571"],
    ["ML-DSA-65", "608648016503040312"],
  ])("a key for %s is read", async (_what, keyAlgorithm) => {
    expect(await judged({ keyAlgorithm })).toBe(`up: ${VALID}, issuer without a name`);
  });

  test.each([
    ["from 1950", { notBefore: utcTime("500101000000Z") }, `up: ${VALID}`],
    [
      "until 1950",
      { notBefore: utcTime("500101000000Z"), notAfter: utcTime("500102000000Z") },
      "down: certificate expired 1950-01-02 (28084 days ago)",
    ],
    [
      "until the year 9999",
      { notAfter: generalizedTime("99991231235959Z") },
      "up: expires 9999-12-31 (in 2912116 days)",
    ],
    [
      "in the year 0",
      { notBefore: generalizedTime("00000101000000Z"), notAfter: generalizedTime("00000102000000Z") },
      "down: certificate expired 0000-01-02 (740307 days ago)",
    ],
  ])("dates %s is judged by them", async (_what, options, outcome) => {
    expect(await judged(options)).toBe(`${outcome}, issuer without a name`);
  });

  test.each([
    ["that no calendar has", utcTime("270230000000Z")],
    ["without seconds", utcTime("2702010000Z")],
    ["in a time zone", utcTime("270201000000+0100")],
    ["with a fraction of a second", generalizedTime("20270201000000.5Z")],
    ["of two digits where four belong", generalizedTime("270201000000Z")],
    ["that are a text", ascii(0x0c, "270201000000Z")],
    ["that are empty", utcTime("")],
  ])("dates %s is down", async (_what, notAfter) => {
    expect(await judged({ notAfter })).toBe("down: the dates of the server's certificate cannot be read");
  });
});
