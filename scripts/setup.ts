/** `npm run setup`: asks for the settings, and tells what remains. Its parts are in scripts/setup/. */
import { failUsage, refuseTakenByNpm } from "./lib/cli.ts";
import { projectRoot } from "./lib/project.ts";
import { coloured, plain } from "./local/lines.ts";
import { readLines } from "./setup/line-reader.ts";
import { HELP, OPTIONS, parseSetupOptions, type SetupOptions } from "./setup/options.ts";
import { SetupFailure } from "./setup/project-files.ts";
import { ask, setAll, tellSteps, type Terminal } from "./setup/run.ts";

const inColour = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
const paint = inColour ? coloured : plain;
const terminal: Terminal = {
  paint,
  print: (text) => console.log(text),
  complain: (text) => console.error(process.stderr.isTTY ? paint("red", text) : text),
};

process.exitCode = await run(readOptions());

function readOptions(): SetupOptions {
  refuseTakenByNpm("setup", Object.keys(OPTIONS));
  try {
    return parseSetupOptions(process.argv.slice(2));
  } catch (error) {
    return failUsage(error, "npm run setup -- --help");
  }
}

async function run(options: SetupOptions): Promise<number> {
  try {
    switch (options.kind) {
      case "help":
        terminal.print(HELP);
        return 0;
      case "steps":
        await tellSteps(projectRoot, terminal);
        return 0;
      case "set":
        return await setAll(projectRoot, options.values, terminal);
      case "ask": {
        const lines = readLines(process.stdin, process.stdout, process.stdin.isTTY && process.stdout.isTTY);
        try {
          return await ask(projectRoot, options.all, lines, terminal);
        } finally {
          lines.close();
        }
      }
    }
  } catch (error) {
    if (!(error instanceof SetupFailure)) throw error;
    terminal.complain(`problem: ${error.message}`);
    return 1;
  }
}
