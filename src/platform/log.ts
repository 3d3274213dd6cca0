import { errorText, oneLine } from "../core/text.ts";

/**
 * The only way into the Worker's log, which Cloudflare keeps for days and shows to whoever may see the
 * account. What is written is one line, so that no text from outside can pass for a second one, and it
 * holds nothing private.
 */
export function logError(text: string): void {
  console.error(redact(text));
}

/** For what went as it should, but is worth the owner's look. */
export function logWarning(text: string): void {
  console.warn(redact(text));
}

const MAX_LINE = 1_000;
/** Looked through before the line is cut to its length: half a secret is not recognised as one. */
const MAX_LOOK = 8_000;

/** Tokens, and what stands in their place. Each is tried once for a word, so a hostile text costs no time. */
const TOKENS: readonly (readonly [RegExp, string])[] = [
  [/\b(bearer|basic)\s+[^\s"',;]+/gi, "$1 [secret]"],
  // A JWT. Its first part is a JSON object in base64, and begins so.
  [/\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?/g, "[token]"],
  // Ours have 32 digits, the ADMIN_TOKEN of `npm start` has 64.
  [/(?<![\da-f])[\da-f]{32,}/gi, "[token]"],
];

/** `text` as one line of at most 1000 characters without mail addresses, tokens, passwords and query strings. */
export function redact(text: string): string {
  let line = oneLine(text, MAX_LOOK);
  // What was cut may be half a secret.
  if (line.length === MAX_LOOK && line.endsWith("…")) line = `${line.slice(0, line.lastIndexOf(" ") + 1)}…`;
  line = line.replace(/[^\s"'<>]+/g, withoutQuery);
  for (const [pattern, instead] of TOKENS) line = line.replace(pattern, instead);
  line = line.replace(/[^\s"'<>()[\],;:\\/]+/g, (word) => (/.(?:@|%40)./i.test(word) ? "[address]" : word));
  return oneLine(line, MAX_LINE);
}

/** A URL or path as far as its query or fragment, and without a user and a password before its host. */
function withoutQuery(word: string): string {
  const end = word.search(/[?#]/);
  const kept = end !== -1 && word.slice(0, end).includes("/") ? `${word.slice(0, end)}?[query]` : word;
  return kept.replace(/:\/\/[^/]*@/, "://");
}

/** Frames of a stack that are kept. They name functions and places of the bundle. */
const MAX_FRAMES = 15;

/**
 * What a handler lets escape in place of `thrown`, since Cloudflare logs that: it has the redacted message
 * and the frames of the stack, and neither a cause nor any other property.
 */
export function loggable(thrown: unknown): Error {
  const error = new Error(redact(errorText(thrown, MAX_LOOK)));
  error.stack = [`Error: ${error.message}`, ...framesOf(thrown)].join("\n");
  return error;
}

/** A stack begins with the message, of which a line may look like a frame: those are redacted as well. */
function framesOf(thrown: unknown): string[] {
  try {
    if (!(thrown instanceof Error) || typeof thrown.stack !== "string") return [];
    const frames = thrown.stack.split("\n").filter((line) => /^\s+at \S/.test(line));
    return frames.slice(0, MAX_FRAMES).map((frame) => `    ${redact(frame)}`);
  } catch {
    // A job may throw anything, also an error whose stack is a getter that throws.
    return [];
  }
}
