import { isLoopbackHost, kindOfAddress, withoutBrackets } from "../core/net/address.ts";
import { down, inconclusive, up, type Outcome } from "../core/outcome.ts";

/** State name of what this instance knows of its own connection. No file of jobs/ can have it. */
export const CONNECTIVITY = "checker:connectivity";

/** An outcome as far as it may be due to this instance's own connection. */
export interface CheckResult {
  readonly outcome: Outcome;
  /** The run used the public network; a server on the machine itself says nothing of a connection. */
  readonly publicNetwork: boolean;
}

/** Whether `hostname` lies in the public network. Only local runs reach any other. */
export function isPublicHost(hostname: string): boolean {
  const host = withoutBrackets(hostname);
  return !isLoopbackHost(host) && kindOfAddress(host) !== "private";
}

/** Whether so much fails that this instance must doubt itself: more than half of what it reached out for. */
export function shouldVerifyConnectivity(sightings: readonly CheckResult[]): boolean {
  const seen = sightings.filter(
    ({ publicNetwork, outcome }) => publicNetwork && outcome.status !== "inconclusive",
  );
  const failed = seen.filter(({ outcome }) => outcome.status === "down");
  return failed.length * 2 > seen.length;
}

/**
 * What the reference targets' answers say of this instance's connection. Null where they say nothing: a
 * platform limit kept us from asking.
 */
export function evaluateReferences(answers: readonly Outcome[]): Outcome | null {
  if (answers.some(({ status }) => status === "up")) return up("a reference target answers");
  const failed = answers.filter(({ status }) => status === "down");
  if (failed.length === 0 || failed.length < answers.length) return null;
  const reasons = [...new Set(failed.map(({ reason }) => reason))].join("; ");
  return down(`none of ${answers.length} reference targets answers: ${reasons}`);
}

/** What was seen as down while this instance was cut off is not known to be down. */
export function markInconclusive({ outcome, publicNetwork }: CheckResult): Outcome {
  return publicNetwork && outcome.status === "down"
    ? inconclusive(
        `not judged: this Checker itself was cut off, as no reference target answered; seen was: ${outcome.reason}`,
      )
    : outcome;
}
