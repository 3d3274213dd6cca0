import type { MiddlewareHandler } from "hono";
import type { Callers } from "./callers.ts";
import type { Bindings } from "../env.ts";
import { hasAdminToken } from "./identify.ts";

/**
 * Lets the owner through to the routes behind it. Where nobody can be known as the owner, these routes do not exist.
 *
 * All who are refused get the same answer, which does not tell which way in is configured. Only an owner whom Access
 * cannot be asked about gets another, since logging in again would not help, and who has tried too many tokens.
 */
export function requireAdmin(callers: Callers): MiddlewareHandler<{ Bindings: Bindings }> {
  return async (c, next) => {
    if (!hasAdminToken(c.env)) return c.text("Not found\n", 404);
    const { kind } = await callers.visitor(c);
    if (kind === "admin") return next();
    if (kind === "unknown")
      return c.text("Cannot tell at present who you are\n", 503, { "retry-after": "30" });
    if (kind === "blocked") {
      return c.text("Too many wrong tokens from your address; try again in a minute\n", 429, {
        "retry-after": "60",
      });
    }
    return c.text("Unauthorized\n", 401, { "www-authenticate": "Bearer" });
  };
}
