import type { JobState } from "../alerting/job-state.ts";
import type { StatusChange } from "./tick-record.ts";

/** Null if the status is the same as before. */
export function detectStatusChange(
  before: JobState,
  after: JobState,
  details: Pick<StatusChange, "jobKey" | "name" | "reason" | "atMs">,
): StatusChange | null {
  if (after.status === null || after.status === before.status) return null;
  return { ...details, from: before.status, to: after.status };
}
