/** States of unsettled jobs, which stand together in the row of `shard`. */
import * as v from "valibot";
import type { JobState } from "../../../alerting/job-state.ts";
import { count, json, keyOf, ParseProblem, time } from "../rows.ts";
import { parseState, stateColumns } from "./state-rows.ts";
import type { CorruptRow } from "../../../core/corrupt-row.ts";
import type { TickCommit } from "../../../scheduling/ports.ts";

type Row = Readonly<Record<string, unknown>>;

const COLUMNS = [
  "job",
  "succeeding",
  "failures",
  "first_failure_at",
  "last_notified_at",
  "last_notified_failure_kind",
  "status",
  "reason",
  "since",
  "inconclusive_runs",
  "inconclusive_notified",
  "changes",
  "flapping_since",
  "suppressed",
  "churn",
];

/** Null where there are none, as it mostly is. */
export function churningText({ version, churning }: Pick<TickCommit, "version" | "churning">): string | null {
  if (churning.size === 0) return null;
  return JSON.stringify({ version: version + 1, jobs: [...churning].map(rowOf) });
}

function rowOf(entry: readonly [string, JobState]): Row {
  const row: Record<string, unknown> = {};
  stateColumns(entry).forEach((value, index) => (row[COLUMNS[index] ?? ""] = value));
  const [, { changesAtMs, churn }] = entry;
  return { ...row, changes: JSON.stringify(changesAtMs), summary: churn?.summary ?? null };
}

const ChurningText = json(v.object({ version: count, jobs: v.array(v.looseObject({})) }));

const SummaryRow = v.object({
  fromMs: v.nullable(time),
  failures: count,
  recoveredAtMs: v.nullable(time),
  notifications: count,
  firstNotifiedAtMs: v.nullable(time),
});

/**
 * What cannot be read is damage, and the job's own row counts. What an older commit left behind is not read: a previous
 * version of the Worker has written newer rows since.
 */
export function readChurning(
  text: unknown,
  version: number,
  latestMs: number,
  damage: CorruptRow[],
): ReadonlyMap<string, JobState> {
  if (text === null || text === undefined) return new Map();
  const result = v.safeParse(ChurningText, text);
  if (!result.success) {
    damage.push({ table: "instance.churning", key: "main", problem: "churning: is no list of states" });
    return new Map();
  }
  if (result.output.version !== version) return new Map();
  return new Map(
    result.output.jobs.flatMap((row) => {
      const parsed = parseChurning(row, latestMs);
      if (!(parsed instanceof ParseProblem)) return [parsed];
      damage.push({ table: "instance.churning", key: keyOf(row["job"]), problem: parsed.text });
      return [];
    }),
  );
}

/** @param row as in the text */
export function parseChurning(row: Row, latestMs: number): readonly [string, JobState] | ParseProblem {
  const parsed = parseState(row, latestMs);
  if (parsed instanceof ParseProblem) return parsed;
  const [job, state] = parsed;
  const summary = v.safeParse(SummaryRow, row["summary"]);
  if (state.churn === null || !summary.success) return new ParseProblem("summary: is none");
  return [job, { ...state, churn: { ...state.churn, summary: summary.output } }];
}

/** SQL: job and state of each, as far as they can be read. */
export const CHURNING = `(
  SELECT live.value->>'job' AS job, live.value AS state FROM instance, json_each(
    CASE WHEN typeof(instance.churning) = 'text' AND json_valid(instance.churning) THEN
      CASE WHEN instance.churning->>'version' = instance.version THEN instance.churning END
    END, '$.jobs') AS live
  WHERE instance.id = 'main' AND live.type = 'object')`;
