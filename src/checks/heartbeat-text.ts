import { HEARTBEAT_FAILURES } from "../heartbeats/evaluate-heartbeat.ts";

const FAILED = [
  "What to do: look at what the work printed. Its next ping that tells of a success ends this failure.",
];
const FAILED_ONCE = [
  "What to do: look at what the work printed. A success has followed, so the next tick reports a recovery.",
];
const SILENT = [
  "What to do: see whether its machine runs, whether the work was started there, and whether it could reach this",
  "Checker. Its next ping that tells of a success ends this failure.",
];

/**
 * The end of the mail about a heartbeat that failed: what to do, and what the work printed, if anything.
 *
 * @param isOver a success has followed
 */
export function heartbeatAdvice(condition: string | null, output: string, isOver: boolean): string {
  const hasFailed = condition === HEARTBEAT_FAILURES.failed;
  const advice = !hasFailed ? SILENT : isOver ? FAILED_ONCE : FAILED;
  const printed = hasFailed && output !== "" ? ["", "It printed:", "", output] : [];
  return [...advice, ...printed].join("\n");
}
