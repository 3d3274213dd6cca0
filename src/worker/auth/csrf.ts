import type { Context, MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { matchedRoutes } from "hono/route";
import type { Caller, Callers } from "./callers.ts";
import type { Bindings } from "../env.ts";
import { isBearer } from "./identify.ts";

type Env = { Bindings: Bindings };

/** Methods that change nothing. Source: RFC 9110 section 9.2.1. */
const SAFE: readonly string[] = ["GET", "HEAD", "OPTIONS"];

/**
 * Refuses what a page of another site made a browser send (cross-site request forgery), before every route that changes
 * something. A browser adds sessions and Cloudflare Access to such a request by itself, and a form can sign somebody in, so
 * neither the content type nor the route makes a difference. A request that was authenticated by the bearer token passes:
 * no page of another site knows the token.
 *
 * @param refuse answers a caller whose bearer token is not the owner's
 */
export function onlyOwnForms(
  callers: Callers,
  refuse: (c: Context<Env>, caller: Caller) => Response | Promise<Response>,
): MiddlewareHandler<Env> {
  return async (c, next) => {
    // Methods without a route get their 405 from another handler.
    const changes =
      !SAFE.includes(c.req.method) && matchedRoutes(c).some(({ method }) => method === c.req.method);
    if (changes && !isFromOwnPage(c)) {
      if (!isBearer(c)) return c.text("Refused: this was not sent by a page of this Checker\n", 403);
      const caller = await callers.byToken(c);
      if (caller.kind !== "admin") return refuse(c, caller);
    }
    // Not returned: hono would take what it gives for the answer of a route that gave none.
    await next();
    return undefined;
  };
}

/**
 * Sec-Fetch-Site decides where it is present: the browser itself compared the addresses, and a proxy cannot change what it
 * saw. Older browsers send Origin with every POST. A request with neither header was made by no known browser and is refused.
 */
function isFromOwnPage(c: Context): boolean {
  const site = c.req.header("sec-fetch-site");
  if (site !== undefined) return site === "same-origin";
  return c.req.header("origin") === new URL(c.req.url).origin;
}

/** No form of ours is longer, bytes. */
const MAX_FORM = 10_000;
const limited = bodyLimit({ maxSize: MAX_FORM });

/** The fields of a form; null for what is none, or is longer than any of ours. */
export async function readForm<Path extends string>(
  c: Context<{ Bindings: Bindings }, Path>,
): Promise<Readonly<Record<string, unknown>> | null> {
  let form: Readonly<Record<string, unknown>> | null = null;
  try {
    await limited(c, async () => {
      form = await c.req.parseBody();
    });
  } catch {
    // Too long, or no form: whoever sent it is told by what then is missing.
    return null;
  }
  return form;
}
