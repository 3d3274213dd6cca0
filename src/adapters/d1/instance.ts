import type { InstanceView } from "../../domain/instance-status.ts";
import { HUSHES, maintenanceOf, wordOf } from "./hush.ts";
import { ParseProblem, parseFault, parseGap, parseProbe, parseTick, readable } from "./rows.ts";

type Row = Readonly<Record<string, unknown>>;

/** What cannot be one is left out: it would be the newest for ever. */
export const PROBES = `
  SELECT p.token, p.message_id, p.sent_at, p.returned_at,
         CASE WHEN m.accepted_at IS NULL THEN coalesce(m.last_error_code || ': ', '') || m.last_error END AS send_error
  FROM probe AS p LEFT JOIN message AS m ON m.id = p.message_id
  WHERE typeof(p.sent_at) = 'integer'
  ORDER BY p.sent_at DESC LIMIT ?1`;

/**
 * A time that is none must not hide that something waits, or was set aside. What is held for the limit of mails an hour
 * is no trouble with mail. An attempt that is under way was not refused: it counts in `unfinished` as well.
 */
export const WAITING = `
  SELECT min(at) FILTER (WHERE held = 0) AS waiting, min(at) FILTER (WHERE held = 0 AND attempts > unfinished) AS refused,
         count(*) FILTER (WHERE held = 0) AS waiting_count, count(*) FILTER (WHERE held <> 0) AS held_count
  FROM (SELECT iif(typeof(decided_at) = 'integer', decided_at, 0) AS at, attempts, unfinished, held
        FROM message WHERE closed = 0 AND token IS NULL)`;

export const SET_ASIDE = `
  SELECT max(iif(typeof(set_aside_at) = 'integer', set_aside_at, ${Number.MAX_SAFE_INTEGER})) AS at, count(*) AS count
  FROM message WHERE set_aside_at IS NOT NULL`;

/** Gaps and faults that are told of: more would hide the rest. */
const MAX_GAPS = 5;
const MAX_FAULTS = 50;

/** Everything that an instance knows of itself: one query, as each counts. D1 takes five SELECTs in one, and no more. */
export const INSTANCE = `
  SELECT * FROM (SELECT 'tick' AS kind, id AS a, scheduled_at AS b, started_at AS c, finished_at AS d, frequencies AS e,
                        caught_up AS f, jobs AS g, up AS h, down AS i, inconclusive AS j FROM tick ORDER BY id DESC LIMIT 1)
  UNION ALL SELECT 'probe', token, message_id, sent_at, returned_at, send_error, NULL, NULL, NULL, NULL, NULL FROM (${PROBES})
  UNION ALL SELECT 'outbox', w.waiting, w.refused, w.waiting_count, w.held_count, s.at, s.count,
                   (SELECT maintenance FROM shard WHERE id = 'main'), (${HUSHES}),
                   (SELECT version FROM shard WHERE id = 'main'), NULL
  FROM (${WAITING}) AS w, (${SET_ASIDE}) AS s
  UNION ALL SELECT * FROM (SELECT 'gap', id, frequency, from_slot, to_slot, slots, NULL, NULL, NULL, NULL, NULL
                           FROM gap WHERE frequency = 'MINUTE' ORDER BY id DESC LIMIT ${MAX_GAPS})
  UNION ALL SELECT * FROM (SELECT 'fault', name, text, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
                           FROM job_fault ORDER BY name LIMIT ${MAX_FAULTS})`;

/** @param rows of `INSTANCE` */
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
  const [outbox] = of("outbox", "oldest refused waiting held aside setAside maintenance hushes version");
  const count = (name: string): number => numberOrNull(outbox?.[name]) ?? 0;
  return {
    version: count("version"),
    lastTick: tick instanceof ParseProblem ? null : tick,
    lastTickFinishedAtMs: numberOrNull(tickRow?.["finished_at"]),
    probes: readable(of("probe", "token message_id sent_at returned_at send_error"), parseProbe),
    oldestWaitingAtMs: numberOrNull(outbox?.["oldest"]),
    oldestRefusedAtMs: numberOrNull(outbox?.["refused"]),
    lastSetAsideAtMs: numberOrNull(outbox?.["aside"]),
    outbox: { waiting: count("waiting"), held: count("held"), setAside: count("setAside") },
    gaps: readable(of("gap", "id frequency from_slot to_slot slots"), parseGap),
    faults: readable(of("fault", "name text"), parseFault),
    maintenance: maintenanceOf(outbox?.["maintenance"]),
    word: wordOf(outbox?.["hushes"]),
  };
}

export function numberOrNull(value: unknown): number | null {
  return typeof value === "number" ? value : null;
}
