import { HOUR_MS, latestPossible } from "../core/time/frequency.ts";

/** A message that this instance mailed to itself. Times are Unix ms. */
export interface LoopbackMail {
  /** 32 hexadecimal digits from a cryptographic random source: the message's only proof of origin. */
  readonly token: string;
  readonly sentAtMs: number;
  /** Null while it has not come back. */
  readonly returnedAtMs: number | null;
  /** Id of the message that carries it. */
  readonly messageId: string;
  /** Why the mail service has not taken the message, or null. */
  readonly sendError: string | null;
}

/** Marks the token in a message; what follows it is 32 hexadecimal digits. */
export const LOOPBACK_MARK = "checker-loopback-";

/** The text of a probe. The mark stands in the subject and in a header as well: any of them may be removed on the way. */
export function loopbackText(serverName: string, mark: string): string {
  return [
    `${serverName} mails itself this message to prove that its mail arrives.`,
    "There is nothing to do.",
    "",
    mark,
    "",
  ].join("\n");
}

/** A probe is mailed this often. */
export const LOOPBACK_EVERY_MS = HOUR_MS;

/**
 * Where the proof stands.
 * - `unproven`: no probe has been decided yet;
 * - `proven`: the newest decided probe came back in time;
 * - `overdue`: the newest decided probe did not.
 * A probe is decided when it came back or when its time is over; one still on its way says nothing.
 */
export type LoopbackState =
  | { readonly kind: "unproven" }
  | { readonly kind: "proven"; readonly probe: LoopbackMail; readonly roundTripMs: number }
  | { readonly kind: "overdue"; readonly probe: LoopbackMail };

/** @param probes in any order; only the newest few are needed. Those from the future prove nothing and are left out. */
export function evaluateLoopback(
  probes: readonly LoopbackMail[],
  timeoutMs: number,
  nowMs: number,
): LoopbackState {
  const newestFirst = probes
    .filter(({ sentAtMs, returnedAtMs }) => Math.max(sentAtMs, returnedAtMs ?? 0) <= latestPossible(nowMs))
    .toSorted((a, b) => b.sentAtMs - a.sentAtMs);
  for (const probe of newestFirst) {
    if (probe.returnedAtMs !== null) {
      return { kind: "proven", probe, roundTripMs: probe.returnedAtMs - probe.sentAtMs };
    }
    if (nowMs - probe.sentAtMs >= timeoutMs) return { kind: "overdue", probe };
  }
  return { kind: "unproven" };
}

/** Whether a new probe is owed: one an hour, counted in hours of the clock. One from the future is not waited for. */
export function isLoopbackDue(probes: readonly LoopbackMail[], nowMs: number): boolean {
  const times = probes.map(({ sentAtMs }) => sentAtMs).filter((atMs) => atMs <= latestPossible(nowMs));
  const newest = Math.max(-Infinity, ...times);
  return Math.floor(newest / LOOPBACK_EVERY_MS) < Math.floor(nowMs / LOOPBACK_EVERY_MS);
}

/** What became of a token that came in by mail. */
export type LoopbackResult = "proven" | "unknown" | "already returned" | "too late";

/**
 * Every token in `text`. White space is ignored, because mail software folds headers and wraps bodies
 * wherever it likes, also inside a token. At most 10, since each costs a look-up.
 */
export function findTokens(text: string): string[] {
  const pattern = new RegExp(`${LOOPBACK_MARK}([0-9a-f]{32})`, "gi");
  const found = new Set<string>();
  for (const match of text.replaceAll(/\s+/g, "").matchAll(pattern)) {
    if (match[1] !== undefined) found.add(match[1].toLowerCase());
    if (found.size === 10) break;
  }
  return [...found];
}
