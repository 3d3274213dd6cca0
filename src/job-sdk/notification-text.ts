import { formatDuration, formatUtc, oneLine, plural } from "../core/text.ts";
import { JOB_ERROR } from "../core/outcome.ts";
import type { JobNotification } from "./job-notification.ts";

const WHAT_TO_DO =
  "What to do: look at what the job watches. When it is well again, the job notices by itself.";

const FIX_THE_JOB =
  "What to do: mend the job's own code. What it watches may be well: it has not been judged.";

/** Body of the mail that tells a failure. `advice` replaces the last paragraph. */
export function failureText(
  name: string,
  notice: JobNotification,
  advice = notice.failureKind === JOB_ERROR ? FIX_THE_JOB : WHAT_TO_DO,
): string {
  return [
    `${oneLine(name)} failed.`,
    "",
    `Reason:   ${oneLine(notice.reason, 500)}`,
    `Since:    ${formatUtc(notice.sinceMs)}${lasted(notice)}`,
    `Failures: ${notice.failures} in a row`,
    `Checked:  ${formatUtc(notice.nowMs)}`,
    "",
    advice,
    "",
  ].join("\n");
}

/** How long it has failed, unless it has only begun. */
function lasted({ sinceMs, nowMs }: JobNotification): string {
  return nowMs > sinceMs ? ` (${formatDuration(nowMs - sinceMs)})` : "";
}

/** Body of the mail that tells a recovery. */
export function recoveryText(name: string, notice: JobNotification): string {
  if (notice.flapping) return stabilisedText(name, notice);
  const endedMs = notice.endedMs ?? notice.nowMs;
  return [
    `${oneLine(name)} is well again.`,
    "",
    `Now:    ${oneLine(notice.reason, 500)}`,
    `Failed: from ${formatUtc(notice.sinceMs)} to ${formatUtc(endedMs)} (${formatDuration(endedMs - notice.sinceMs)})`,
    `        ${plural(notice.failures, "failure")} in a row`,
    "",
    "What to do: nothing. It is watched as before.",
    "",
  ].join("\n");
}

function stabilisedText(name: string, { reason, sinceMs, nowMs }: JobNotification): string {
  return [
    `${oneLine(name)} is well again, and has come to rest.`,
    "",
    `Now:     ${oneLine(reason, 500)}`,
    `Flapped: from ${formatUtc(sinceMs)} to ${formatUtc(nowMs)} (${formatDuration(nowMs - sinceMs)})`,
    "",
    "What to do: nothing. Each change is told again.",
    "",
  ].join("\n");
}

/** Body of the mail that tells that a job fails and recovers over and over. */
export function flappingText(name: string, notice: JobNotification): string {
  const { reason, sinceMs, nowMs, changes } = notice;
  return [
    `${oneLine(name)} is flapping: it fails and recovers over and over.`,
    "",
    `Changes: ${changes} since ${formatUtc(sinceMs)} (${formatDuration(nowMs - sinceMs)})`,
    `Now:     ${oneLine(reason, 500)}`,
    "",
    "Its changes are no longer told one by one. When it has come to rest you are told how: well or failing.",
    "",
    "What to do: look at what the job watches. If it is well enough for you, raise the number of failures that",
    "it takes before a notice, or let it confirm a failure before it counts.",
    "",
  ].join("\n");
}

/** Body of the mail that tells that a job has been inconclusive for long. */
export function inconclusiveText(name: string, reason: string, sinceMs: number, nowMs: number): string {
  return [
    `${oneLine(name)} cannot be checked.`,
    "",
    `Reason:  ${oneLine(reason, 500)}`,
    `Since:   ${formatUtc(sinceMs)} (${formatDuration(nowMs - sinceMs)})`,
    "",
    "This is a fault on Checker's side, or a limit of where it runs. Until it ends, nobody watches what",
    "this job is for. It is told once.",
    "",
    "What to do: remove the reason, or watch the target another way.",
    "",
  ].join("\n");
}
