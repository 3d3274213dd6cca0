import { parseArgs, type ParseArgsConfig } from "node:util";

/** Ends the process as a wrong use: says what was wrong and where help is, and exits with 2. */
export function failUsage(error: unknown, help: string): never {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(`Try: ${help}`);
  process.exit(2);
}

/**
 * Without "--" before it npm keeps an option for itself, and the script would do what was not asked for. One that
 * is given rightly as well may be set in npm's own settings, where some have the same names.
 */
export function refuseTakenByNpm(script: string, options: readonly string[]): void {
  for (const option of options) {
    const kept = process.env[`npm_config_${option.replaceAll("-", "_")}`] ?? "";
    if (kept === "" || kept === "false" || process.argv.includes(`--${option}`)) continue;
    const text = `npm kept --${option} for itself; put -- before it: npm run ${script} -- --${option}`;
    failUsage(text, `npm run ${script} -- --help`);
  }
}

type Options = NonNullable<ParseArgsConfig["options"]>;

/**
 * The options of a command that takes nothing else.
 *
 * @param args what follows the script's name
 * @throws Error that names what is wrong, and what there is
 */
export function parseOptions<const Known extends Options>(args: readonly string[], options: Known) {
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    // The first sentence says what is wrong; what follows is advice for other programs.
    const [first = ""] = (error instanceof Error ? error.message : String(error)).split(/\. |\n/);
    const names = Object.keys(options).map((name) => `--${name}`);
    throw new Error(`${first.replace(/\.$/, "")}. There are: ${names.join(", ")}`, { cause: error });
  }
}

/** Ends the process soon, although a job that was evaluated in it may have left a timer or a connection. */
export function endWith(code: number): void {
  process.exitCode = code;
  // By itself it ends at once, and what was printed is sure to be out.
  setTimeout(() => process.exit(), 200).unref();
}
