import { describe, expect, test } from "vitest";
import { ByteReader } from "../../../../src/probes/tls/records/bytes.ts";
import { OFFER_13, WIDE_OFFER_13 } from "../../../../src/probes/tls/handshake/offers.ts";
import { clientHello12, clientHello13, makeSeed } from "../../../../src/probes/tls/handshake/client-hello.ts";

/** Random, session id, suites, and the types of the extensions of a hello. */
function parse(
  hello: Uint8Array,
): Record<"random" | "sessionId" | "suites" | "extensions", readonly number[]> {
  const reader = new ByteReader(hello, "ClientHello");
  expect([reader.uint8(), reader.uint24()]).toEqual([1, hello.length - 4]);
  expect(reader.uint16()).toBe(0x0303);
  const random = [...reader.take(32)];
  const sessionId = [...reader.vector8()];
  const suiteBytes = new ByteReader(reader.vector16(), "suites");
  const suites = Array.from({ length: suiteBytes.remaining / 2 }, () => suiteBytes.uint16());
  expect([...reader.vector8()]).toEqual([0]);
  const extensionBytes = new ByteReader(reader.vector16(), "extensions");
  expect(reader.remaining).toBe(0);
  const extensions: number[] = [];
  while (extensionBytes.remaining > 0) {
    extensions.push(extensionBytes.uint16());
    extensionBytes.vector16();
  }
  return { random, sessionId, suites, extensions };
}

describe("a hello", () => {
  test("of TLS 1.2 offers no session and whatever shows the certificate in clear", () => {
    const { sessionId, suites, extensions } = parse(clientHello12(makeSeed("a.example")));
    expect(sessionId).toEqual([]);
    expect(suites.slice(0, 2)).toEqual([0xc02b, 0xc02f]);
    expect(suites).not.toContain(0x1301);
    expect(new Set(suites).size).toBe(suites.length);
    // The signalling value of a fallback would make servers of TLS 1.3 refuse (RFC 7507).
    expect(suites).not.toContain(0x5600);
    // ARIA and Camellia in GCM, which OpenSSL has and GnuTLS has.
    expect(suites).toEqual(expect.arrayContaining([0xc05c, 0xc060, 0xc08a, 0xc07b]));
    expect(extensions).toEqual([0, 10, 13, 11, 23, 0xff01, 21]);
  });

  test("of TLS 1.3 offers what WebCrypto can do, and a session id for middleboxes", () => {
    const { sessionId, suites, extensions } = parse(clientHello13(makeSeed("a.example"), OFFER_13, []));
    expect(sessionId).toHaveLength(32);
    expect(suites).toEqual([0x1301, 0x1302]);
    expect(extensions).toEqual([0, 10, 13, 43, 51]);
  });

  test("of TLS 1.3 for a server that refuses what WebCrypto can do also offers what it cannot", () => {
    const { suites, extensions } = parse(clientHello13(makeSeed("a.example"), WIDE_OFFER_13, []));
    expect(suites.slice(0, 3)).toEqual([0x1301, 0x1302, 0x1303]);
    expect(extensions).toEqual([0, 10, 13, 43, 51]);
  });

  test("sends a cookie back", () => {
    const hello = clientHello13(makeSeed("a.example"), OFFER_13, [], new Uint8Array([7, 8, 9]));
    expect(parse(hello).extensions).toEqual([0, 10, 13, 43, 44, 51]);
    expect([...hello].join(",")).toContain("0,44,0,5,0,3,7,8,9");
  });

  test("never has a length on which old servers hang, whatever the name", () => {
    for (let length = 1; length <= 253; length += 1) {
      const seed = makeSeed("a".repeat(length));
      for (const hello of [clientHello12(seed), clientHello13(seed, OFFER_13, [])]) {
        expect(hello.length < 256 || hello.length >= 512).toBe(true);
        parse(hello);
      }
    }
  });

  test("sends no name where there is none", () => {
    expect(parse(clientHello12(makeSeed(null))).extensions).toEqual([10, 13, 11, 23, 0xff01, 21]);
    expect(parse(clientHello13(makeSeed(null), OFFER_13, [])).extensions).toEqual([10, 13, 43, 51]);
  });

  test("is random, and a second one on the same connection repeats the first", () => {
    const [seed, other] = [makeSeed(null), makeSeed(null)];
    const first = parse(clientHello13(seed, OFFER_13, []));
    expect(parse(clientHello13(seed, OFFER_13, []))).toEqual(first);
    expect(parse(clientHello13(other, OFFER_13, [])).random).not.toEqual(first.random);
  });
});
