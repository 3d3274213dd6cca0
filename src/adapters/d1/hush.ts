import * as v from "valibot";
import { NO_WORD, type OwnersWord } from "../../domain/hush.ts";
import type { OpenMaintenance } from "../../domain/maintenance.ts";
import { ALL_JOBS } from "./actions.ts";
import { json, ParseProblem, parseRow, readable, time } from "./rows.ts";

type Row = Readonly<Record<string, unknown>>;

/** The owner's word as one value, for a query that asks other things. */
export const HUSHES = `SELECT json_group_array(json_array(job, kind, until_at, failed_at)) FROM hush`;

const List = v.object({ hushes: json(v.array(v.array(v.unknown()))) });

/** Rows as `wordOf` takes them. */
export function hushesOf(text: unknown): readonly Row[] {
  const list = parseRow(List, { hushes: text });
  if (list instanceof ParseProblem) return [];
  return list.hushes.map(([name, kind, sent_at, returned_at]) => ({
    name,
    text: kind,
    sent_at,
    returned_at,
  }));
}

const HushRow = v.union([
  v.object({ name: v.string(), text: v.literal("silence"), sent_at: time, returned_at: v.null() }),
  v.object({ name: v.string(), text: v.literal("acknowledgement"), sent_at: v.null(), returned_at: time }),
]);

/**
 * A row that cannot be read keeps nothing back.
 *
 * @param rows with the names that the columns have in the view of a tick
 */
export function wordOf(rows: readonly Row[]): OwnersWord {
  if (rows.length === 0) return NO_WORD;
  const hushes = readable(rows, (row) => parseRow(HushRow, row));
  return {
    silences: hushes.flatMap(({ name, text, sent_at }) =>
      text === "silence" ? [{ job: name === ALL_JOBS ? null : name, untilMs: sent_at }] : [],
    ),
    acknowledgements: hushes.flatMap(({ name, text, returned_at }) =>
      text === "acknowledgement" ? [{ job: name, firstFailureAtMs: returned_at }] : [],
    ),
  };
}

const Maintenance = v.object({ open: json(v.array(v.tuple([time, time, v.array(v.string())]))) });

/** What cannot be read is none: it is written anew by the next tick. */
export function maintenanceOf(text: unknown): readonly OpenMaintenance[] {
  const list = parseRow(Maintenance, { open: text });
  if (list instanceof ParseProblem) return [];
  return list.open.map(([fromMs, untilMs, jobs]) => ({ fromMs, untilMs, jobs }));
}
