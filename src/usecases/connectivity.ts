import { MAX_CONNECTIONS } from "../domain/plan.ts";
import { decide } from "../domain/decide.ts";
import { CONNECTIVITY, judgeReferences, mustDoubt, withoutConnection } from "../domain/connectivity.ts";
import { NEW_JOB, type JobState } from "../domain/job-state.ts";
import type { NotificationPolicy } from "../domain/notification.ts";
import { up, type Outcome } from "../domain/outcome.ts";
import type { StatusChange } from "../domain/ports.ts";
import type { Settings } from "../domain/settings.ts";
import { formatDuration, formatUtc, oneLine } from "../domain/text.ts";
import { mapWithSlots } from "../timing/slots.ts";
import type { Telling } from "./bundle.ts";
import type { JobRun } from "./run-jobs.ts";

const NAME = "This Checker's own connection";
const POLICY: NotificationPolicy = {
  notifyOnFailureEvery: "ONSTATECHANGE",
  numberFailuresBeforeNotification: 1,
};

/** Asks one reference target whether it can be reached. */
export type AskReference = (url: string) => Promise<Outcome>;

/**
 * When most of what was checked over the public network fails, the reference targets are asked before
 * anybody is told: if none of them answers either, it is this instance that is cut off, and what it saw as
 * down is not known to be.
 *
 * @returns the runs, with other outcomes where they were not judged, and what was found out, or null
 */
export async function judgeConnectivity(
  runs: readonly JobRun[],
  referenceTargets: readonly string[],
  ask: AskReference,
): Promise<{ readonly runs: readonly JobRun[]; readonly connectivity: Outcome | null }> {
  const reachedOut = runs.some((run) => run.publicNetwork && run.outcome.status !== "inconclusive");
  if (referenceTargets.length === 0 || !reachedOut) return { runs, connectivity: null };
  if (!mustDoubt(runs)) return { runs, connectivity: up("most of what is checked answers") };
  const answers = await mapWithSlots(referenceTargets, MAX_CONNECTIONS, ask);
  const connectivity = judgeReferences(answers);
  if (connectivity?.status !== "down") return { runs, connectivity };
  return { runs: runs.map((run) => ({ ...run, outcome: withoutConnection(run) })), connectivity };
}

/** What became of the connection, in the form in which a tick is decided. */
export interface ConnectivityDecision {
  readonly identity: string;
  readonly state: JobState;
  readonly change: StatusChange | null;
  readonly tellings: readonly Telling[];
}

/** Told once when it begins and once when it is over. Null where nothing was found out. */
export function decideConnectivity(
  outcome: Outcome | null,
  states: ReadonlyMap<string, JobState>,
  { alertContacts }: Settings,
  nowMs: number,
): ConnectivityDecision | null {
  if (outcome === null) return null;
  const before = states.get(CONNECTIVITY) ?? NEW_JOB;
  // An instance that never was cut off has no row for that.
  if (outcome.status === "up" && before.status === null) return null;
  const { state, notice } = decide(POLICY, before, outcome, nowMs);
  const change: StatusChange | null =
    state.status === before.status || state.status === null
      ? null
      : {
          job: CONNECTIVITY,
          name: NAME,
          from: before.status,
          to: state.status,
          reason: outcome.reason,
          atMs: nowMs,
        };
  const tellings =
    notice === "failure"
      ? [cutOff(outcome.reason, alertContacts, nowMs)]
      : notice === "recovery"
        ? [connected(before.firstFailureAtMs ?? nowMs, alertContacts, nowMs)]
        : [];
  return { identity: CONNECTIVITY, state, change, tellings };
}

function cutOff(reason: string, to: readonly string[], atMs: number): Telling {
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
    part: { kind: "failure", job: CONNECTIVITY, title: NAME, detail: reason, atMs, subject, body },
  };
}

function connected(sinceMs: number, to: readonly string[], atMs: number): Telling {
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
  return { to, part: { kind: "recovery", job: CONNECTIVITY, title: NAME, detail, atMs, subject, body } };
}
