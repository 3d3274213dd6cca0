/** Ends the process as a wrong use: says what was wrong and where help is, and exits with 2. */
export function failUsage(error: unknown, help: string): never {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(`Try: ${help}`);
  process.exit(2);
}

/** Without "--" before it npm keeps an option for itself, and the script would do what was not asked for. */
export function refuseTakenByNpm(script: string, options: readonly string[]): void {
  for (const option of options) {
    if (process.env[`npm_config_${option.replaceAll("-", "_")}`] !== "true") continue;
    const text = `npm kept --${option} for itself; put -- before it: npm run ${script} -- --${option}`;
    failUsage(text, `npm run ${script} -- --help`);
  }
}

/** Ends the process soon, although a job that was evaluated in it may have left a timer or a connection. */
export function endWith(code: number): void {
  process.exitCode = code;
  // By itself it ends at once, and what was printed is sure to be out.
  setTimeout(() => process.exit(), 200).unref();
}
