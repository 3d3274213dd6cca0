/** States of unsettled jobs, which stand together in the row of `shard`. */
import * as v from "valibot";
import type { JobState } from "../../domain/job-state.ts";
import type { Damage, TickCommit } from "../../domain/ports.ts";
import { count, json, keyOf, ParseProblem, time } from "./rows.ts";
import { parseState, stateColumns } from "./state-rows.ts";

type Row = Readonly<Record<string, unknown>>;

const COLUMNS = [
  "job",
  "succeeding",
  "failures",
  "first_failure_at",
  "last_notify_at",
  "told_condition",
  "status",
  "reason",
  "since",
  "inconclusive_runs",
  "inconclusive_told",
  "changes",
  "flapping_since",
  "held",
  "churn",
];

/** Null where there are none, as it mostly is. */
export function unsettledText({
  version,
  unsettled,
}: Pick<TickCommit, "version" | "unsettled">): string | null {
  if (unsettled.size === 0) return null;
  return JSON.stringify({ version: version + 1, jobs: [...unsettled].map(rowOf) });
}

function rowOf(entry: readonly [string, JobState]): Row {
  const row: Record<string, unknown> = {};
  stateColumns(entry).forEach((value, index) => (row[COLUMNS[index] ?? ""] = value));
  const [, { changesAtMs, churn }] = entry;
  return { ...row, changes: JSON.stringify(changesAtMs), summary: churn?.summary ?? null };
}

const UnsettledText = json(v.object({ version: count, jobs: v.array(v.looseObject({})) }));

const SummaryRow = v.object({
  fromMs: v.nullable(time),
  failures: count,
  recoveredAtMs: v.nullable(time),
  notices: count,
  firstNoticeAtMs: v.nullable(time),
});

/**
 * What cannot be read is damage, and the job's own row counts. What an older commit left behind is not read: a previous
 * version of the Worker has written newer rows since.
 */
export function unsettledOf(
  text: unknown,
  version: number,
  latestMs: number,
  damage: Damage[],
): ReadonlyMap<string, JobState> {
  if (text === null || text === undefined) return new Map();
  const result = v.safeParse(UnsettledText, text);
  if (!result.success) {
    damage.push({ table: "shard.unsettled", key: "main", problem: "unsettled: is no list of states" });
    return new Map();
  }
  if (result.output.version !== version) return new Map();
  return new Map(
    result.output.jobs.flatMap((row) => {
      const parsed = parseUnsettled(row, latestMs);
      if (!(parsed instanceof ParseProblem)) return [parsed];
      damage.push({ table: "shard.unsettled", key: keyOf(row["job"]), problem: parsed.text });
      return [];
    }),
  );
}

/** @param row as in the text */
export function parseUnsettled(row: Row, latestMs: number): readonly [string, JobState] | ParseProblem {
  const parsed = parseState(row, latestMs);
  if (parsed instanceof ParseProblem) return parsed;
  const [job, state] = parsed;
  const summary = v.safeParse(SummaryRow, row["summary"]);
  if (state.churn === null || !summary.success) return new ParseProblem("summary: is none");
  return [job, { ...state, churn: { ...state.churn, summary: summary.output } }];
}

/** SQL: job and state of each, as far as they can be read. */
export const UNSETTLED = `(
  SELECT live.value->>'job' AS job, live.value AS state FROM shard, json_each(
    CASE WHEN typeof(shard.unsettled) = 'text' AND json_valid(shard.unsettled) THEN
      CASE WHEN shard.unsettled->>'version' = shard.version THEN shard.unsettled END
    END, '$.jobs') AS live
  WHERE shard.id = 'main' AND live.type = 'object')`;
