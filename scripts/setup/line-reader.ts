import { createInterface } from "node:readline/promises";
import type { Readable, Writable } from "node:stream";

/** Why there is no further line. */
export type NoLine = "interrupted" | "ended";

/** Asks a person for lines, or reads them from a pipe. */
export interface LineReader {
  /** @param isSecret not to be shown where what is read is not seen anyway */
  ask(prompt: string, isSecret?: boolean): Promise<{ readonly line: string } | NoLine>;
  close(): void;
}

/** @param isTerminal whether a person types there */
export function readLines(input: Readable, output: Writable, isTerminal: boolean): LineReader {
  // Answers of other questions are of no use to anybody, and one is a secret.
  const reader = createInterface({ input, output, terminal: isTerminal, historySize: 0 });
  let interrupted = false;
  let closed = false;
  reader.on("close", () => {
    closed = true;
  });
  reader.on("SIGINT", () => {
    interrupted = true;
    reader.close();
  });
  // Not reader.question(): of lines that come at once it loses all but the first, and at the end it never answers.
  const lines = reader[Symbol.asyncIterator]();
  return {
    async ask(prompt, isSecret = false) {
      reader.setPrompt(prompt);
      // A pipe may have ended long before its last line is asked for.
      if (closed) output.write(prompt);
      else reader.prompt();
      const next = await lines.next();
      if (next.done === true) {
        output.write("\n");
        return interrupted ? "interrupted" : "ended";
      }
      if (!isTerminal) output.write(isSecret ? "\n" : `${next.value}\n`);
      return { line: next.value };
    },
    close: () => reader.close(),
  };
}
