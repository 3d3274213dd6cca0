import { LOOPBACK_EVERY_MS, evaluateLoopback, type LoopbackMail } from "./loopback.ts";
import { MINUTE_MS } from "../core/time/frequency.ts";

/** The three words that peers understand. */
type InstanceStatusValue = "True" | "MailProblem" | "JobProblem";

/** What the status is made from. Times are Unix ms. */
export interface StatusView {
  /** When the last whole tick ended, null before the first. */
  readonly lastTickFinishedAtMs: number | null;
  /** The newest few probes. */
  readonly loopbacks: readonly LoopbackMail[];
  /** When the oldest message that has been refused at least once, and still waits, was decided. */
  readonly oldestRefusedAtMs: number | null;
  /** When the oldest message that waits, refused or never tried, was decided. */
  readonly oldestWaitingAtMs: number | null;
  /** When a message was last given up. */
  readonly lastFailedAtMs: number | null;
}

export interface StatusRule {
  readonly staleAfterSeconds: number;
  readonly loopbackTimeoutSeconds: number;
}

/** A message that waits longer than this has missed several ticks: mail is failing. */
const WAITING_TOO_LONG_MS = 5 * MINUTE_MS;
/** A message that was given up stays visible for as long as it would have been retried. */
const FAILED_SHOWN_MS = 3 * 24 * 60 * MINUTE_MS;

/** Clocks of two machines differ by less. */
export const CLOCK_SKEW_SECONDS = 120;

export interface InstanceStatus {
  readonly status: InstanceStatusValue;
  /** For the owner, never for the public page. */
  readonly reason: string;
}

/** What this instance says of itself. `JobProblem` outranks `MailProblem`: no ticks, no mail either. */
export function instanceStatus(view: StatusView, rule: StatusRule, nowMs: number): InstanceStatus {
  return (
    jobProblem(view, rule, nowMs) ?? mailProblem(view, rule, nowMs) ?? { status: "True", reason: "well" }
  );
}

function jobProblem(view: StatusView, rule: StatusRule, nowMs: number): InstanceStatus | null {
  const problem = (reason: string): InstanceStatus => ({ status: "JobProblem", reason });
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
  const problem = (reason: string): InstanceStatus => ({ status: "MailProblem", reason });
  const timeoutMs = rule.loopbackTimeoutSeconds * 1000;
  const isFuture = (atMs: number | null): boolean =>
    atMs !== null && atMs > nowMs + CLOCK_SKEW_SECONDS * 1000;
  const probes = view.loopbacks.filter(
    ({ sentAtMs, returnedAtMs }) => !isFuture(sentAtMs) && !isFuture(returnedAtMs),
  );
  const loopback = evaluateLoopback(probes, timeoutMs, nowMs);
  if (loopback.kind === "unproven") return problem("no message to itself has come back yet");
  if (loopback.kind === "overdue") return problem("the last message to itself did not come back in time");
  // The newest proof outlives its hour by the time its successor may take, and by a missed tick or two.
  const proofLastsMs = LOOPBACK_EVERY_MS + timeoutMs + rule.staleAfterSeconds * 1000;
  if (nowMs - loopback.probe.sentAtMs > proofLastsMs) {
    return problem("no message to itself was mailed lately");
  }
  if (view.oldestRefusedAtMs !== null) return problem("a message was refused and waits for its next attempt");
  if (isFuture(view.oldestWaitingAtMs)) return problem("a message waits that claims to be of the future");
  if (view.oldestWaitingAtMs !== null && nowMs - view.oldestWaitingAtMs > WAITING_TOO_LONG_MS) {
    return problem("a message has waited for more than 5 minutes");
  }
  if (view.lastFailedAtMs !== null && nowMs - view.lastFailedAtMs < FAILED_SHOWN_MS) {
    return problem("a message could not be delivered and was set aside");
  }
  return null;
}
