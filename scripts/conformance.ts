import { readText } from "./lib/read-text.ts";
import { parseArgs } from "node:util";
import { failUsage } from "./lib/cli.ts";
import { parseHistories, replayHistory } from "./lib/conformance.ts";

const HELP = `npm run conformance -- FILE

Replays histories of runs through Checker's decision code and compares every decision with the one that
FILE records: whether a failure or a recovery is told, and the state that is kept. The format is in
docs/reference/commands.md; test/fixtures/conformance/alerts.json is such a file.

Exit status: 0 all passed, 1 one failed or FILE cannot be read, 2 wrong use.`;

const path = readPath();
if (path === null) console.log(HELP);
else process.exitCode = await replayFile(path);

async function replayFile(file: string): Promise<number> {
  let histories;
  try {
    histories = parseHistories(JSON.parse(await readText(file)));
  } catch (error) {
    console.error(`${file} cannot be replayed: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  }
  let failed = 0;
  for (const [index, history] of histories.entries()) {
    const mismatch = replayHistory(history);
    if (mismatch === null) continue;
    failed += 1;
    console.log(
      `history ${index + 1} (${history.notifyOnFailureEvery}, ${history.numberFailuresBeforeNotification}): ${mismatch}`,
    );
  }
  console.log(`${histories.length - failed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

function readPath(): string | null {
  const usage = "npm run conformance -- --help";
  try {
    const { values, positionals } = parseArgs({
      options: { help: { type: "boolean" } },
      allowPositionals: true,
    });
    const [only] = positionals;
    if (values.help === true) return null;
    if (only === undefined || positionals.length > 1) throw new Error("Give one file of histories.");
    return only;
  } catch (error) {
    return failUsage(error, usage);
  }
}
