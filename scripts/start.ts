/** `npm start`: Checker on this machine. Its parts are in scripts/local/. */
import { dirname } from "node:path";
import { coloured, plain } from "./local/lines.ts";
import { HELP, parseStartOptions } from "./local/options.ts";
import { run } from "./local/run.ts";

const parsed = parseStartOptions(process.argv.slice(2), {
  port: process.env["npm_config_port"],
  state: process.env["npm_config_state"],
});
switch (parsed.kind) {
  case "help":
    console.log(HELP);
    break;
  case "error":
    console.error(parsed.text);
    process.exitCode = 2;
    break;
  case "start": {
    // For all that wrangler and the runtime write as well: state, mail and logs are the owner's.
    process.umask(0o077);
    const inColour = process.stdout.isTTY && (process.env["NO_COLOR"] ?? "") === "";
    const terminal = {
      paint: inColour ? coloured : plain,
      print: (text: string) => {
        console.log(text);
      },
    };
    const exitCode = await run(parsed.options, dirname(import.meta.dirname), terminal);
    // Events may still be under way whose answers nobody waits for any more.
    process.exit(exitCode);
  }
}
