import { Hono, type Context } from "hono";
import { D1Store } from "../../storage/d1/d1-store.ts";
import type { Platform } from "../../platform/platform.ts";
import { parseSettings } from "../../platform/settings/parse-settings.ts";
import type { StatusView } from "../../self-check/instance-status.ts";
import type { StatusCache } from "../../self-check/status-cache.ts";
import type { PendingUsage } from "../../usage/usage-meter.ts";
import { reportStatus } from "../../self-check/report-status.ts";
import type { Bindings } from "../env.ts";
import { metered } from "../metered-request.ts";

type Env = { Bindings: Bindings };

/** What stands under `/admin`. Who may come here was decided before, in require-admin.ts. */
export function createAdmin(
  { clock, random }: Platform,
  pendingUsage: PendingUsage,
  kept: StatusCache,
): Hono<Env> {
  const admin = new Hono<Env>();

  // For the owner's own tools, such as npm start.
  admin.get("/report", async (c) => {
    const from = { tick: queryId(c, "ticks"), change: queryId(c, "changes"), gap: queryId(c, "gaps") };
    const [report, status] = await metered(c.env, pendingUsage, (database) => {
      const store = new D1Store(database, random);
      const readStatus = (): Promise<StatusView> => kept.read(store);
      return Promise.all([store.readReport(from), reportStatus({ readStatus }, clock, parseSettings(c.env))]);
    });
    return c.json({ ...report, status });
  });

  // What was decided and not told yet, or not at all.
  admin.get("/outbox", async (c) => {
    const messages = await metered(c.env, pendingUsage, (database) =>
      new D1Store(database, random).readOutbox(MAX_OUTBOX + 1),
    );
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
