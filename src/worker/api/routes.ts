import { Hono, type Context, type MiddlewareHandler } from "hono";
import { adminTokenProblem } from "../../platform/settings/secrets.ts";
import { parseQuery } from "../../web/api/parameters.ts";
import {
  parameterProblem,
  problemFields,
  type ProblemFields,
  type ProblemKind,
} from "../../web/api/problem.ts";
import { API_ROOT, RESOURCES, type ApiCall, type ResourceName } from "../../web/api/resources.ts";
import { oneLine } from "../../core/text.ts";
import type { Callers } from "../auth/callers.ts";
import type { Bindings } from "../env.ts";
import { hasAdminToken } from "../auth/identify.ts";
import type { ApiResponse } from "./api-response.ts";
import type { ApiResponder } from "./api-responder.ts";
import { problemAnswer } from "./build-response.ts";
import { respond } from "./respond.ts";
import type { Audience } from "../../status/audience.ts";

type Env = { Bindings: Bindings };

declare module "hono" {
  interface ContextVariableMap {
    /** Whom the answer is for, once that is known. */
    audience?: Audience;
  }
}

/** What stands under `/api`. Only read. */
export function createApi(answers: ApiResponder, callers: Callers): Hono<Env> {
  const api = new Hono<Env>();

  for (const name of Object.keys(RESOURCES) as ResourceName[]) {
    const { path, query: schema, isPrivate } = RESOURCES[name];
    api.get(path.replaceAll("{id}", ":id"), async (c) => {
      const caller = await callers.of(c);
      if (caller.kind !== "admin" && caller.kind !== "public") return refuse(c, caller.kind);
      c.set("audience", caller.kind);
      if (isPrivate && caller.kind !== "admin") return refuse(c, "no token");
      const parsed = parseQuery(schema, new URL(c.req.url).searchParams);
      if (!parsed.ok) return problem(c, parameterProblem(parsed.problems));
      const call = { resource: name, id: c.req.param("id") ?? "", query: parsed.query } as ApiCall;
      const task = { wanted: { kind: "resource", call }, audience: caller.kind } as const;
      return respond(c, await answers.get(task, c.env));
    });
  }

  // The same for everyone.
  api.get("/openapi.json", async (c) => {
    c.set("audience", "public");
    return respond(c, await answers.get({ wanted: { kind: "openapi" }, audience: "public" }, c.env));
  });

  return api;
}

export function isApi(path: string): boolean {
  return path === "/api" || path.startsWith("/api/");
}

/** Whatever goes wrong before a resource is known. */
export function apiProblem(c: Context<Env>, kind: ProblemKind, detail: string): Response {
  c.set("audience", "public");
  return problem(c, problemFields(kind, detail));
}

export function unknownPath(c: Context<Env>): Response {
  const path = oneLine(c.req.path, 120);
  return apiProblem(
    c,
    "unknown-path",
    `Nothing is at ${path}. ${API_ROOT}/openapi.json describes what there is.`,
  );
}

export function wrongMethod(c: Context<Env>): Response {
  c.header("allow", METHODS);
  const detail = `${oneLine(c.req.method, 40)} is not for ${oneLine(c.req.path, 120)}, which can only be read. Use GET or HEAD.`;
  return apiProblem(c, "method-not-allowed", detail);
}

const METHODS = "GET, HEAD, OPTIONS";

/**
 * Pages of other sites may read what strangers may (cross-origin resource sharing). What the owner is answered never has
 * these headers, by whatever he is known, and no such page may send a token: so none ever reads more than a stranger.
 */
export const forOtherSites: MiddlewareHandler<Env> = async (c, next) => {
  if (c.req.method === "OPTIONS") {
    c.header("access-control-allow-origin", "*");
    c.header("allow", METHODS);
    if (c.req.header("access-control-request-method") !== undefined) {
      c.header("access-control-allow-methods", "GET, HEAD");
      c.header("access-control-allow-headers", "If-None-Match");
      c.header("access-control-max-age", "86400");
    }
    return c.body(null, 204);
  }
  await next();
  if (c.get("audience") === "public") {
    c.header("access-control-allow-origin", "*");
    c.header("access-control-expose-headers", "ETag, Link, Retry-After");
  }
  return undefined;
};

/** Why somebody is not answered. */
function refuse(
  c: Context<Env>,
  why: "no token" | "wrong token" | "blocked" | "unknown",
): Response | Promise<Response> {
  c.set("audience", "public");
  const path = oneLine(c.req.path, 120);
  if (why === "blocked") {
    c.header("retry-after", "60");
    const detail =
      "Too many wrong tokens came from your address. Wait a minute, then try again with ADMIN_TOKEN.";
    return problem(c, problemFields("too-many-tries", detail));
  }
  if (why === "unknown") {
    c.header("retry-after", "30");
    const detail =
      "Cloudflare Access cannot be asked at present whether its assertion is good. Try again, or send ADMIN_TOKEN as a bearer token.";
    return problem(c, problemFields("owner-unknown", detail));
  }
  if (why === "no token" && !hasAdminToken(c.env)) {
    const wrong = adminTokenProblem(c.env);
    const detail =
      wrong === null
        ? `${path} is for the owner, and this Checker has neither an ADMIN_TOKEN nor Cloudflare Access. Its README says how to set them.`
        : `${path} is for the owner. ${wrong}.`;
    return problem(c, problemFields("no-owner", detail));
  }
  c.header("www-authenticate", why === "no token" ? "Bearer" : 'Bearer error="invalid_token"');
  const detail =
    why === "no token"
      ? `${path} is for the owner. Send the header Authorization: Bearer ADMIN_TOKEN.`
      : "The Authorization header is not Bearer and this Checker's ADMIN_TOKEN. Send that, or leave the header out to see what is public.";
  return problem(c, problemFields("unauthorized", detail));
}

function problem(c: Context<Env>, fields: ProblemFields): Response {
  const answer: ApiResponse = problemAnswer(fields);
  return c.body(answer.body, fields.status as 400, { "content-type": answer.type });
}
