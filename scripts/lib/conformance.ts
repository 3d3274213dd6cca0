import * as v from "valibot";
import { evaluate } from "../../src/alerting/evaluate.ts";
import { NEW_JOB, type JobState } from "../../src/alerting/job-state.ts";
import type { JobFailureNotificationFrequency } from "../../src/alerting/policy.ts";
import { down, up } from "../../src/core/outcome.ts";

const seconds = v.pipe(v.number(), v.integer(), v.minValue(0));
const Expectation = v.object({
  call: v.nullable(v.picklist(["failure", "recovery"])),
  succeeding: v.boolean(),
  failures: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Unix seconds, 0 for never. */
  firstFailure: seconds,
  lastNotify: seconds,
});
const History = v.object({
  notifyOnFailureEvery: v.picklist(["every", "5min", "10min", "hour", "day", "state_change"]),
  numberFailuresBeforeNotification: v.pipe(v.number(), v.integer(), v.minValue(1)),
  runs: v.array(v.object({ at: seconds, success: v.boolean(), expect: Expectation })),
});
export type History = v.InferOutput<typeof History>;
type Expectation = v.InferOutput<typeof Expectation>;

/** The original's words for how often a failure is told. */
export const EVERY: Record<History["notifyOnFailureEvery"], JobFailureNotificationFrequency> = {
  every: "EVERYTIME",
  "5min": "EVERYFIVEMINUTES",
  "10min": "EVERYTENMINUTES",
  hour: "EVERYHOUR",
  day: "EVERYDAY",
  state_change: "ONSTATECHANGE",
};

/** @throws Error that names the place and what is wrong there */
export function parseHistories(json: unknown): readonly History[] {
  const result = v.safeParse(v.array(History), json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new Error(`${v.getDotPath(issue) ?? "the whole file"}: ${issue.message}`);
}

/** Null when every decision is as recorded, else what the first wrong one was. */
export function replayHistory(history: History): string | null {
  const policy = {
    notifyOnFailureEvery: EVERY[history.notifyOnFailureEvery],
    numberFailuresBeforeNotification: history.numberFailuresBeforeNotification,
  };
  let state: JobState = NEW_JOB;
  for (const [index, run] of history.runs.entries()) {
    const decision = evaluate(policy, state, run.success ? up() : down("failed"), run.at * 1000);
    state = decision.state;
    const got: Expectation = {
      call:
        decision.notification === "failure" || decision.notification === "recovery"
          ? decision.notification
          : null,
      succeeding: state.succeeding,
      failures: state.failures,
      firstFailure: (state.firstFailureAtMs ?? 0) / 1000,
      lastNotify: (state.lastNotifiedAtMs ?? 0) / 1000,
    };
    const wrong = (Object.keys(got) as (keyof Expectation)[]).find((key) => got[key] !== run.expect[key]);
    if (wrong !== undefined) {
      return `run ${index + 1} at ${run.at}: ${wrong} is ${String(got[wrong])}, recorded is ${String(run.expect[wrong])}`;
    }
  }
  return null;
}
