import { isLoopbackHost, kindOfAddress, withoutBrackets } from "./address.ts";
import { down, inconclusive, up, type Outcome } from "./outcome.ts";

/** State name of what this instance knows of its own connection. No file of jobs/ can have it. */
export const CONNECTIVITY = "checker:connectivity";

/** An outcome as far as it may be due to this instance's own connection. */
export interface Sighting {
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
export function mustDoubt(sightings: readonly Sighting[]): boolean {
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
export function judgeReferences(answers: readonly Outcome[]): Outcome | null {
  if (answers.some(({ status }) => status === "up")) return up("a reference target answers");
  const failed = answers.filter(({ status }) => status === "down");
  if (failed.length === 0 || failed.length < answers.length) return null;
  const reasons = [...new Set(failed.map(({ reason }) => reason))].join("; ");
  return down(`none of ${answers.length} reference targets answers: ${reasons}`);
}

/** What was seen as down while this instance was cut off is not known to be down. */
export function withoutConnection({ outcome, publicNetwork }: Sighting): Outcome {
  return publicNetwork && outcome.status === "down"
    ? inconclusive(
        `not judged: this Checker itself was cut off, as no reference target answered; seen was: ${outcome.reason}`,
      )
    : outcome;
}
