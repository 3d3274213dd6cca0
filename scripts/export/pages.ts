import { parseSeries } from "../../src/storage/d1/history/rows.ts";
import { MAX_BLOCK } from "../../src/storage/d1/history/keys.ts";
import { ParseProblem } from "../../src/storage/d1/rows.ts";
import type { Series } from "../../src/history/blocks.ts";
import { ROLLUP_BYTES } from "../../src/history/rollup.ts";
import { BYTES_PER_SAMPLE } from "../../src/history/sample.ts";
import { ExportFailure, type Database } from "./database.ts";
import type { Cell } from "./format.ts";
import {
  linesOfIncident,
  linesOfRollup,
  linesOfSample,
  type CorruptRow,
  type Places,
  type Row,
  type What,
} from "./lines.ts";
import * as statements from "./statements.ts";

export interface Wanted {
  readonly what: What;
  /** Unix ms. */
  readonly fromMs: number;
  /** Exclusive, Unix ms; Infinity for all. */
  readonly toMs: number;
  /** Name or state name; null for all. */
  readonly job: string | null;
}

export type Lines = readonly (readonly Cell[])[];

/** Most rows of a page, where they are short: records that are damaged may be longer. */
const MAX_ROWS = 4_000;
/** Characters around a row's data in wrangler's JSON. */
const ROW_OVERHEAD = 100;
/** Texts of incidents have no bound of ours. */
const INCIDENT_ROWS = 200;

/**
 * The lines that are wanted, those of one record at a time. Never more than one page of records is held.
 *
 * @throws ExportFailure where there is no history, or none of that job
 */
export async function* readLines(
  database: Database,
  wanted: Wanted,
  damage: CorruptRow,
): AsyncGenerator<Lines, void, undefined> {
  await requireHistory(database, wanted.job);
  if (wanted.what === "incidents") {
    yield* readIncidents(database, wanted, damage);
    return;
  }
  for (const { block } of await database.query(statements.blocksOf(wanted.job))) {
    if (typeof block === "number" && block >= 1 && block <= MAX_BLOCK) {
      yield* readBlock(database, block, { ...wanted, what: wanted.what }, damage);
    } else damage.rows++;
  }
}

async function requireHistory(database: Database, job: string | null): Promise<void> {
  const [tables] = await database.query(statements.TABLES);
  const [any] = tables?.["there"] === 5 ? await database.query(statements.someHistory(null)) : [];
  if (any?.["there"] !== 1) {
    throw new ExportFailure(`There is no history in ${database.name} yet: it begins with the first tick.`);
  }
  if (job === null) return;
  const [own] = await database.query(statements.someHistory(job));
  if (own?.["there"] === 1) return;
  const similar = await database.query(statements.similarJobs(job));
  const names = similar.map(({ name }) => JSON.stringify(name)).join(", ");
  const hint = similar.length === 0 ? "" : ` There ${similar.length === 1 ? "is" : "are"}: ${names}`;
  throw new ExportFailure(`No job of the history has the name ${JSON.stringify(job)}.${hint}`);
}

type Records = Exclude<What, "incidents">;

async function* readBlock(
  database: Database,
  block: number,
  { what, fromMs, toMs, job }: Wanted & { readonly what: Records },
  damage: CorruptRow,
): AsyncGenerator<Lines, void, undefined> {
  const places = placesOf(await database.query(statements.seriesOf(block, job)), job === null, damage);
  if (places.count === 0) return;
  const range = statements.keyRange(block, fromMs, toMs);
  // Two hexadecimal digits a byte.
  const rowLength = ROW_OVERHEAD + 2 * places.width * (what === "samples" ? BYTES_PER_SAMPLE : ROLLUP_BYTES);
  const limit = Math.max(1, Math.min(MAX_ROWS, Math.floor(database.pageLength / rowLength)));
  let from = range.from;
  while (from < range.to) {
    const rest = { ...range, from };
    const rows = await database.query(
      what === "samples"
        ? statements.samplePage(rest, places, limit)
        : statements.rollupPage(what, rest, places, limit),
    );
    for (const row of rows) {
      yield what === "samples"
        ? linesOfSample(row, places, damage)
        : linesOfRollup(row, what, places, damage);
    }
    if (rows.length < limit) return;
    from = Number(rows.at(-1)?.["id"]) + 1;
  }
}

/** @param isWhole whether these are all rows of the lane */
function placesOf(rows: readonly Row[], isWhole: boolean, damage: CorruptRow): Places {
  const series = new Map<number, Series>();
  for (const row of rows) {
    const one = parseSeries(row);
    if (one instanceof ParseProblem) damage.rows++;
    else series.set(one.position, one);
  }
  const positions = [...series.keys()];
  const [first, last] = [Math.min(...positions), Math.max(...positions)];
  if (isWhole) {
    const width = positions.length === 0 ? statements.MAX_PLACES : last + 1;
    return { first: 0, count: statements.MAX_PLACES, width, series, isWhole };
  }
  const count = positions.length === 0 ? 0 : last - first + 1;
  return { first, count, width: count, series, isWhole };
}

async function* readIncidents(
  database: Database,
  { fromMs, toMs, job }: Wanted,
  damage: CorruptRow,
): AsyncGenerator<Lines, void, undefined> {
  let after: statements.IncidentWindow["after"] = null;
  for (;;) {
    const page = statements.incidentPage({ fromMs, toMs, job, after }, INCIDENT_ROWS);
    const rows = await database.query(page);
    for (const row of rows) yield linesOfIncident(row, damage);
    const last = rows.at(-1);
    if (last === undefined || rows.length < INCIDENT_ROWS) break;
    after = { fromMs: Number(last["from_at"]), cursor: String(last["cursor"]) };
  }
  // In no window that was asked for, so only where all of it was.
  if (fromMs > 0 || toMs < Infinity || job !== null) return;
  const [timeless] = await database.query(statements.TIMELESS_INCIDENTS);
  damage.rows += Number(timeless?.["rows"]);
}
