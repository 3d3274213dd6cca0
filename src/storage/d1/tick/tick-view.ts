import { latestPossible, type JobFrequency } from "../../../core/time/frequency.ts";
import type { SeriesBlock } from "../../../history/blocks.ts";
import { mergeCounters, type FailureCounters, type JobState } from "../../../alerting/job-state.ts";
import { MANUAL_RUNS, parseManualRuns } from "../admin/audit-log.ts";
import { CLAIMS } from "./claims.ts";
import { parseCrowded } from "../mail/message-rows.ts";
import { CROWDED } from "../mail/outbox.ts";
import { parseBlock, READ_BLOCKS } from "../history/rows.ts";
import { SUPPRESSIONS, suppressionsOf } from "../admin/suppressions.ts";
import {
  keyOf,
  parseCounts,
  MAX_COUNT,
  ParseProblem,
  parseClaim,
  parseLoadError,
  parseNotifiedLoadError,
  parseLoopback,
  parseTick,
  parseUsage,
  sound,
} from "../rows.ts";

import { parseState } from "./state-rows.ts";
import { parseUndelivered, UNDELIVERED_NOTIFICATIONS } from "../mail/undelivered.ts";
import { readChurning } from "./churning.ts";
import type { CorruptRow } from "../../../core/corrupt-row.ts";
import type { JobLoadError } from "../../../job-loading/load-error.ts";
import type { TickView } from "../../../scheduling/ports.ts";

type Row = Readonly<Record<string, unknown>>;

/** Probes that are looked at: nonsense and times to come sort above all others. */
const MAX_LOOPBACKS = 20;

/** The statements of one view, for one batch. What goes together is one statement, as each counts as a query. */
export function viewStatements(db: D1Database): D1PreparedStatement[] {
  return [
    db.prepare(
      `SELECT instance.version AS version, instance.failure_counters AS failure_counters, instance.churning AS churning, (SELECT max(id) FROM tick WHERE id <= ${MAX_COUNT}) AS newest,
              (${SUPPRESSIONS}) AS suppressions, (${MANUAL_RUNS}) AS manual_runs, (${UNDELIVERED_NOTIFICATIONS}) AS undelivered, (${CROWDED}) AS crowded, tick.*
       FROM (SELECT 1)
       LEFT JOIN instance ON instance.id = 'main' LEFT JOIN tick ON tick.id = (SELECT max(id) FROM tick)`,
    ),
    db.prepare(`SELECT * FROM job_state`),
    db.prepare(`SELECT * FROM frequency`),
    db.prepare(
      `SELECT 'load_error' AS kind, name, message, NULL AS message_id, NULL AS sent_at, NULL AS returned_at FROM load_error
       UNION ALL SELECT 'notified_load_error', name, message, NULL, absent_since, NULL FROM notified_load_error
       UNION ALL SELECT * FROM (
         SELECT 'loopback', token, NULL, message_id, sent_at, returned_at FROM loopback
         ORDER BY sent_at DESC LIMIT ${MAX_LOOPBACKS})`,
    ),
    db.prepare(READ_BLOCKS),
  ];
}

/**
 * @param results of `viewStatements`
 * @param nowMs by our own clock, Unix ms
 */
export function parseView(results: readonly D1Result<Row>[], nowMs: number): TickView {
  const [head = [], states = [], claims = [], others = [], blocks = []] = results.map(
    (result) => result.results,
  );
  const latestMs = latestPossible(nowMs);
  const of = (kind: string): Row[] => others.filter((row) => row["kind"] === kind);
  const damage: CorruptRow[] = [];
  const version = versionOf(head[0], damage);
  const churning = readChurning(head[0]?.["churning"], version, latestMs, damage);
  return {
    version,
    ...mergeCounters(
      new Map([...statesOf(states, latestMs, damage), ...churning]),
      countsOf(head[0], damage),
    ),
    churning,
    lastCompletedSlots: parseLastCompletedSlots(claims, latestMs, damage),
    usage: parseUsage(head[0]?.["usage"]),
    loadErrors: loadErrorsOf(of("load_error"), damage),
    notifiedLoadErrors: sound(
      of("notified_load_error"),
      { table: "notified_load_error", key: "name" },
      damage,
      parseNotifiedLoadError,
    ),
    blocks: blocksOf(blocks, damage),
    suppressions: suppressionsOf(head[0]?.["suppressions"], latestMs),
    manualRuns: parseManualRuns(head[0]?.["manual_runs"], latestMs),
    undelivered: parseUndelivered(head[0]?.["undelivered"]),
    crowded: parseCrowded(head[0]?.["crowded"]),
    newestBlock: typeof blocks[0]?.["newest"] === "number" ? blocks[0]["newest"] : 0,
    corruptRows: [
      ...damage,
      ...corruptTick(head[0], latestMs),
      ...corruptLoopbacks(of("loopback"), latestMs),
    ],
  };
}

/** The number of the newest commit. Ticks bear it too, so that it can be had where it is damaged. */
function versionOf(row: Row | undefined, damage: CorruptRow[]): number {
  const newest = typeof row?.["newest"] === "number" ? row["newest"] : 0;
  const version = row?.["version"];
  const sound =
    typeof version === "number" && Number.isInteger(version) && version >= newest && version < MAX_COUNT;
  if (sound) return version;
  damage.push({ table: "instance", key: "main", problem: "version is not the number of the newest commit" });
  return newest;
}

/** Where it is damaged the states' own counts stand, which are older. */
function countsOf(row: Row | undefined, damage: CorruptRow[]): FailureCounters {
  const counts = parseCounts(row?.["failure_counters"]);
  if (!(counts instanceof ParseProblem)) return counts;
  damage.push({ table: "instance.failure_counters", key: "main", problem: counts.text });
  return new Map();
}

function statesOf(
  rows: readonly Row[],
  latestMs: number,
  damage: CorruptRow[],
): ReadonlyMap<string, JobState> {
  return new Map(sound(rows, { table: "job_state", key: "job" }, damage, (row) => parseState(row, latestMs)));
}

function parseLastCompletedSlots(
  rows: readonly Row[],
  latestMs: number,
  damage: CorruptRow[],
): ReadonlyMap<JobFrequency, number> {
  const claims = sound(rows, CLAIMS, damage, (row) => parseClaim(row, latestMs));
  return new Map(claims.map(({ name, doneMs }) => [name, doneMs]));
}

function loadErrorsOf(rows: readonly Row[], damage: CorruptRow[]): readonly JobLoadError[] {
  return sound(rows, { table: "load_error", key: "name" }, damage, parseLoadError);
}

function blocksOf(rows: readonly Row[], damage: CorruptRow[]): readonly SeriesBlock[] {
  // Where there is no lane yet, the one row says only that no lane was ever closed.
  const blocks = rows.filter((row) => row["id"] !== null);
  return sound(blocks, { table: "block", key: "id" }, damage, parseBlock);
}

/** Of the newest alone, which `/status` is made from. */
function corruptTick(row: Row | undefined, latestMs: number): CorruptRow[] {
  if (row === undefined || row["id"] === null) return [];
  const tick = parseTick(row);
  const key = keyOf(row["id"]);
  if (tick instanceof ParseProblem) return [{ table: "tick", key, problem: tick.text }];
  if (tick.finishedAtMs <= latestMs) return [];
  return [{ table: "tick", key, problem: "finished_at lies in the future" }];
}

/** None of them proves anything; one in times to come would keep new ones from being mailed. */
function corruptLoopbacks(rows: readonly Row[], latestMs: number): CorruptRow[] {
  return rows.flatMap((row) => {
    const probe = parseLoopback({ ...row, token: row["name"], send_error: null });
    const key = keyOf(row["name"]);
    if (probe instanceof ParseProblem) return [{ table: "loopback", key, problem: probe.text }];
    if (probe.sentAtMs <= latestMs) return [];
    return [{ table: "loopback", key, problem: "sent_at lies in the future" }];
  });
}
