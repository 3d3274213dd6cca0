/** Control characters, and the marks that end a line in some mail software. */
const CONTROLS = /[\p{Cc}\u2028\u2029]+/gu;

/** Characters that steer the direction of what follows, and show nothing. */
const DIRECTIONS = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u206F]/g;

/** `text` without what could reorder the text next to it. Scripts that run from right to left need none of it. */
export function withoutDirections(text: string): string {
  return text.replaceAll(DIRECTIONS, "");
}

/**
 * `text` as one line of at most `maxLength` characters, safe in a header, a subject or a log line: what
 * a server answered must not be able to add a header of its own (CRLF injection). Half a surrogate pair becomes U+FFFD,
 * as it would in the database: read back, the text must not look like another one.
 */
export function oneLine(text: string, maxLength = 200): string {
  const plain = withoutDirections(text.toWellFormed());
  const line = plain.replaceAll(CONTROLS, " ").replaceAll(/ {2,}/g, " ").trim();
  return line.length <= maxLength ? line : `${sliceWhole(line, maxLength - 1)}…`;
}

/** Cuts without leaving half a surrogate pair, which would not survive UTF-8. */
function sliceWhole(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** `text` with its lines and well-formed, cut after `maxLength` characters with a sentence that says so. */
export function boundedText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text.toWellFormed();
  const kept = sliceWhole(text, maxLength).toWellFormed();
  return `${kept}\n\n(Cut here: ${text.length - kept.length} more characters.)\n`;
}

/** `2026-11-23 01:40 UTC`, or with seconds. */
export function formatUtc(atMs: number, withSeconds = false): string {
  const iso = new Date(atMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, withSeconds ? 19 : 16)} UTC`;
}

/** `320 ms`, `45 s`, `1 min 30 s`, `12 min`, `3 h 20 min`, `2 d 5 h`: at most two units. */
export function formatDuration(ms: number): string {
  if (ms > 0 && ms < 1000) return `${Math.ceil(ms)} ms`;
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  // From ten minutes on the seconds say nothing to anybody.
  if (minutes < 60) return withRest(minutes, "min", minutes < 10 ? seconds % 60 : 0, "s");
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return withRest(hours, "h", minutes % 60, "min");
  return withRest(Math.floor(hours / 24), "d", hours % 24, "h");
}

/** How long ago, in whole seconds; a clock that is a little behind makes nothing of the future. */
export function formatAge(ms: number): string {
  return formatDuration(Math.max(0, Math.floor(ms / 1000) * 1000));
}

function withRest(count: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${count} ${unit}` : `${count} ${unit} ${rest} ${restUnit}`;
}

/** `1 failure`, `2 failures`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** What a thrown value says, as one line that is never empty. Never its stack. */
export function errorText(thrown: unknown, maxLength = 200): string {
  return ownText(thrown, maxLength) || "an error without a message";
}

function ownText(thrown: unknown, maxLength: number): string {
  if (!(thrown instanceof Error)) {
    return oneLine(typeof thrown === "string" ? thrown : `a thrown ${typeof thrown}`, maxLength);
  }
  try {
    const name = thrown.name === "Error" ? "" : thrown.name;
    const text = [name, oneLine(thrown.message, maxLength)].filter((part) => part !== "").join(": ");
    return oneLine(text, maxLength);
  } catch {
    // A job may throw anything, also an error whose message is a getter that throws.
    return "an error that cannot be read";
  }
}
