import { Hono, type Context } from "hono";
import { D1PingStore } from "../storage/d1/heartbeats/ping-store.ts";
import { logError, logWarning } from "../platform/log.ts";
import { heartbeatOf } from "../platform/pings/ping-key.ts";
import { readOutput } from "../platform/pings/read-output.ts";
import { recordPingWithTimeout } from "../platform/pings/record-with-timeout.ts";
import type { Platform } from "../platform/platform.ts";
import { pingSecrets } from "../platform/settings/secrets.ts";
import { MINUTE_MS } from "../core/time/frequency.ts";
import { parsePingKind, type PingKind } from "../heartbeats/ping.ts";
import { errorText } from "../core/text.ts";
import type { PendingUsage } from "../usage/usage-meter.ts";
import type { Bindings } from "./env.ts";
import { metered } from "./metered-request.ts";

type Env = { Bindings: Bindings };

/**
 * Pings of heartbeats: `/ping/KEY`, `/ping/KEY/start`, `…/success`, `…/fail`, `…/log`, `…/EXIT CODE`, by GET, HEAD or
 * POST. What is answered with OK is in the database.
 *
 * A GET changes something here, since that is what crontabs and other people's tools send: whoever follows such an
 * address, be it a preview of links, pings. So an address belongs into no chat and no ticket.
 */
export function createPings({ clock, random }: Platform, pendingUsage: PendingUsage): Hono<Env> {
  const pings = new Hono<Env>();
  const limit = new PingLimit();

  const take = async (c: Context<Env>): Promise<Response> => {
    const secrets = pingSecrets(c.env);
    const id = await heartbeatOf(c.req.param("key") ?? "", secrets);
    if (id === null) return c.notFound();
    const kind = parsePingKind(c.req.param("signal") ?? "");
    if (kind === null) {
      return c.text("Give nothing, success, start, fail, log, or an exit code from 0 to 255\n", 400);
    }
    const runId = c.req.query("rid") ?? null;
    if (runId !== null && !/^[\w-]{1,64}$/.test(runId)) {
      return c.text("rid must be 1 to 64 letters, digits, - and _\n", 400);
    }
    const atMs = clock.nowMs();
    if (!limit.allows(id, kind, atMs)) return tooOften(c, atMs);
    const output = c.req.method === "POST" ? await readBody(c.req.raw) : "";
    try {
      const ping = { kind, runId, output, atMs };
      const recording = metered(c.env, pendingUsage, (database) =>
        new D1PingStore(database, random).recordPing(id, ping),
      );
      const receipt = await recordPingWithTimeout(recording);
      if (receipt === "recorded") return c.text("OK");
      if (receipt === "too often") return tooOften(c, atMs);
      return c.text(
        "No heartbeat is watched under this address; a new one is from the next minute on\n",
        404,
      );
    } catch (error) {
      logError(`${c.req.method} ${c.req.routePath}: ${errorText(error, 500)}`);
      return c.text("This ping could not be recorded; send it again\n", 503, { "retry-after": "30" });
    }
  };

  for (const path of ["/:key", "/:key/:signal"]) pings.get(path, take).post(path, take);
  return pings;
}

/** A compressed text is not read: a small one may be endless when it is unpacked. The ping counts without it. */
function readBody({ body, headers }: Request): Promise<string> {
  const encoding = headers.get("content-encoding")?.trim().toLowerCase() ?? "identity";
  if (encoding !== "" && encoding !== "identity") return Promise.resolve("");
  return readOutput(body, headers.get("content-type"));
}

/**
 * The path of a request, where slashes too many in the address of a ping are left out: tools join `https://…/ping/` with
 * `/KEY`, or end addresses with a slash. Other paths stay as they are.
 */
export function pathWithoutSlashes(path: string): string {
  return /^\/+ping\/+[^/]/.test(path) ? path.replaceAll(/\/{2,}/g, "/").replace(/\/$/, "") : path;
}

/** Nothing is lost silently: whoever pings is told, and `curl --retry` sends it again. */
function tooOften(c: Context<Env>, atMs: number): Response {
  logWarning("A heartbeat is pinged too often");
  const seconds = Math.ceil((MINUTE_MS - (atMs % MINUTE_MS)) / 1000);
  return c.text("This heartbeat is pinged too often; send this ping again in a minute\n", 429, {
    "retry-after": String(seconds),
  });
}

/** Pings of one heartbeat and one meaning that one copy of the Worker asks the database about in a minute. */
const PINGS_A_MINUTE = 60;
/** As many are asked about where success and failure take turns: each of them may be news. */
const TURNS_A_MINUTE = 120;

/** Keeps a script that runs wild from keeping the database busy, of which the ticks have need as well. */
class PingLimit {
  /** By id and meaning. There are as many ids as heartbeats: only what was proven is counted. */
  readonly #pings = new Map<string, { readonly minute: number; readonly count: number }>();
  /** The newest verdict that was let through, by id. */
  readonly #verdicts = new Map<string, string>();

  /** Each meaning has its own limit, so that a flood of successes cannot block the failure after it. */
  allows(id: string, signal: PingKind, nowMs: number): boolean {
    const isEnd = signal.kind === "end";
    const meaning = isEnd ? (signal.code === 0 ? "success" : "failure") : signal.kind;
    const key = `${id} ${meaning}`;
    const minute = Math.floor(nowMs / MINUTE_MS);
    const before = this.#pings.get(key);
    const count = (before?.minute === minute ? before.count : 0) + 1;
    const isTurn = isEnd && this.#verdicts.get(id) !== meaning;
    if (count > (isTurn ? TURNS_A_MINUTE : PINGS_A_MINUTE)) return false;
    this.#pings.set(key, { minute, count });
    if (isEnd) this.#verdicts.set(id, meaning);
    return true;
  }
}
