import { PROBE_EVERY_MS, judgeLoopback, type LoopbackProbe } from "./loopback.ts";
import { MINUTE_MS } from "./frequency.ts";
import type { OwnersWord } from "./hush.ts";
import type { OpenMaintenance } from "./maintenance.ts";
import type { Gap } from "./ledger.ts";
import type { JobFault, TickRecord } from "./ports.ts";
import type { DayUsage } from "./usage.ts";

/** The three words that peers understand. */
export type StatusWord = "True" | "MailProblem" | "JobProblem";

/** What the status is made from. Times are Unix ms. */
export interface StatusView {
  /** When the last whole tick ended, null before the first. */
  readonly lastTickFinishedAtMs: number | null;
  /** The newest few probes. */
  readonly probes: readonly LoopbackProbe[];
  /** When the oldest message that has been refused at least once, and still waits, was decided. */
  readonly oldestRefusedAtMs: number | null;
  /** When the oldest message that waits, refused or never tried, was decided. */
  readonly oldestWaitingAtMs: number | null;
  /** When a message was last given up. */
  readonly lastSetAsideAtMs: number | null;
}

/** What an instance knows of itself, for its owner. */
export interface InstanceView extends StatusView {
  /** Counts commits: what jobs are shown as changes with it and not between. */
  readonly version: number;
  /** Null before the first, and where it cannot be read. Its id counts ticks. */
  readonly lastTick: (TickRecord & { readonly id: number }) | null;
  /** Messages that are not told yet, are held for the limit of mails an hour, or were given up. */
  readonly outbox: { readonly waiting: number; readonly held: number; readonly setAside: number };
  /** The newest gaps in the minutes, newest first. */
  readonly gaps: readonly Gap[];
  /** Job files that cannot be run, in whole or in part, in the order of their names. */
  readonly faults: readonly JobFault[];
  /** As of the newest tick. */
  readonly maintenance: readonly OpenMaintenance[];
  /** What the owner has said about notices. */
  readonly word: OwnersWord;
  /** What was used up to the newest tick; undefined where it does not say. */
  readonly usage?: DayUsage | undefined;
}

export interface StatusRule {
  readonly staleAfterSeconds: number;
  readonly loopbackTimeoutSeconds: number;
}

/** A message that waits longer than this has missed several ticks: mail is failing. */
const WAITING_TOO_LONG_MS = 5 * MINUTE_MS;
/** A message that was given up stays visible for as long as it would have been retried. */
const SET_ASIDE_SHOWN_MS = 3 * 24 * 60 * MINUTE_MS;

/** Clocks of two machines differ by less. */
export const CLOCK_SKEW_SECONDS = 120;

export interface InstanceStatus {
  readonly word: StatusWord;
  /** For the owner, never for the public page. */
  readonly reason: string;
}

/** What this instance says of itself. `JobProblem` outranks `MailProblem`: no ticks, no mail either. */
export function instanceStatus(view: StatusView, rule: StatusRule, nowMs: number): InstanceStatus {
  return jobProblem(view, rule, nowMs) ?? mailProblem(view, rule, nowMs) ?? { word: "True", reason: "well" };
}

function jobProblem(view: StatusView, rule: StatusRule, nowMs: number): InstanceStatus | null {
  const problem = (reason: string): InstanceStatus => ({ word: "JobProblem", reason });
  if (view.lastTickFinishedAtMs === null) return problem("no tick has completed yet");
  const ageSeconds = Math.floor((nowMs - view.lastTickFinishedAtMs) / 1000);
  // A time to come would keep a dead instance green until then.
  if (ageSeconds < -CLOCK_SKEW_SECONDS)
    return problem("the last tick claims to have completed in the future");
  return ageSeconds >= rule.staleAfterSeconds
    ? problem(`the last tick completed ${ageSeconds} s ago, the limit is ${rule.staleAfterSeconds} s`)
    : null;
}

function mailProblem(view: StatusView, rule: StatusRule, nowMs: number): InstanceStatus | null {
  const problem = (reason: string): InstanceStatus => ({ word: "MailProblem", reason });
  const timeoutMs = rule.loopbackTimeoutSeconds * 1000;
  const isFuture = (atMs: number | null): boolean =>
    atMs !== null && atMs > nowMs + CLOCK_SKEW_SECONDS * 1000;
  const probes = view.probes.filter(
    ({ sentAtMs, returnedAtMs }) => !isFuture(sentAtMs) && !isFuture(returnedAtMs),
  );
  const loopback = judgeLoopback(probes, timeoutMs, nowMs);
  if (loopback.kind === "unproven") return problem("no message to itself has come back yet");
  if (loopback.kind === "overdue") return problem("the last message to itself did not come back in time");
  // The newest proof outlives its hour by the time its successor may take, and by a missed tick or two.
  const proofLastsMs = PROBE_EVERY_MS + timeoutMs + rule.staleAfterSeconds * 1000;
  if (nowMs - loopback.probe.sentAtMs > proofLastsMs) {
    return problem("no message to itself was mailed lately");
  }
  if (view.oldestRefusedAtMs !== null) return problem("a message was refused and waits for its next attempt");
  if (isFuture(view.oldestWaitingAtMs)) return problem("a message waits that claims to be of the future");
  if (view.oldestWaitingAtMs !== null && nowMs - view.oldestWaitingAtMs > WAITING_TOO_LONG_MS) {
    return problem("a message has waited for more than 5 minutes");
  }
  if (view.lastSetAsideAtMs !== null && nowMs - view.lastSetAsideAtMs < SET_ASIDE_SHOWN_MS) {
    return problem("a message could not be delivered and was set aside");
  }
  return null;
}
