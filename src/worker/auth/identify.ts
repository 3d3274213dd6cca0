import type { Context } from "hono";
import { getCookie } from "hono/cookie";
import type { AccessKeys } from "../../platform/access/access-keys.ts";
import { ASSERTION_HEADER, verifyAssertion } from "../../platform/access/verify-assertion.ts";
import { logWarning } from "../../platform/log.ts";
import { parseAccess } from "../../platform/settings/parse-settings.ts";
import { adminToken } from "../../platform/settings/secrets.ts";
import type { Bindings } from "../env.ts";

export type Visitor =
  /** `by`: as whom he is known. */
  | { readonly kind: "admin"; readonly by: string }
  | { readonly kind: "public" }
  /** Cloudflare Access cannot be asked. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Who carries the token, or has signed in with it, is known by nothing else. */
export const BY_TOKEN = "ADMIN_TOKEN";

/** Access sets this for the whole host, also where it does not stand before a path. */
const ACCESS_COOKIE = "CF_Authorization";

/** Who asks, by Cloudflare Access alone: whom it vouches for is the owner. */
export async function identifyByAccess(
  c: Context<{ Bindings: Bindings }>,
  keys: AccessKeys,
): Promise<Visitor> {
  const access = parseAccess(c.env);
  const assertion = c.req.header(ASSERTION_HEADER) ?? getCookie(c, ACCESS_COOKIE);
  if (access === null || assertion === undefined) return { kind: "public" };
  const verdict = await verifyAssertion(assertion, access, keys);
  if (verdict.kind === "valid") return { kind: "admin", by: verdict.email ?? "Cloudflare Access" };
  if (verdict.kind === "unknown") return verdict;
  logWarning(`an assertion of Cloudflare Access was refused: ${verdict.reason}`);
  return { kind: "public" };
}

/** Whether it carries ADMIN_TOKEN as a bearer token (RFC 6750). */
export async function hasToken(c: Context<{ Bindings: Bindings }>): Promise<boolean> {
  const token = adminToken(c.env);
  const given = /^Bearer (\S(?:.*\S)?)$/i.exec(c.req.header("authorization") ?? "")?.[1];
  return token !== null && given !== undefined && sameSecret(given, token);
}

export function isBearer(c: Context): boolean {
  return /^Bearer /i.test(c.req.header("authorization") ?? "");
}

/** Whether there is any way to be known as the owner. */
export function hasAdminToken(env: Bindings): boolean {
  return adminToken(env) !== null || parseAccess(env) !== null;
}

/** Compares digests, so that neither the time taken nor the length tells anything. */
export async function sameSecret(given: string, expected: string): Promise<boolean> {
  const encoder = new TextEncoder();
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", encoder.encode(given)),
    crypto.subtle.digest("SHA-256", encoder.encode(expected)),
  ]);
  return crypto.subtle.timingSafeEqual(a, b);
}
