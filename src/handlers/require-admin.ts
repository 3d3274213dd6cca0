import type { MiddlewareHandler } from "hono";
import type { AccessKeys } from "../adapters/access/access-keys.ts";
import { logError } from "../adapters/log.ts";
import type { Clock } from "../domain/ports.ts";
import type { Bindings } from "./env.ts";
import { hasOwner, identify } from "./identify.ts";

/**
 * Lets the owner through to the routes behind it. Where nobody can be known as the owner, these routes do not exist.
 *
 * All who are refused get the same answer, which does not tell which way in is configured. Only an owner whom Access
 * cannot be asked about gets another, since logging in again would not help.
 */
export function requireAdmin(keys: AccessKeys, clock: Clock): MiddlewareHandler<{ Bindings: Bindings }> {
  return async (c, next) => {
    if (!hasOwner(c.env)) return c.text("Not found\n", 404);
    const visitor = await identify(c, keys, clock);
    if (visitor.kind === "owner") return next();
    if (visitor.kind === "unknown") {
      logError(`Cloudflare Access cannot be asked who a request is from: ${visitor.reason}`);
      return c.text("Cannot tell at present who you are\n", 503, { "retry-after": "30" });
    }
    return c.text("Unauthorized\n", 401, { "www-authenticate": "Bearer" });
  };
}
