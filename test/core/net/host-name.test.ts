import { describe, expect, test } from "vitest";
import { parseHost } from "../../../src/core/net/host-name.ts";

describe("a host is parsed to the form that can be looked up:", () => {
  test.each([
    ["example.com", "example.com"],
    ["Example.COM.", "example.com."],
    ["localhost", "localhost"],
    ["_dmarc.a_b.example", "_dmarc.a_b.example"],
    ["-a.b--c.example", "-a.b--c.example"],
    ["müller.example", "xn--mller-kva.example"],
    ["xn--mller-kva.example", "xn--mller-kva.example"],
    ["xn--fiqs8s", "xn--fiqs8s"],
    ["straße.example", "xn--strae-oqa.example"],
    ["日本語。jp", "xn--wgv71a119e.jp"],
    ["نامه\u200cای.com", "xn--mgba3gch31f060k.com"],
    ["ａ.example", "a.example"],
    ["１２７.０.０.１", "127.0.0.1"],
    ["192.0.2.1", "192.0.2.1"],
    ["[2001:DB8::1]", "2001:db8::1"],
    ["::ffff:192.0.2.1", "::ffff:c000:201"],
    [`${"x".repeat(63)}.example`, `${"x".repeat(63)}.example`],
  ])("%s", (text, hostname) => {
    expect(parseHost(text)).toEqual({ hostname });
  });
});

describe("a host that can never be reached is refused:", () => {
  test.each([
    ["*.example.com", "is a wildcard, which stands for no single host"],
    ["＊.example.com", "is a wildcard, which stands for no single host"],
    ["a..example", "has nothing between two dots"],
    [".example", "has nothing between two dots"],
    ["a.example..", "has nothing between two dots"],
    ["a。。example", "has nothing between two dots"],
    [`${"x".repeat(64)}.example`, "has a part of more than 63 characters"],
    [`${"ü".repeat(60)}.example`, "has a part of more than 63 characters"],
    [`${"abcdefg.".repeat(32)}example`, "is longer than 253 characters"],
    ["a+b.example", "has a character that no host name has"],
    ["a,b.example", "has a character that no host name has"],
    ["xn--.example", "has an xn-- part that stands for no letters"],
    ["xn--a.example", "has an xn-- part that stands for no letters"],
    ["a.xn--zzzzzz9999999", "has an xn-- part that stands for no letters"],
    ["", "is not a host name"],
    ["\u200bx.example", "holds a character that cannot be seen"],
    ["x\u00ad.example", "holds a character that cannot be seen"],
    ["\ufeffx.example", "holds a character that cannot be seen"],
    ["x.example\ud800", "holds a character that cannot be seen"],
    ["a b.example", "is not a host name"],
    [" a.example", "is not a host name"],
    ["a\tb.example", "is not a host name"],
    ["[a.example]", "is not a host name"],
    ["a/b.example", "is not a host name"],
    ["a\\b.example", "is not a host name"],
    ["b@a.example", "is not a host name"],
    ["\u05d0a.example", "is not a host name"],
    ["a\u200db.example", "is not a host name"],
    ["256.1.1.1", "is not a host name"],
    ["example.123", "is not a host name"],
    ["a%41.example", "has a % in it"],
    ["fe80::1%eth0", "names a zone (%) of one machine"],
    ["[::1::]", "is not an IPv6 address"],
    ["12345::", "is not an IPv6 address"],
  ])("%j", (text, problem) => {
    expect(parseHost(text)).toEqual({ problem });
  });
});
