import type { Context } from "hono";
import type { Bindings } from "./env.ts";

/**
 * Null when the request carries the secret ADMIN_TOKEN as its bearer token, else the answer that refuses
 * it. Where no token is configured the routes behind it do not exist.
 */
export async function isAdmin(c: Context<{ Bindings: Bindings }>): Promise<Response | null> {
  const expected = c.env["ADMIN_TOKEN"];
  if (typeof expected !== "string" || expected === "") return c.text("Not found\n", 404);
  const given = /^Bearer (\S+)$/i.exec(c.req.header("authorization") ?? "")?.[1] ?? "";
  if (await sameSecret(given, expected)) return null;
  return c.text("Unauthorized\n", 401, { "www-authenticate": "Bearer" });
}

/** Compares digests, so that neither the time taken nor the length tells anything. */
async function sameSecret(given: string, expected: string): Promise<boolean> {
  const encoder = new TextEncoder();
  const [a, b] = await Promise.all([
    crypto.subtle.digest("SHA-256", encoder.encode(given)),
    crypto.subtle.digest("SHA-256", encoder.encode(expected)),
  ]);
  return crypto.subtle.timingSafeEqual(a, b);
}
