import { Hono, type Context, type MiddlewareHandler } from "hono";
import { D1Store } from "../adapters/d1/d1-store.ts";
import { logError } from "../adapters/log.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings } from "../adapters/settings/parse-settings.ts";
import { errorText } from "../domain/text.ts";
import { reportStatus } from "../usecases/report-status.ts";
import { isAdmin } from "./admin.ts";
import type { Bindings } from "./env.ts";
import { securityHeaders } from "./security-headers.ts";

type Env = { Bindings: Bindings };

/** Every route of the Worker. */
export function createHttp({ clock, random }: Platform): Hono<Env> {
  const app = new Hono<Env>();

  // Before every route, so that a route added later is behind them as well.
  app.use(...securityHeaders);
  app.use(onlyErrors);

  // For peers: one of three words and nothing else, whatever happens.
  app.get("/status", async (c) => {
    const status = await reportStatus(new D1Store(c.env.DB, random), clock, parseSettings(c.env));
    return c.text(status.word);
  });

  // For the owner's own tools, such as npm start.
  app.get("/admin/report", async (c) => {
    const refusal = await isAdmin(c);
    if (refusal !== null) return refusal;
    const store = new D1Store(c.env.DB, random);
    const [report, status] = await Promise.all([
      store.readReport({
        tick: queryId(c, "ticks"),
        change: queryId(c, "changes"),
        gap: queryId(c, "gaps"),
      }),
      reportStatus(store, clock, parseSettings(c.env)),
    ]);
    return c.json({ ...report, status });
  });

  for (const path of ["/status", "/admin/report"]) {
    app.all(path, (c) => c.text("Method not allowed\n", 405, { allow: "GET, HEAD" }));
  }
  app.notFound((c) => c.text("Not found\n", 404));
  app.onError((error, c) => {
    logError(`${c.req.method} ${c.req.routePath}: ${errorText(error, 500)}`);
    return c.text("Internal error\n", 500);
  });
  return app;
}

/** The id after which to report; 0, for all, when it is missing or no number. */
function queryId(c: Context<Env>, name: string): number {
  const id = Number(c.req.query(name) ?? 0);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}

/** hono lets what is thrown and no Error pass onError by, up to an answer of the platform without any header. */
const onlyErrors: MiddlewareHandler = async (_c, next) => {
  try {
    await next();
  } catch (thrown) {
    throw thrown instanceof Error ? thrown : new Error(errorText(thrown));
  }
};
