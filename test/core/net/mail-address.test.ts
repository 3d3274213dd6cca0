import { describe, expect, test } from "vitest";
import { MAIL_ADDRESS } from "../../../src/core/net/mail-address.ts";

describe("an address is", () => {
  test.each([
    "ops@example.com",
    "first.last+tag@mail.example.co.uk",
    "o'neil_7@xn--bcher-kva.example",
    "!#$%&'*+-/=?^_`{|}~@example.com",
    `${"a".repeat(64)}@${"b".repeat(63)}.example`,
  ])("%s", (text) => {
    expect(MAIL_ADDRESS.test(text)).toBe(true);
  });
});

describe("no address is", () => {
  test.each([
    "",
    "ops",
    "@example.com",
    "ops@",
    "ops@localhost",
    "ops@example.com.",
    "ops@.example.com",
    "ops@-example.com",
    "ops@exa_mple.com",
    "ops@example..com",
    "a b@example.com",
    "ops@exam ple.com",
    "ops@bücher.example",
    "größe@example.com",
    "Ops <ops@example.com>",
    "a@b@example.com",
    "ops@example.com\r\nBcc: all@example.com",
    "ops,me@example.com",
    '"ops"@example.com',
    `ops@${"b".repeat(64)}.example`,
  ])("%j", (text) => {
    expect(MAIL_ADDRESS.test(text)).toBe(false);
  });
});
