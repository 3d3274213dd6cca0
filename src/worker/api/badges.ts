import { Hono, type Context } from "hono";
import { BadgeQuery, NamedBadgeQuery, parseQuery } from "../../web/api/parameters.ts";
import { parameterProblem } from "../../web/api/problem.ts";
import type { BadgeSubject } from "../../status/badge.ts";
import type { ApiResponder } from "./api-responder.ts";
import { problemAnswer } from "./build-response.ts";
import { matches } from "./respond.ts";
import type { Bindings } from "../env.ts";

type Env = { Bindings: Bindings };

const FORMS = ["svg", "json"] as const;

/** A page that shows it asks again after this, as do most that copy images. */
const CACHE_CONTROL = "public, max-age=30";

/**
 * Small images of how something is, and the same as JSON for shields.io. Whoever asks, they tell what a stranger may know: a
 * badge stands on pages of others, where the owner's browser would send a cookie.
 */
export function createBadges(answers: ApiResponder): Hono<Env> {
  const badges = new Hono<Env>();
  // Those of jobs have a folder of their own: beside a name, hono's quick router takes no parameter.
  for (const form of FORMS) {
    badges.get(`/badges/jobs/:id/status.${form}`, (c) => {
      const parsed = parseQuery(NamedBadgeQuery, searchOf(c));
      if (!parsed.ok) return wrong(c, parsed.problems);
      return show(c, { of: "status", id: idOf(c) }, parsed.query.label, form);
    });
    badges.get(`/badges/jobs/:id/uptime.${form}`, (c) => {
      const parsed = parseQuery(BadgeQuery, searchOf(c));
      if (!parsed.ok) return wrong(c, parsed.problems);
      const { days, label } = parsed.query;
      return show(c, { of: "uptime", id: idOf(c), days: Number(days) }, label, form);
    });
    badges.get(`/badges/mail.${form}`, (c) => {
      const parsed = parseQuery(NamedBadgeQuery, searchOf(c));
      if (!parsed.ok) return wrong(c, parsed.problems);
      return show(c, { of: "mail" }, parsed.query.label, form);
    });
  }
  return badges;

  async function show(
    c: Context<Env>,
    subject: BadgeSubject,
    label: string | undefined,
    form: "svg" | "json",
  ): Promise<Response> {
    const wanted = { kind: "badge", subject, label: label ?? null, form } as const;
    const { status, type, body, etag } = await answers.get({ wanted, audience: "public" }, c.env);
    c.set("cacheControl", CACHE_CONTROL);
    c.set("isEmbeddable", true);
    c.header("access-control-allow-origin", "*");
    if (status === 503) c.header("retry-after", "60");
    if (etag !== null) c.header("etag", etag);
    if (etag !== null && matches(c.req.header("if-none-match"), etag)) return c.body(null, 304);
    return c.body(body, status as 200, { "content-type": type });
  }
}

function searchOf(c: Context<Env>): URLSearchParams {
  return new URL(c.req.url).searchParams;
}

/** What is no id is the id of no job. */
function idOf(c: Context<Env>): string {
  const id = c.req.param("id") ?? "";
  return /^[0-9a-z]{14}$/.test(id) ? id : "";
}

function wrong(c: Context<Env>, problems: Parameters<typeof parameterProblem>[0]): Response {
  const { body, type } = problemAnswer(parameterProblem(problems));
  c.header("access-control-allow-origin", "*");
  return c.body(body, 400, { "content-type": type });
}
