import { latestPossible, type JobFrequency } from "../../domain/frequency.ts";
import type { Lane } from "../../domain/history/lanes.ts";
import { withCounts, type FailureCounts, type JobState } from "../../domain/job-state.ts";
import type { Damage, JobFault, TickView } from "../../domain/ports.ts";
import { ASKED, askedOf } from "./actions.ts";
import { CLAIMS } from "./claims.ts";
import { parseCrowded } from "./message-rows.ts";
import { CROWDED } from "./outbox.ts";
import { parseLane, READ_LANES } from "./history-rows.ts";
import { HUSHES, wordOf } from "./hush.ts";
import {
  keyOf,
  parseCounts,
  MAX_COUNT,
  ParseProblem,
  parseClaim,
  parseFault,
  parseFaultNotice,
  parseProbe,
  parseTick,
  parseUsage,
  sound,
} from "./rows.ts";

import { parseState } from "./state-rows.ts";
import { parseUnreached, UNREACHED } from "./unreached.ts";
import { unsettledOf } from "./unsettled.ts";

type Row = Readonly<Record<string, unknown>>;

/** Probes that are looked at: nonsense and times to come sort above all others. */
const MAX_PROBES = 20;

/** The statements of one view, for one batch. What goes together is one statement, as each counts as a query. */
export function viewStatements(db: D1Database): D1PreparedStatement[] {
  return [
    db.prepare(
      `SELECT shard.version AS version, shard.counts AS counts, shard.unsettled AS unsettled, (SELECT max(id) FROM tick WHERE id <= ${MAX_COUNT}) AS newest,
              (${HUSHES}) AS hushes, (${ASKED}) AS asked, (${UNREACHED}) AS unreached, (${CROWDED}) AS crowded, tick.*
       FROM (SELECT 1)
       LEFT JOIN shard ON shard.id = 'main' LEFT JOIN tick ON tick.id = (SELECT max(id) FROM tick)`,
    ),
    db.prepare(`SELECT * FROM job_state`),
    db.prepare(`SELECT * FROM frequency`),
    db.prepare(
      `SELECT 'job_fault' AS kind, name, text, NULL AS message_id, NULL AS sent_at, NULL AS returned_at FROM job_fault
       UNION ALL SELECT 'fault_notice', name, text, NULL, absent_since, NULL FROM fault_notice
       UNION ALL SELECT * FROM (
         SELECT 'probe', token, NULL, message_id, sent_at, returned_at FROM probe
         ORDER BY sent_at DESC LIMIT ${MAX_PROBES})`,
    ),
    db.prepare(READ_LANES),
  ];
}

/**
 * @param results of `viewStatements`
 * @param nowMs by our own clock, Unix ms
 */
export function parseView(results: readonly D1Result<Row>[], nowMs: number): TickView {
  const [head = [], states = [], claims = [], others = [], lanes = []] = results.map(
    (result) => result.results,
  );
  const latestMs = latestPossible(nowMs);
  const of = (kind: string): Row[] => others.filter((row) => row["kind"] === kind);
  const damage: Damage[] = [];
  const version = versionOf(head[0], damage);
  const unsettled = unsettledOf(head[0]?.["unsettled"], version, latestMs, damage);
  return {
    version,
    ...withCounts(new Map([...statesOf(states, latestMs, damage), ...unsettled]), countsOf(head[0], damage)),
    unsettled,
    doneSlots: doneSlotsOf(claims, latestMs, damage),
    usage: parseUsage(head[0]?.["usage"]),
    faults: faultsOf(of("job_fault"), damage),
    faultNotices: sound(of("fault_notice"), { table: "fault_notice", key: "name" }, damage, parseFaultNotice),
    lanes: lanesOf(lanes, damage),
    word: wordOf(head[0]?.["hushes"], latestMs),
    asked: askedOf(head[0]?.["asked"], latestMs),
    unreached: parseUnreached(head[0]?.["unreached"]),
    crowded: parseCrowded(head[0]?.["crowded"]),
    newestLane: typeof lanes[0]?.["newest"] === "number" ? lanes[0]["newest"] : 0,
    damage: [...damage, ...damagedTick(head[0], latestMs), ...damagedProbes(of("probe"), latestMs)],
  };
}

/** The number of the newest commit. Ticks bear it too, so that it can be had where it is damaged. */
function versionOf(row: Row | undefined, damage: Damage[]): number {
  const newest = typeof row?.["newest"] === "number" ? row["newest"] : 0;
  const version = row?.["version"];
  const sound =
    typeof version === "number" && Number.isInteger(version) && version >= newest && version < MAX_COUNT;
  if (sound) return version;
  damage.push({ table: "shard", key: "main", problem: "version is not the number of the newest commit" });
  return newest;
}

/** Where it is damaged the states' own counts stand, which are older. */
function countsOf(row: Row | undefined, damage: Damage[]): FailureCounts {
  const counts = parseCounts(row?.["counts"]);
  if (!(counts instanceof ParseProblem)) return counts;
  damage.push({ table: "shard.counts", key: "main", problem: counts.text });
  return new Map();
}

function statesOf(rows: readonly Row[], latestMs: number, damage: Damage[]): ReadonlyMap<string, JobState> {
  return new Map(sound(rows, { table: "job_state", key: "job" }, damage, (row) => parseState(row, latestMs)));
}

function doneSlotsOf(
  rows: readonly Row[],
  latestMs: number,
  damage: Damage[],
): ReadonlyMap<JobFrequency, number> {
  const claims = sound(rows, CLAIMS, damage, (row) => parseClaim(row, latestMs));
  return new Map(claims.map(({ name, doneMs }) => [name, doneMs]));
}

function faultsOf(rows: readonly Row[], damage: Damage[]): readonly JobFault[] {
  return sound(rows, { table: "job_fault", key: "name" }, damage, parseFault);
}

function lanesOf(rows: readonly Row[], damage: Damage[]): readonly Lane[] {
  // Where there is no lane yet, the one row says only that no lane was ever closed.
  const lanes = rows.filter((row) => row["id"] !== null);
  return sound(lanes, { table: "lane", key: "id" }, damage, parseLane);
}

/** Of the newest alone, which `/status` is made from. */
function damagedTick(row: Row | undefined, latestMs: number): Damage[] {
  if (row === undefined || row["id"] === null) return [];
  const tick = parseTick(row);
  const key = keyOf(row["id"]);
  if (tick instanceof ParseProblem) return [{ table: "tick", key, problem: tick.text }];
  if (tick.finishedAtMs <= latestMs) return [];
  return [{ table: "tick", key, problem: "finished_at lies in the future" }];
}

/** None of them proves anything; one in times to come would keep new ones from being mailed. */
function damagedProbes(rows: readonly Row[], latestMs: number): Damage[] {
  return rows.flatMap((row) => {
    const probe = parseProbe({ ...row, token: row["name"], send_error: null });
    const key = keyOf(row["name"]);
    if (probe instanceof ParseProblem) return [{ table: "probe", key, problem: probe.text }];
    if (probe.sentAtMs <= latestMs) return [];
    return [{ table: "probe", key, problem: "sent_at lies in the future" }];
  });
}
