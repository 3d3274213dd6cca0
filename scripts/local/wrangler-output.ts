import { stripVTControlCharacters } from "node:util";

/** A line of wrangler's that a person should see. */
export interface WorkerLine {
  /**
   * `more` continues the line before, such as a stack; `crash`: one of the runtimes has died; `broken build`
   * (an error): nothing is served until it is mended.
   */
  readonly kind: "error" | "warning" | "more" | "crash" | "broken build";
  readonly text: string;
}

/** What wrangler says of itself, and what is told better elsewhere. */
const NOISE: readonly RegExp[] = [
  // The clock triggers them.
  /^Scheduled Workers are not automatically triggered/,
  // A mailbox that forwards does not change the header, and that is what MAIL_LOOPBACK_TO is about.
  /^Provided (RCPT TO|MAIL FROM) address doesn't match/,
  // The post office prints the reason itself.
  /^Email handler rejected message/,
  /^Logs were written to/,
  // A setting that was made wrong is told when the file changes (settings-watch.ts).
  /^Invalid TOML document: /,
  /^(?:Uncaught )?(?:Error: )?Settings are invalid; nothing was checked\./,
];

/**
 * When the build command fails, wrangler prints the whole object that stands for its process, a hundred
 * lines in which the one that matters is what the command wrote: `stderr: 'jobs/A.ts does …\n'`.
 */
const BUILD_DUMP = /Process exited with non-zero status/;

/** Of esbuild, and of the command that lists the jobs. */
const BROKEN_BUILD = /^(Build failed with|Running custom build .* failed)/;
const CRASH = /^The Workers runtime (crashed unexpectedly|failed to restart)/;

/**
 * What escaped a handler, or a job that did not wait for it. wrangler prints it twice: with its stack, to whose
 * first line (always "Error") the text is joined, and without.
 */
const UNCAUGHT = /^Uncaught /;
const GLUED = / Error$/;
/** Where a handler makes the error that it lets escape: all that its stack could say (src/platform/log.ts). */
const MADE_BY_HANDLER = /^\s+at loggable \(/;

const HEADS = /^(?:✘ \[(?:ERROR)\]|▲ \[(WARNING)\]|\[wrangler:(error|warn|info)\]|🪵) +(.*)$/u;

/**
 * Sorts the lines of one output of wrangler, in their order. The returned function gives null for a line
 * that nobody needs. What follows a hidden line without a head of its own is hidden with it.
 */
export function createOutputFilter(): (line: string) => WorkerLine | null {
  let inside: "shown" | "hidden" | "dump" | "dump's stderr" = "shown";
  /** The newest that was printed with a stack. It is not forgotten: two of a kind may come before their repetitions. */
  let uncaught: string | null = null;
  return (line) => {
    const text = stripVTControlCharacters(line).trimEnd();
    if (text.trim() === "") return null;
    const head = HEADS.exec(text);
    if (head !== null) {
      const [, warning, level, rest = ""] = head;
      inside = "shown";
      if (level === "info" || NOISE.some((noise) => noise.test(rest))) inside = "hidden";
      if (BUILD_DUMP.test(rest)) inside = "dump";
      if (inside !== "shown") return null;
      if (CRASH.test(rest)) return { kind: "crash", text: rest };
      if (BROKEN_BUILD.test(rest)) {
        return {
          kind: "broken build",
          text: "the Worker can not be built; no check runs until that is mended",
        };
      }
      if (UNCAUGHT.test(rest)) {
        if (rest === uncaught) {
          inside = "hidden";
          return null;
        }
        if (GLUED.test(rest)) uncaught = rest.replace(GLUED, "");
        return { kind: "error", text: rest.replace(GLUED, "") };
      }
      return { kind: warning !== undefined || level === "warn" ? "warning" : "error", text: rest };
    }
    if (inside === "shown" && MADE_BY_HANDLER.test(text)) inside = "hidden";
    if (inside === "shown") return { kind: "more", text };
    if (inside === "hidden") return null;
    // The same names stand for sockets further up.
    if (/^\s*stderr: ['"`]/.test(text)) inside = "dump's stderr";
    else if (/^\s*stdout: /.test(text)) inside = "dump";
    if (inside === "dump") return null;
    const written = unquote(text.replace(/^\s*stderr: /, ""));
    return written === "" ? null : { kind: "error", text: written };
  };
}

/** The text of a string as Node prints it in an object, one line of several or the only one. */
function unquote(printed: string): string {
  return printed
    .trim()
    .replace(/( \+|,)$/, "")
    .replace(/^(['"`])(.*)\1$/, "$2")
    .replaceAll(/\\(.)/g, (_, letter: string) => (letter === "n" ? "\n" : letter))
    .trim();
}
