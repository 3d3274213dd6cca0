import { Hono, type Context } from "hono";
import { D1Store } from "../adapters/d1/d1-store.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings } from "../adapters/settings/parse-settings.ts";
import { reportStatus } from "../usecases/report-status.ts";
import type { Bindings } from "./env.ts";

type Env = { Bindings: Bindings };

/** What stands under `/admin`. Who may come here was decided before, in require-admin.ts. */
export function createAdmin({ clock, random }: Platform): Hono<Env> {
  const admin = new Hono<Env>();

  // For the owner's own tools, such as npm start.
  admin.get("/report", async (c) => {
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

  // What was decided and not told yet, or not at all.
  admin.get("/outbox", async (c) => {
    const messages = await new D1Store(c.env.DB, random).readOutbox(MAX_OUTBOX + 1);
    return c.json({ messages: messages.slice(0, MAX_OUTBOX), more: messages.length > MAX_OUTBOX });
  });

  return admin;
}

/** Messages that one answer lists, the newest. */
const MAX_OUTBOX = 200;

/** The id after which to report; 0, for all, when it is missing or no number. */
function queryId(c: Context<Env>, name: string): number {
  const id = Number(c.req.query(name) ?? 0);
  return Number.isSafeInteger(id) && id > 0 ? id : 0;
}
