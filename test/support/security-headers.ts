import { expect } from "vitest";

/** What every answer carries, whatever was asked. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy":
    "camera=(), clipboard-read=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
  "referrer-policy": "no-referrer",
  "strict-transport-security": "max-age=31536000",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

export function expectSecurityHeaders(headers: Headers): void {
  const found = Object.keys(SECURITY_HEADERS).map((name) => [name, headers.get(name)]);
  expect(Object.fromEntries(found)).toEqual(SECURITY_HEADERS);
}
