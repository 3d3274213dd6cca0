import { MAX_CONNECTIONS } from "../core/plan.ts";
import { evaluateReferences, shouldVerifyConnectivity, markInconclusive } from "./connectivity-rules.ts";
import { up, type Outcome } from "../core/outcome.ts";
import { mapConcurrent } from "../core/time/concurrency.ts";
import type { JobRun } from "./run-jobs.ts";

/** Asks one reference target whether it can be reached. */
export type AskReference = (url: string) => Promise<Outcome>;

/**
 * When most of what was checked over the public network fails, the reference targets are asked before
 * anybody is told: if none of them answers either, it is this instance that is cut off, and what it saw as
 * down is not known to be.
 *
 * @returns the runs, with other outcomes where they were not judged, and what was found out, or null
 */
export async function verifyConnectivity(
  runs: readonly JobRun[],
  referenceTargets: readonly string[],
  ask: AskReference,
): Promise<{ readonly runs: readonly JobRun[]; readonly connectivity: Outcome | null }> {
  const reachedOut = runs.some((run) => run.publicNetwork && run.outcome.status !== "inconclusive");
  if (referenceTargets.length === 0 || !reachedOut) return { runs, connectivity: null };
  if (!shouldVerifyConnectivity(runs)) return { runs, connectivity: up("most of what is checked answers") };
  const answers = await mapConcurrent(referenceTargets, MAX_CONNECTIONS, ask);
  const connectivity = evaluateReferences(answers);
  if (connectivity?.status !== "down") return { runs, connectivity };
  return { runs: runs.map((run) => ({ ...run, outcome: markInconclusive(run) })), connectivity };
}
