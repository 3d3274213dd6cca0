import type { Context } from "hono";
import type { Bindings } from "../env.ts";
import type { ApiResponse } from "./api-response.ts";

/** For how long whoever is no owner may show the same answer. It says itself how old its data are. */
const PUBLIC = "public, max-age=10";
/** May be kept by the owner's own program, and is asked for anew each time. */
const PRIVATE = "private, no-cache";
/** By what one address has several answers. */
const VARY = "Authorization, Cookie, Cf-Access-Jwt-Assertion";

/** An answer that was made, or that it is still the one which the caller has. Source: RFC 9110 section 13. */
export function respond(
  c: Context<{ Bindings: Bindings }>,
  { status, type, body, etag, next }: ApiResponse,
): Response {
  if (status === 503) c.header("retry-after", "30");
  c.header("vary", VARY);
  if (etag === null) return c.body(body, status as 503, { "content-type": type });
  c.set("cacheControl", c.get("audience") === "admin" ? PRIVATE : PUBLIC);
  c.header("etag", etag);
  if (matches(c.req.header("if-none-match"), etag)) return c.body(null, 304);
  if (next !== null) {
    const url = new URL(c.req.url);
    url.searchParams.set("cursor", next);
    c.header("link", `<${url.pathname}${url.search}>; rel="next"`);
  }
  return c.body(body, status as 200, { "content-type": type });
}

/** Weak comparison: whoever compresses an answer on its way makes its tag a weak one. */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  const tags = header.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes(etag) || tags.includes("*");
}
