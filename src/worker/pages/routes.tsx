import { Hono, type Context } from "hono";
import { logWarning } from "../../platform/log.ts";
import type { Platform } from "../../platform/platform.ts";
import { RANGES } from "../../status/job-page.ts";
import type { SummaryCache } from "../../status/read-status-page.ts";
import { MessagePage } from "../../web/pages/message-page.tsx";
import { SignInPage } from "../../web/pages/sign-in-page.tsx";
import type { Callers } from "../auth/callers.ts";
import type { Bindings } from "../env.ts";
import { documentOf } from "./html.ts";
import { adminToken, adminTokenProblem } from "../../platform/settings/secrets.ts";
import { hasAdminToken, sameSecret } from "../auth/identify.ts";
import { renderInDurableObject } from "../render-in-durable-object.ts";
import { readForm } from "../auth/csrf.ts";
import { ResponseCache } from "../response-cache.ts";
import { renderPage } from "./render-page.tsx";
import { beginSession, endSession } from "../auth/session.ts";
import { SignInLimit } from "../auth/sign-in-limit.ts";
import type { PageRequest, PageTask, RenderedPage } from "../rpc.ts";

type Env = { Bindings: Bindings };

/**
 * The pages for people.
 *
 * @param memory of the cards, where pages are made in place
 */
export function createPages(platform: Platform, callers: Callers, memory: SummaryCache): Hono<Env> {
  const { clock } = platform;
  const pages = new Hono<Env>();
  const cache = new ResponseCache<RenderedPage>(({ html }) => html.length);
  const signIns = new SignInLimit();
  const nowMs = (): number => clock.nowMs();

  /** What the visitor may see of it. */
  const made = async (c: Context<Env>, wanted: PageRequest): Promise<RenderedPage> => {
    const visitor = await callers.visitor(c);
    const audience = visitor.kind === "admin" ? "admin" : "public";
    const task: PageTask = { page: wanted, audience, canSignIn: hasAdminToken(c.env) };
    const make = (): Promise<RenderedPage> =>
      renderInDurableObject(
        c.env,
        (object) => object.page(task),
        () => renderPage(task, c.env, platform, memory),
        "it",
      );
    return audience === "admin" ? make() : cache.get(JSON.stringify(task), nowMs, make);
  };
  const show = async (c: Context<Env>, wanted: PageRequest): Promise<Response> => {
    const { status, html } = await made(c, wanted);
    return c.html(html, status, status === 503 ? { "retry-after": "60" } : {});
  };

  pages.get("/", (c) => show(c, { kind: "overview" }));

  pages.get("/jobs/:id{[0-9a-z]{14}}", (c) => {
    const wanted = c.req.query("range") ?? "";
    const range = (Object.hasOwn(RANGES, wanted) ? RANGES[wanted] : null) ?? "24 h";
    const { origin } = new URL(c.req.url);
    return show(c, { kind: "job", id: c.req.param("id"), range, origin });
  });

  pages.get("/incidents", (c) => {
    const { before = "", id, job } = c.req.query();
    const fromMs = before === "" ? Number.NaN : Number(before);
    const of = id !== undefined ? { jobId: id } : job !== undefined ? { job } : null;
    const after = Number.isSafeInteger(fromMs) && of !== null ? { fromMs, ...of } : null;
    return show(c, { kind: "incidents", after });
  });

  pages.get("/outbox", async (c) => {
    if (!hasAdminToken(c.env)) return c.text("Not found\n", 404);
    const visitor = await callers.visitor(c);
    return visitor.kind === "admin" ? show(c, { kind: "outbox" }) : c.redirect("/sign-in?to=/outbox", 303);
  });

  pages.get("/incidents.atom", async (c) => {
    const { origin } = new URL(c.req.url);
    const { status, html } = await made(c, { kind: "feed", origin });
    if (status !== 200) return c.text("The feed cannot be read at present\n", 503, { "retry-after": "60" });
    return c.body(html, 200, { "content-type": "application/atom+xml; charset=utf-8" });
  });

  pages.get("/sign-in", async (c) => {
    if (!hasAdminToken(c.env)) return noSignIn(c);
    const to = placeOf(c.req.query("to"));
    const visitor = await callers.visitor(c);
    if (visitor.kind === "admin") return c.redirect(to, 303);
    return c.html(documentOf(<SignInPage to={to} problem={null} hasToken={adminToken(c.env) !== null} />));
  });

  pages.post("/sign-in", async (c) => {
    const token = adminToken(c.env);
    if (token === null) return noSignIn(c);
    if (!(await signIns.allows(c, nowMs()))) {
      logWarning("Signing in was tried too often from one address");
      const problem = "Too many tries. Wait a minute, then try again.";
      return c.html(documentOf(<SignInPage to="/" problem={problem} hasToken />), 429, {
        "retry-after": "60",
      });
    }
    const form = (await readForm(c)) ?? {};
    const to = placeOf(form["to"]);
    const given = form["token"];
    if (typeof given !== "string" || !(await sameSecret(given.trim(), token))) {
      const problem = "That is not this Checker's ADMIN_TOKEN.";
      return c.html(documentOf(<SignInPage to={to} problem={problem} hasToken />), 401);
    }
    await beginSession(c, token, nowMs());
    return c.redirect(to, 303);
  });

  pages.post("/sign-out", (c) => {
    endSession(c);
    return c.redirect("/", 303);
  });

  return pages;
}

/** An address of this Worker, and never of another site: that would be a door for who wants to be taken for us. */
function placeOf(wanted: unknown): string {
  const base = "https://checker.invalid";
  const url = typeof wanted === "string" ? URL.parse(wanted, base) : null;
  // A browser takes `//host/` for another site.
  return url?.origin === base && !url.pathname.startsWith("//") ? `${url.pathname}${url.search}` : "/";
}

function noSignIn(c: Context<Env>): Response | Promise<Response> {
  const problem = adminTokenProblem(c.env);
  const page = (
    <MessagePage title="Signing in is not set up" audience="public" canSignIn={false}>
      {problem === null
        ? "This Checker has no ADMIN_TOKEN and does not use Cloudflare Access. Its README says how to set them."
        : `${problem}.`}
    </MessagePage>
  );
  return c.html(documentOf(page), 404);
}
