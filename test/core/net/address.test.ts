import { describe, expect, test } from "vitest";
import { kindOfAddress } from "../../../src/core/net/address.ts";

describe("an address", () => {
  test.each([
    ["127.0.0.1", "loopback"],
    ["127.255.255.254", "loopback"],
    ["::1", "loopback"],
    ["::ffff:127.0.0.1", "loopback"],
    ["10.1.2.3", "private"],
    ["172.16.0.1", "private"],
    ["172.31.255.255", "private"],
    ["192.168.1.1", "private"],
    ["100.64.0.1", "private"],
    ["169.254.1.1", "private"],
    ["fd00::1", "private"],
    ["fe80::1", "private"],
    ["104.16.0.1", "cloudflare"],
    ["172.64.0.1", "cloudflare"],
    ["2606:4700::6810:84e5", "cloudflare"],
    ["172.32.0.1", "public"],
    ["172.15.255.255", "public"],
    ["104.15.255.255", "public"],
    ["192.0.2.1", "public"],
    ["2001:db8::1", "public"],
    ["2001:db8:1:2:3:4:5:6", "public"],
  ] as const)("%s is %s", (address, kind) => {
    expect(kindOfAddress(address)).toBe(kind);
  });

  test.each(["example.com", "", "1.2.3.4.5", "::1::", "example.com:1", "10.0.0.0/8"])(
    "%j is none",
    (text) => {
      expect(kindOfAddress(text)).toBeNull();
    },
  );
});
