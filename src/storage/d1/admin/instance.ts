import { SUPPRESSIONS, maintenanceOf, suppressionsOf } from "./suppressions.ts";
import {
  ParseProblem,
  parseLoadError,
  parseGap,
  parseLoopback,
  parseTick,
  parseUsage,
  readable,
} from "../rows.ts";
import type { InstanceView } from "../../../status/instance-view.ts";

type Row = Readonly<Record<string, unknown>>;

/** What cannot be one is left out: it would be the newest for ever. */
export const LOOPBACKS = `
  SELECT p.token, p.message_id, p.sent_at, p.returned_at,
         CASE WHEN m.accepted_at IS NULL THEN coalesce(m.last_error_code || ': ', '') || m.last_error END AS send_error
  FROM loopback AS p LEFT JOIN message AS m ON m.id = p.message_id
  WHERE typeof(p.sent_at) = 'integer'
  ORDER BY p.sent_at DESC LIMIT ?1`;

/** What waits and is not held for the limit of mails an hour, which is no trouble with mail. */
const UNSENT = `closed = 0 AND throttled = 0 AND token IS NULL`;

/**
 * When the oldest of them was decided, by the ends of an index: two rows. A time that is none must not hide that something
 * waits; it is at one of the ends.
 *
 * @param tried whether an attempt was refused; one that is under way counts in `unfinished` as well
 */
const oldest = (tried: 0 | 1): string => `
  (SELECT min(iif(typeof(decided_at) = 'integer', decided_at, 0)) FROM (
    SELECT * FROM (SELECT decided_at FROM message WHERE ${UNSENT} AND (attempts > unfinished) = ${tried} ORDER BY decided_at LIMIT 1)
    UNION ALL SELECT * FROM (
      SELECT decided_at FROM message WHERE ${UNSENT} AND (attempts > unfinished) = ${tried} ORDER BY decided_at DESC LIMIT 1)))`;

export const WAITING = `
  SELECT nullif(min(coalesce(fresh, 9e15), coalesce(refused, 9e15)), 9e15) AS waiting, refused
  FROM (SELECT ${oldest(0)} AS fresh, ${oldest(1)} AS refused)`;

/** What is no time sorts above all times. */
export const FAILED_MESSAGES = `
  SELECT (SELECT iif(typeof(failed_at) = 'integer', failed_at, ${Number.MAX_SAFE_INTEGER}) FROM message
          WHERE failed_at IS NOT NULL ORDER BY failed_at DESC LIMIT 1) AS at`;

/** How many messages wait, are held and were set aside: a row for each. */
const COUNTS = `
  (SELECT count(*) FROM message WHERE ${UNSENT}) AS waiting_count,
  (SELECT count(*) FROM message WHERE closed = 0 AND throttled <> 0 AND token IS NULL) AS throttled_count,
  (SELECT count(*) FROM message WHERE failed_at IS NOT NULL) AS aside_count`;
const NO_COUNTS = `0 AS waiting_count, 0 AS throttled_count, 0 AS aside_count`;

/** Gaps and faults that are told of: more would hide the rest. */
const MAX_GAPS = 5;
const MAX_LOAD_ERRORS = 50;

const ADMIN_PART = `
  UNION ALL SELECT * FROM (SELECT 'gap', id, frequency, from_slot, to_slot, slots, NULL, NULL, NULL, NULL, NULL
                           FROM gap WHERE frequency = 'MINUTE' ORDER BY id DESC LIMIT ${MAX_GAPS})
  UNION ALL SELECT * FROM (SELECT 'load_error', name, message, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
                           FROM load_error ORDER BY name LIMIT ${MAX_LOAD_ERRORS})`;

/**
 * Everything that an instance knows of itself: one query, as each counts. D1 takes five SELECTs in one, and no more.
 *
 * @param wanted `public`: without what only the owner sees
 */
export const instanceSql = (wanted: "all" | "public"): string => `
  SELECT * FROM (SELECT 'tick' AS kind, id AS a, scheduled_at AS b, started_at AS c, finished_at AS d, frequencies AS e,
                        caught_up AS f, jobs AS g, up AS h, down AS i, inconclusive AS j FROM tick ORDER BY id DESC LIMIT 1)
  UNION ALL SELECT 'loopback', token, message_id, sent_at, returned_at, send_error, NULL, NULL, NULL, NULL, NULL FROM (${LOOPBACKS})
  UNION ALL SELECT 'outbox', w.waiting, w.refused, c.waiting_count, c.throttled_count, s.at, c.aside_count,
                   (SELECT maintenance FROM instance WHERE id = 'main'), (${SUPPRESSIONS}),
                   (SELECT version FROM instance WHERE id = 'main'), (SELECT usage FROM tick ORDER BY id DESC LIMIT 1)
  FROM (${WAITING}) AS w, (${FAILED_MESSAGES}) AS s, (SELECT ${wanted === "all" ? COUNTS : NO_COUNTS}) AS c
  ${wanted === "all" ? ADMIN_PART : ""}`;

/** @param rows of `instanceSql` */
export function parseInstance(rows: readonly Row[]): InstanceView {
  const of = (kind: string, columns: string): Row[] =>
    rows
      .filter((row) => row["kind"] === kind)
      .map((row) =>
        Object.fromEntries(columns.split(" ").map((name, index) => [name, row["abcdefghij"[index] ?? ""]])),
      );
  const [tickRow] = of(
    "tick",
    "id scheduled_at started_at finished_at frequencies caught_up jobs up down inconclusive",
  );
  const tick = tickRow === undefined ? null : parseTick(tickRow);
  const [outbox] = of(
    "outbox",
    "oldest refused waiting throttled aside failed maintenance suppressions version usage",
  );
  const count = (name: string): number => numberOrNull(outbox?.[name]) ?? 0;
  return {
    version: count("version"),
    lastTick: tick instanceof ParseProblem ? null : tick,
    lastTickFinishedAtMs: numberOrNull(tickRow?.["finished_at"]),
    loopbacks: readable(of("loopback", "token message_id sent_at returned_at send_error"), parseLoopback),
    oldestWaitingAtMs: numberOrNull(outbox?.["oldest"]),
    oldestRefusedAtMs: numberOrNull(outbox?.["refused"]),
    lastFailedAtMs: numberOrNull(outbox?.["aside"]),
    outbox: { waiting: count("waiting"), throttled: count("throttled"), failed: count("failed") },
    gaps: readable(of("gap", "id frequency from_slot to_slot slots"), parseGap),
    loadErrors: readable(of("load_error", "name message"), parseLoadError),
    maintenance: maintenanceOf(outbox?.["maintenance"]),
    suppressions: suppressionsOf(outbox?.["suppressions"]),
    usage: parseUsage(outbox?.["usage"]) ?? undefined,
  };
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
