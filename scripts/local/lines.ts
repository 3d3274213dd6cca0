import { styleText } from "node:util";
import { LOOPBACK_MARK } from "../../src/self-check/loopback.ts";
import { formatUtc, oneLine } from "../../src/core/text.ts";
import type { MailEvent } from "./post-office.ts";
import type { WorkerLine } from "./wrangler-output.ts";
import type { Gap } from "../../src/core/gap.ts";
import type { StatusChange, TickRecord } from "../../src/scheduling/tick-record.ts";

type Style = "red" | "green" | "yellow" | "dim" | "bold";
/** Adds a colour, or nothing where colours are not wanted. */
export type Paint = (style: Style, text: string) => string;

export const plain: Paint = (_style, text) => text;
export const coloured: Paint = (style, text) => styleText(style, text, { validateStream: false });

const STATUS_STYLES = { up: "green", down: "red", inconclusive: "yellow" } as const;
/** The longest list of frequencies that one tick can have. */
const FREQUENCIES_WIDTH = "MINUTE HOUR DAY DAY_NOON".length;

/** `12:03:04  tick     …`: time of day in UTC, what it is about, and the text. */
export function line(paint: Paint, atMs: number, label: string, text: string): string {
  return `${paint("dim", formatUtc(atMs, true).slice(11, 19))}  ${label.padEnd(7)}  ${text}`;
}

export function tickLine(paint: Paint, tick: TickRecord): string {
  const count = (number: number, what: keyof typeof STATUS_STYLES): string => {
    const text = `${String(number).padStart(3)} ${what}`;
    return number > 0 ? paint(STATUS_STYLES[what], text) : text;
  };
  const text = [
    formatUtc(tick.scheduledAtMs).slice(11, 16),
    tick.frequencies.join(" ").padEnd(FREQUENCIES_WIDTH),
    `${String(tick.jobs).padStart(3)} ${tick.jobs === 1 ? "job " : "jobs"}`,
    count(tick.up, "up"),
    count(tick.down, "down"),
    count(tick.inconclusive, "inconclusive"),
    `${((tick.finishedAtMs - tick.startedAtMs) / 1000).toFixed(1).padStart(5)} s`,
  ].join("  ");
  return line(paint, tick.finishedAtMs, "tick", text);
}

export function changeLine(paint: Paint, change: StatusChange, nowMs: number): string {
  const before = change.from === null ? "first run" : `was ${change.from}`;
  const status = paint(STATUS_STYLES[change.to], change.to);
  const text = `${oneLine(change.name)} is ${status} (${before}): ${oneLine(change.reason)}`;
  return line(paint, nowMs, "job", text);
}

/** Null for a gap that says nothing new: a minute without checks is one in every frequency. */
export function gapLine(paint: Paint, gap: Gap, nowMs: number): string | null {
  if (gap.frequency !== "MINUTE") return null;
  const range = `from ${formatUtc(gap.fromMs)} to ${formatUtc(gap.toMs + 60_000)}`;
  return line(paint, nowMs, "gap", paint("yellow", `no checks ran ${range}`));
}

/** @param status what it was (null at the start), what it is, and why (null where nobody knows) */
export function statusLine(
  paint: Paint,
  [before, now, reason]: readonly [string | null, string, string | null],
  nowMs: number,
): string {
  const change = before === null ? "" : `${oneLine(before)} → `;
  const why = reason === null || now === "True" ? "" : `: ${oneLine(reason)}`;
  return line(
    paint,
    nowMs,
    "status",
    `${change}${paint(now === "True" ? "green" : "red", oneLine(now))}${why}`,
  );
}

/** @param showPath how a path is written for this person, such as relative to where they are */
export function mailLine(
  paint: Paint,
  event: MailEvent,
  nowMs: number,
  showPath: (path: string) => string,
): string {
  const subject = `"${oneLine(withoutToken(event.mail.subject))}"`;
  let text = "loopback delivered";
  if (event.kind === "kept") text = `→ ${oneLine(event.mail.to)}  ${subject}  ${showPath(event.path)}`;
  if (event.kind === "refused") {
    text = `loopback refused by the Worker: ${subject}: ${paint("red", oneLine(event.reason))}`;
  }
  return line(paint, nowMs, "mail", text);
}

/** Whoever knows a token that is on its way could forge the proof; terminals are logged and shared. */
function withoutToken(subject: string): string {
  return subject.replaceAll(new RegExp(`(${LOOPBACK_MARK})[0-9a-f]+`, "gi"), "$1…");
}

export function workerLine(paint: Paint, { kind, text }: WorkerLine, nowMs: number): string {
  if (kind === "more") return `${" ".repeat("12:03:04  warning  ".length)}${text}`;
  const isWarning = kind === "warning";
  return line(paint, nowMs, isWarning ? "warning" : "error", paint(isWarning ? "yellow" : "red", text));
}

/** What became of the processes that serve the Worker. */
export function serverLine(paint: Paint, style: "red" | "green", text: string, nowMs: number): string {
  return line(paint, nowMs, "server", paint(style, text));
}

export interface BannerFacts {
  readonly secretsPath: string;
  readonly port: number;
  readonly statePath: string;
  readonly mailPath: string;
  readonly mailFrom: string;
  readonly crons: readonly string[];
}

export function banner(paint: Paint, facts: BannerFacts): string {
  const rows: readonly (readonly [string, string])[] = [
    ["page", `http://localhost:${facts.port}/  (sign in with ADMIN_TOKEN of ${facts.secretsPath})`],
    ["status", `http://localhost:${facts.port}/status`],
    ["state", facts.statePath],
    ["mail", `${facts.mailPath}  (kept as .eml files; mail to ${facts.mailFrom} comes back to Checker)`],
    ["clock", `${facts.crons.join("   ")}   (UTC, as all times here)`],
    ["stop", "Ctrl-C"],
  ];
  const text = rows.map(([name, value]) => `  ${paint("dim", name.padEnd(8))}${value}\n`).join("");
  return `${paint("bold", "Checker is running.")}\n\n${text}`;
}
