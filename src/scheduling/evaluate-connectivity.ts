/** Whether this Checker's own connection is up, as a job of its own. */
import type { NotificationPolicy } from "../alerting/policy.ts";
import { type JobState, NEW_JOB } from "../alerting/job-state.ts";
import type { Notification } from "../mail/group-by-recipient.ts";
import { detectStatusChange } from "./status-change.ts";
import type { StatusChange } from "./tick-record.ts";
import { evaluate } from "../alerting/evaluate.ts";
import { CONNECTIVITY } from "../execution/connectivity-rules.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Settings } from "../core/settings.ts";
import { formatUtc, oneLine, formatDuration } from "../core/text.ts";

const NAME = "This Checker's own connection";

const POLICY: NotificationPolicy = {
  notifyOnFailureEvery: "ONSTATECHANGE",
  numberFailuresBeforeNotification: 1,
};

/** What became of the connection, in the form in which a tick is decided. */
export interface ConnectivityDecision {
  readonly jobKey: string;
  readonly state: JobState;
  readonly change: StatusChange | null;
  readonly notifications: readonly Notification[];
}

/** Told once when it begins and once when it is over. Null where nothing was found out. */
export function evaluateConnectivity(
  outcome: Outcome | null,
  states: ReadonlyMap<string, JobState>,
  { alertContacts }: Settings,
  nowMs: number,
): ConnectivityDecision | null {
  if (outcome === null) return null;
  const before = states.get(CONNECTIVITY) ?? NEW_JOB;
  // An instance that never was cut off has no row for that.
  if (outcome.status === "up" && before.status === null) return null;
  const { state, notification } = evaluate(POLICY, before, outcome, nowMs);
  const { reason } = outcome;
  const change = detectStatusChange(before, state, { jobKey: CONNECTIVITY, name: NAME, reason, atMs: nowMs });
  const notifications =
    notification === "failure"
      ? [connectionLost(reason, alertContacts, nowMs)]
      : notification === "recovery"
        ? [connectionRestored(before.firstFailureAtMs ?? nowMs, alertContacts, nowMs)]
        : [];
  return { jobKey: CONNECTIVITY, state, change, notifications };
}

function connectionLost(reason: string, to: readonly string[], atMs: number): Notification {
  const subject = "This Checker is cut off from the network";
  const body = [
    `Most of what this Checker checks failed at ${formatUtc(atMs)}, and so did the reference targets.`,
    "",
    `Reason: ${oneLine(reason, 500)}`,
    "",
    "So it is this Checker that is cut off, and not what it checks: those outcomes count neither as up nor as",
    "down, and nobody is told of them. You are told once more when it is over.",
    "",
    "What to do: look at Cloudflare's status page. If the reference targets are not meant to be reached from",
    "here, choose others with REFERENCE_TARGETS.",
    "",
  ].join("\n");
  return {
    to,
    item: { kind: "failure", jobKey: CONNECTIVITY, title: NAME, detail: reason, atMs, subject, body },
  };
}

function connectionRestored(sinceMs: number, to: readonly string[], atMs: number): Notification {
  const subject = "This Checker is connected again";
  const detail = `it was cut off for ${formatDuration(atMs - sinceMs)}`;
  const body = [
    `This Checker reaches the network again, and its checks count again.`,
    "",
    `Cut off: from ${formatUtc(sinceMs)} to ${formatUtc(atMs)} (${formatDuration(atMs - sinceMs)})`,
    "",
    "What to do: nothing. What failed and recovered meanwhile was not seen.",
    "",
  ].join("\n");
  return { to, item: { kind: "recovery", jobKey: CONNECTIVITY, title: NAME, detail, atMs, subject, body } };
}
