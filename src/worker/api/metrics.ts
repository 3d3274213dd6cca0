import { Hono, type Context } from "hono";
import type { ExpositionFormat } from "../../web/metrics/exposition.ts";
import type { ApiResponder } from "./api-responder.ts";
import type { Callers } from "../auth/callers.ts";
import type { Bindings } from "../env.ts";
import { hasAdminToken } from "../auth/identify.ts";

type Env = { Bindings: Bindings };

/**
 * `/metrics`, for Prometheus. For the owner alone, and refused to who sends no token: a scraper that lost its token would go on
 * without the private jobs, and nobody would see it.
 */
export function createMetrics(answers: ApiResponder, callers: Callers): Hono<Env> {
  const metrics = new Hono<Env>();
  metrics.get("/metrics", async (c) => {
    const caller = await callers.of(c);
    switch (caller.kind) {
      case "admin": {
        const wanted = { kind: "metrics", format: formatOf(c) } as const;
        const { status, type, body } = await answers.get({ wanted, audience: "admin" }, c.env);
        return c.body(body, status as 200, { "content-type": type, vary: "Accept" });
      }
      case "blocked":
        return c.text("Too many wrong tokens\n", 429, { "retry-after": "60" });
      case "unknown":
        return c.text("Cannot tell at present who you are\n", 503, { "retry-after": "30" });
      case "public":
      case "wrong token":
        return hasAdminToken(c.env)
          ? c.text("Unauthorized\n", 401, { "www-authenticate": "Bearer" })
          : c.text("Not found\n", 404);
    }
  });
  return metrics;
}

/** Whoever does not ask for OpenMetrics gets what every Prometheus reads. */
function formatOf(c: Context): ExpositionFormat {
  const accepted = (c.req.header("accept") ?? "").split(",").map((item) => {
    const [type = "", ...parameters] = item.split(";").map((part) => part.trim().toLowerCase());
    const quality = parameters.find((one) => one.startsWith("q="))?.slice(2) ?? "1";
    return { type, quality: Number(quality) };
  });
  const best = (type: string): number =>
    Math.max(0, ...accepted.filter((one) => one.type === type).map(({ quality }) => quality));
  const wanted = best("application/openmetrics-text");
  return wanted > 0 && wanted >= best("text/plain") ? "openmetrics" : "text";
}
