/** Ends the process as a wrong use: says what was wrong and where help is, and exits with 2. */
export function failUsage(error: unknown, help: string): never {
  console.error(error instanceof Error ? error.message : String(error));
  console.error(`Try: ${help}`);
  process.exit(2);
}
