import * as v from "valibot";
import type { UndeliveredNotification } from "../../../alerting/undelivered.ts";
import { json, ParseProblem, parseRow, time } from "../rows.ts";

/** Given up messages that are looked through, the newest: there are none as long as all goes well. */
const MAX_MESSAGES = 50;

/**
 * Jobs of which every message about their last notification was given up, as one JSON text. A message that was dropped or is too
 * old to be kept is not counted as given up: somebody knows of it.
 */
export const UNDELIVERED_NOTIFICATIONS = `
  SELECT json_group_array(json_array(job, at, json(recipients))) FROM (
    SELECT d.job, d.at, (
      SELECT json_group_array(m.recipient) FROM json_each(d.messages) AS one JOIN message AS m ON m.id = one.value
      WHERE typeof(m.recipient) = 'text') AS recipients
    FROM (
      SELECT DISTINCT item.value->>'jobKey' AS job
      FROM (SELECT items FROM message WHERE failed_at IS NOT NULL ORDER BY failed_at DESC LIMIT ${MAX_MESSAGES}) AS m
      JOIN json_each(iif(typeof(m.items) = 'text' AND json_valid(m.items), m.items, '[]')) AS item
      WHERE item.type = 'object' AND iif(item.type = 'object', item.value->>'kind', '') IN ('failure', 'flapping', 'inconclusive')
    ) AS failed
    JOIN decision AS d ON d.job = failed.job AND d.at = (
      SELECT last.at FROM decision AS last WHERE last.job = failed.job AND last.notification IS NOT NULL ORDER BY last.at DESC LIMIT 1)
    WHERE d.notification <> 'recovery' AND typeof(d.at) = 'integer'
      AND json_array_length(iif(typeof(d.messages) = 'text' AND json_valid(d.messages), d.messages, '[]')) > 0
      AND NOT EXISTS (
        SELECT 1 FROM json_each(d.messages) AS one LEFT JOIN message AS m ON m.id = one.value WHERE m.failed_at IS NULL))`;

const Column = v.object({ undelivered: json(v.array(v.tuple([v.string(), time, v.array(v.string())]))) });

/** What cannot be read was notified. */
export function parseUndelivered(text: unknown): readonly UndeliveredNotification[] {
  const parsed = parseRow(Column, { undelivered: text });
  if (parsed instanceof ParseProblem) return [];
  return parsed.undelivered.map(([job, atMs, recipients]) => ({ jobKey: job, atMs, recipients }));
}
