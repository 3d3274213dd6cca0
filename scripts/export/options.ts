import { parseArgs } from "node:util";
import { DEFAULT_STATE } from "../local/options.ts";
import type { Format } from "./format.ts";
import type { What } from "./lines.ts";

export const HELP = `npm run --silent export -- --what hourly > history.csv

Writes the history, line by line, from the database of npm start or of the deployed Worker. Reads only, and may
run while Checker does. Without --silent npm writes lines of its own before it.

  --what WHAT      samples (each run; the default), hourly or daily (counts and latencies of an hour or a day),
                   incidents
  --format FORMAT  csv (RFC 4180, with a line of names; the default) or ndjson (a JSON object a line)
  --from DATE      2026-11-23, or 2026-11-23T08:30Z; UTC. All that is kept unless given
  --to DATE        until before it. Of hours, days and incidents the beginning counts
  --job NAME       the job with this name or state name alone, wherever it was
  --remote         the deployed Worker's database, through wrangler, a page after the other
  --state DIR      the folder of npm start; ${DEFAULT_STATE} unless given
  --output FILE    write there, and not to standard output; the file appears once it is whole
  --raw            CSV: leave texts alone that begin with = + - @, a tab or a return. Without it a ' is put before
                   them, as a spreadsheet would run them as a formula
  --help           show this

Samples are runs that were recorded: a slot that was owed and not run is no line (hourly and daily count it as
missed). What is newer than the last full hour or day is in the samples alone. Lines come lane by lane, each from old
to new, which is how they are stored; incidents from old to new. Latencies are whole ms.
What is damaged is left out, and counted on standard error.

Exit status: 0 done, or the reader went away; 1 it could not be read or written; 2 wrong use.`;

export interface ExportOptions {
  readonly what: What;
  readonly format: Format;
  /** Unix ms. */
  readonly fromMs: number;
  /** Exclusive, Unix ms; Infinity for all. */
  readonly toMs: number;
  /** Null for all. */
  readonly job: string | null;
  readonly remote: boolean;
  /** Folder as given, relative to the project's. */
  readonly state: string;
  /** Null for standard output. */
  readonly output: string | null;
  readonly raw: boolean;
}

const OPTIONS = {
  what: { type: "string", default: "samples" },
  format: { type: "string", default: "csv" },
  from: { type: "string" },
  to: { type: "string" },
  job: { type: "string" },
  remote: { type: "boolean", default: false },
  state: { type: "string" },
  output: { type: "string" },
  raw: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

/**
 * @param args what follows the script's name
 * @param env where npm leaves the options that it kept for itself
 * @returns null where help is wanted
 * @throws Error that says what is wrong
 */
export function parseExportOptions(args: readonly string[], env: NodeJS.ProcessEnv): ExportOptions | null {
  for (const name of Object.keys(OPTIONS)) {
    const kept = env[`npm_config_${name}`];
    if (kept === undefined || name === "help") continue;
    const option = kept === "true" || kept === "" ? `--${name}` : `--${name} ${kept}`;
    throw new Error(`npm kept --${name} for itself; put -- before it: npm run export -- ${option}`);
  }
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return null;
  if (values.remote && values.state !== undefined) {
    throw new Error("--remote and --state are two databases; give one of them");
  }
  const fromMs = values.from === undefined ? 0 : timeOf("from", values.from);
  const toMs = values.to === undefined ? Infinity : timeOf("to", values.to);
  if (fromMs >= toMs) throw new Error("--from is not before --to, so there is nothing between them");
  return {
    what: oneOf("what", values.what, ["samples", "hourly", "daily", "incidents"]),
    format: oneOf("format", values.format, ["csv", "ndjson"]),
    fromMs,
    toMs,
    job: filled("job", values.job),
    remote: values.remote,
    state: filled("state", values.state) ?? DEFAULT_STATE,
    output: filled("output", values.output),
    raw: values.raw,
  };
}

function oneOf<Value extends string>(name: string, text: string, values: readonly Value[]): Value {
  const value = values.find((one) => one === text);
  if (value !== undefined) return value;
  throw new Error(`--${name} is ${JSON.stringify(text)}; give one of ${values.join(", ")}`);
}

function filled(name: string, text: string | undefined): string | null {
  if (text === undefined) return null;
  if (text.trim() !== "") return text;
  throw new Error(`--${name} is empty`);
}

function timeOf(name: string, text: string): number {
  const [, day, clock] = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(?::\d\d)?)?Z?$/.exec(text) ?? [];
  const atMs = Date.parse(`${day}${clock ?? "T00:00"}Z`);
  // The 30th of February would be read as a day of March.
  if (atMs >= 0 && new Date(atMs).toISOString().startsWith(`${day}${clock ?? ""}`)) return atMs;
  throw new Error(
    `--${name} is ${JSON.stringify(text)}; give a day such as 2026-11-23, or a time such as 2026-11-23T08:30Z, UTC`,
  );
}
