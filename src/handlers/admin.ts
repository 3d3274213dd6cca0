import { Hono, type Context } from "hono";
import { D1Store } from "../adapters/d1/d1-store.ts";
import type { Platform } from "../adapters/platform.ts";
import { parseSettings } from "../adapters/settings/parse-settings.ts";
import type { StatusView } from "../domain/instance-status.ts";
import type { KeptStatus } from "../usecases/kept-status.ts";
import type { Unrecorded } from "../usecases/meter.ts";
import { reportStatus } from "../usecases/report-status.ts";
import type { Bindings } from "./env.ts";
import { metered } from "./metered-request.ts";

type Env = { Bindings: Bindings };

/** What stands under `/admin`. Who may come here was decided before, in require-admin.ts. */
export function createAdmin(
  { clock, random }: Platform,
  unrecorded: Unrecorded,
  kept: KeptStatus,
): Hono<Env> {
  const admin = new Hono<Env>();

  // For the owner's own tools, such as npm start.
  admin.get("/report", async (c) => {
    const from = { tick: queryId(c, "ticks"), change: queryId(c, "changes"), gap: queryId(c, "gaps") };
    const [report, status] = await metered(c.env, unrecorded, (database) => {
      const store = new D1Store(database, random);
      const readStatus = (): Promise<StatusView> => kept.read(store);
      return Promise.all([store.readReport(from), reportStatus({ readStatus }, clock, parseSettings(c.env))]);
    });
    return c.json({ ...report, status });
  });

  // What was decided and not told yet, or not at all.
  admin.get("/outbox", async (c) => {
    const messages = await metered(c.env, unrecorded, (database) =>
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
