import { describe, expect, test } from "vitest";
import { hideCredentials, problemOfWebAddress } from "../../../src/core/net/web-address.ts";

describe("an HTTP address is right:", () => {
  test.each([
    "https://example.com",
    "HTTP://Example.com:8080/a?b=c d".replace(" ", "%20"),
    "https://müller.example/straße?q=日本",
    "https://[2001:db8::1]:8443/",
    "http://localhost:8080/",
    "https://a_b.example/x?path=a\\b#c",
    "https://fa.wikipedia.org/wiki/نیم\u200cفاصله",
  ])("%s", (text) => {
    expect(problemOfWebAddress(text)).toBeNull();
  });
});

describe("an HTTP address is wrong:", () => {
  test.each([
    ["https://a.example/a b", "holds a space; where one belongs, write %20"],
    [" https://a.example/", "holds a space; where one belongs, write %20"],
    ["https://a.example/ ", "holds a space; where one belongs, write %20"],
    ["https://a.example/\u00a0", "holds a space; where one belongs, write %20"],
    ["https://a.example/a\nb", "holds a control character"],
    ["https://a.exa\tmple/", "holds a control character"],
    ["https://a.example/\u200b", "holds a character that cannot be seen"],
    ["\ufeffhttps://a.example/", "holds a character that cannot be seen"],
    ["https://x\u00ad.example/", "holds a character that cannot be seen"],
    ["https://a.example/\u202e", "holds a character that cannot be seen"],
    ["https://a.example/\ud800", "holds a character that cannot be seen"],
    ["a.example", "does not begin with https:// or http://"],
    ["ftp://a.example/", "does not begin with https:// or http://"],
    ["https:a.example", "does not begin with https:// or http://"],
    ["https:/a.example", "does not begin with https:// or http://"],
    ["https:\\\\a.example", "does not begin with https:// or http://"],
    ["https://", "is not an address"],
    ["https://a.example:65536/", "is not an address"],
    ["https://256.1.1.1/", "is not an address"],
    ["https:///a.example/", "has no host after its two slashes"],
    ["https://a.example\\b", "holds a backslash; write a slash"],
    ["https://a.example:0/", "has the port 0; give one from 1 to 65535"],
    ["https://bob@a.example/", "holds a user or a password"],
    ["https://:secret@a.example/", "holds a user or a password"],
    ["https://*.a.example/", "has a host that is a wildcard, which stands for no single host"],
    ["https://a..example/", "has a host that has nothing between two dots"],
    ["https://xn--a.example/", "has a host that has an xn-- part that stands for no letters"],
  ])("%j", (text, problem) => {
    expect(problemOfWebAddress(text)).toBe(problem);
  });
});

test("what may be a user or a password is not shown", () => {
  expect(hideCredentials("https://bob:secret@a.example/x")).toBe("https://…@a.example/x");
  expect(hideCredentials("https:\\\\bob:secret@a.example/")).not.toContain("secret");
  expect(hideCredentials("bob:secret@a.example:22")).toBe("bob:…@a.example:22");
  expect(hideCredentials("https://a.example/x")).toBe("https://a.example/x");
});
