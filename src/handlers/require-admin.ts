import type { MiddlewareHandler } from "hono";
import type { AccessKeys } from "../adapters/access/access-keys.ts";
import { ASSERTION_HEADER, verifyAssertion } from "../adapters/access/verify-assertion.ts";
import { logError, logWarning } from "../adapters/log.ts";
import { parseAccess } from "../adapters/settings/parse-settings.ts";
import type { Bindings } from "./env.ts";

/**
 * Lets the owner through to the routes behind it: whoever carries the secret ADMIN_TOKEN as a bearer token
 * (RFC 6750), or whom Cloudflare Access vouches for. Either is enough. Where neither is configured,
 * these routes do not exist.
 *
 * All who are refused get the same answer, which does not tell which of the two is configured. Only an owner
 * whom Access cannot be asked about gets another, since logging in again would not help.
 */
export function requireAdmin(keys: AccessKeys): MiddlewareHandler<{ Bindings: Bindings }> {
  return async (c, next) => {
    const token = secretOf(c.env);
    const access = parseAccess(c.env);
    if (token === null && access === null) return c.text("Not found\n", 404);

    if (token !== null && (await carries(c.req.header("authorization"), token))) return next();

    const assertion = c.req.header(ASSERTION_HEADER);
    if (access !== null && assertion !== undefined) {
      const verdict = await verifyAssertion(assertion, access, keys);
      if (verdict.kind === "valid") return next();
      if (verdict.kind === "unknown") {
        logError(`Cloudflare Access cannot be asked who a request is from: ${verdict.reason}`);
        return c.text("Cannot tell at present who you are\n", 503, { "retry-after": "30" });
      }
      logWarning(`an assertion of Cloudflare Access was refused: ${verdict.reason}`);
    }
    return c.text("Unauthorized\n", 401, { "www-authenticate": "Bearer" });
  };
}

function secretOf(env: Bindings): string | null {
  const token = env["ADMIN_TOKEN"];
  return typeof token === "string" && token !== "" ? token : null;
}

async function carries(authorization: string | undefined, token: string): Promise<boolean> {
  const given = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
  return given !== undefined && (await sameSecret(given, token));
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
