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

/** And what a page carries, which may load what is of this Worker. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  ...SECURITY_HEADERS,
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "referrer-policy": "same-origin",
};

/** By what the answer is. */
export function headersFor(headers: Headers): Readonly<Record<string, string>> {
  return headers.get("content-type")?.startsWith("text/html") === true ? PAGE_HEADERS : SECURITY_HEADERS;
}

export function expectSecurityHeaders(headers: Headers): void {
  const expected = headersFor(headers);
  const found = Object.keys(expected).map((name) => [name, headers.get(name)]);
  expect(Object.fromEntries(found)).toEqual(expected);
}
