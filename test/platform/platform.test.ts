import { beforeEach, describe, expect, test, vi } from "vitest";
import { systemRandom, workersNetwork } from "../../src/platform/platform.ts";

const connect = vi.hoisted(() => vi.fn());
vi.mock("cloudflare:sockets", () => ({ connect }));

beforeEach(() => {
  connect.mockReset();
});

describe("a connection", () => {
  // Joined with its port by a bare colon, an IPv6 address without brackets is refused in workerd.
  test.each([
    ["a.example", "a.example"],
    ["192.0.2.1", "192.0.2.1"],
    ["2001:db8::1", "[2001:db8::1]"],
    ["::1", "[::1]"],
  ])("is made to %s as %s, without TLS", (hostname, asked) => {
    workersNetwork.connect({ hostname, port: 443 });
    expect(connect.mock.calls).toEqual([
      [
        { hostname: asked, port: 443 },
        { secureTransport: "off", allowHalfOpen: false },
      ],
    ]);
  });
});

describe("a token", () => {
  test("is 32 hexadecimal digits, another each time", () => {
    const tokens = Array.from({ length: 1000 }, () => systemRandom.token());
    for (const token of tokens) expect(token).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(tokens).size).toBe(1000);
  });
});

test("a random number is from 0 up to 1", () => {
  const numbers = Array.from({ length: 1000 }, () => systemRandom.number());
  expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...numbers)).toBeLessThan(1);
});
