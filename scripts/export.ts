/** `npm run export`: history as CSV or NDJSON. Its parts are in scripts/export/. */
import { resolve } from "node:path";
import { plural } from "../src/core/text.ts";
import { ExportFailure } from "./export/database.ts";
import { formatLine, headOf } from "./export/format.ts";
import { COLUMNS, CorruptRow } from "./export/lines.ts";
import { openLocalDatabase } from "./export/local-database.ts";
import { HELP, parseExportOptions, type ExportOptions } from "./export/options.ts";
import { readLines } from "./export/pages.ts";
import { remoteDatabase } from "./export/remote-database.ts";
import { writeToFile, writeToStream } from "./export/write-out.ts";
import { failUsage } from "./lib/cli.ts";
import { projectRoot } from "./lib/project.ts";

const options = readOptions();
if (options === null) console.log(HELP);
else process.exitCode = await run(options);

function readOptions(): ExportOptions | null {
  try {
    return parseExportOptions(process.argv.slice(2), process.env);
  } catch (error) {
    return failUsage(error, "npm run export -- --help");
  }
}

async function run(wanted: ExportOptions): Promise<number> {
  const damage = new CorruptRow();
  let lines = 0;
  async function* chunks(): AsyncGenerator<string, void, undefined> {
    const { what, format, raw } = wanted;
    const columns = COLUMNS[what];
    const database = wanted.remote
      ? remoteDatabase(projectRoot)
      : openLocalDatabase(resolve(projectRoot, wanted.state), wanted.state);
    try {
      let head = headOf(columns, format);
      for await (const record of readLines(database, wanted, damage)) {
        lines += record.length;
        const text = head + record.map((cells) => formatLine(columns, cells, format, raw)).join("");
        head = "";
        if (text !== "") yield text;
      }
      if (head !== "") yield head;
    } finally {
      database.close();
    }
  }
  try {
    if (wanted.output === null) {
      if (!(await writeToStream(chunks(), process.stdout))) return 0;
    } else {
      await writeToFile(chunks(), wanted.output);
      console.error(`${plural(lines, "line")} in ${wanted.output}`);
    }
  } catch (error) {
    if (!(error instanceof ExportFailure)) throw error;
    console.error(error.message);
    return 1;
  }
  if (damage.rows + damage.values > 0) {
    console.error(
      `note: left out as damaged: ${plural(damage.rows, "row")}, ${plural(damage.values, "value")} of other rows`,
    );
  }
  return 0;
}
