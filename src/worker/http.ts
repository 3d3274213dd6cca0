import { Hono, type MiddlewareHandler } from "hono";
import { getPath } from "hono/utils/url";
import { AccessKeys } from "../platform/access/access-keys.ts";
import { D1Store } from "../storage/d1/d1-store.ts";
import { logError } from "../platform/log.ts";
import type { Platform } from "../platform/platform.ts";
import { parseSettings } from "../platform/settings/parse-settings.ts";
import type { StatusView } from "../self-check/instance-status.ts";
import { errorText } from "../core/text.ts";
import { StatusCache } from "../self-check/status-cache.ts";
import { PendingUsage } from "../usage/usage-meter.ts";
import { reportStatus } from "../self-check/report-status.ts";
import { SummaryCache } from "../status/read-status-page.ts";
import { createActions, type ActInPlace } from "./pages/actions.tsx";
import { API_ROOT } from "../web/api/resources.ts";
import { createAdmin } from "./api/admin.ts";
import { ApiResponder } from "./api/api-responder.ts";
import { apiProblem, createApi, forOtherSites, isApi, unknownPath, wrongMethod } from "./api/routes.ts";
import { createBadges } from "./api/badges.ts";
import { Callers } from "./auth/callers.ts";
import type { Bindings } from "./env.ts";
import { metered } from "./metered-request.ts";
import { createMetrics } from "./api/metrics.ts";
import { createPages } from "./pages/routes.tsx";
import { createPings, pathWithoutSlashes } from "./pings.ts";
import { onlyOwnForms } from "./auth/csrf.ts";
import { requireAdmin } from "./auth/require-admin.ts";
import { refuse } from "./pages/result-page.tsx";
import { securityHeaders } from "./security-headers.ts";

type Env = { Bindings: Bindings };

/**
 * Every route of the Worker.
 *
 * @param actInPlace does what the owner asks for where there is no object to do it
 * @param unrecorded gets what is used of the database
 */
export function createHttp(
  platform: Platform,
  actInPlace: ActInPlace,
  pendingUsage: PendingUsage = new PendingUsage(),
): Hono<Env> {
  const { clock, random, network } = platform;
  const kept = new StatusCache(clock);
  const callers = new Callers(new AccessKeys(network, clock), clock);
  const app = new Hono<Env>({ getPath: (request) => pathWithoutSlashes(getPath(request)) });

  // Before every route, so that a route added later is behind them as well.
  app.use(...securityHeaders);
  app.use(onlyErrors);
  app.use("/api/*", forOtherSites);
  app.use("/admin/*", requireAdmin(callers));

  // For peers: one of three words and nothing else, whatever happens.
  app.get("/status", async (c) => {
    const readStatus = (): Promise<StatusView> =>
      metered(c.env, pendingUsage, (database) => kept.read(new D1Store(database, random)));
    const status = await reportStatus({ readStatus }, clock, parseSettings(c.env));
    return c.text(status.status);
  });

  // A ping is known by the secret in its address, and sent by programs: it is before the check of forms.
  app.route("/ping", createPings(platform, pendingUsage));
  app.use(onlyOwnForms(callers, refuse));
  app.route("/admin", createAdmin(platform, pendingUsage, kept));
  const memory = new SummaryCache(pendingUsage);
  const answers = new ApiResponder(platform, memory);
  app.route(API_ROOT, createApi(answers, callers));
  app.route("/", createMetrics(answers, callers));
  app.route("/", createBadges(answers));
  app.route("/", createPages(platform, callers, memory));
  app.route("/", createActions(platform, callers, actInPlace));

  const routes = app.routes.filter(({ method }) => method === "GET" || method === "POST");
  for (const [path, own] of Map.groupBy(routes, ({ path }) => path)) {
    const methods = new Set(own.flatMap(({ method }) => (method === "GET" ? ["GET", "HEAD"] : [method])));
    app.all(path, (c) =>
      isApi(path) ? wrongMethod(c) : c.text("Method not allowed\n", 405, { allow: [...methods].join(", ") }),
    );
  }
  app.notFound((c) => (isApi(c.req.path) ? unknownPath(c) : c.text("Not found\n", 404)));
  app.onError((error, c) => {
    logError(`${c.req.method} ${c.req.routePath}: ${errorText(error, 500)}`);
    if (!isApi(c.req.path)) return c.text("Internal error\n", 500);
    return apiProblem(c, "internal", "A fault of this Checker, which its log tells. Try again in a while.");
  });
  return app;
}

/** hono lets what is thrown and no Error pass onError by, up to an answer of the platform without any header. */
const onlyErrors: MiddlewareHandler = async (_c, next) => {
  try {
    await next();
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new Error(errorText(thrown));
  }
};
