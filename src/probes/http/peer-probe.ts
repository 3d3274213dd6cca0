import type { ProbeContext } from "../../core/probe-context.ts";
import { oneLine } from "../../core/text.ts";
import { withSignalTimeout } from "../../core/time/deadline.ts";
import { followRedirects } from "./follow-redirects.ts";
import { explainStatus, type Answer } from "./http-answer.ts";
import { explainFetchError } from "./http-error.ts";
import { readStart } from "./read-start.ts";
import { OWN_HEADERS } from "./user-agent.ts";

/**
 * How a peer is.
 * - `well`: it answered `True`;
 * - `mail`: it answered `MailProblem`;
 * - `jobs`: it answered `JobProblem`;
 * - `silent`: it gave no answer, or another one;
 * - `not checkable`: a limit on our side kept us from asking.
 */
export type PeerStatus = "well" | "mail" | "jobs" | "silent" | "not checkable";

export interface PeerAnswer {
  readonly status: PeerStatus;
  readonly reason: string;
  readonly latencyMs: number | null;
}

/** A peer has this long to answer, ms: the original's limit. */
export const PEER_TIMEOUT_MS = 5_000;

/** Longest answer that can still be a word, with some room to quote another one. Bytes. */
const ANSWER_BYTES = 200;

/** Asks a peer for its status. Understands an original Checker as well: both speak the same words. */
export async function probePeer(url: string, context: ProbeContext): Promise<PeerAnswer> {
  const startedMs = context.elapsedMs();
  const own = new URL(url);
  const route: URL[] = [];
  try {
    return await withSignalTimeout(PEER_TIMEOUT_MS, context.signal, async (signal) => {
      const { response, url: by } = await followRedirects(
        {
          url,
          method: "GET",
          headers: { ...OWN_HEADERS, accept: "text/plain" },
          originHeaders: {},
          follow: true,
        },
        { network: context.network, signal },
        route,
      );
      const { status, headers } = response;
      const start = await readStart(response, ANSWER_BYTES);
      const latencyMs = Math.round(context.elapsedMs() - startedMs);
      return classifyAnswer({ status, headers, hostname: by.hostname, start }, latencyMs);
    });
  } catch (error) {
    const { status, reason } = await explainFetchError(error, route.at(-1) ?? own, context, own);
    return {
      status: status === "inconclusive" ? "not checkable" : "silent",
      reason: status === "inconclusive" ? reason : `the peer gave no answer: ${reason}`,
      latencyMs: null,
    };
  }
}

/** The words count alone, but for a line end after them: a page that contains one of them is not a status. */
function classifyAnswer(answer: Answer, latencyMs: number): PeerAnswer {
  if (answer.status !== 200) {
    const outcome = explainStatus(answer, [200], latencyMs);
    return outcome.status === "inconclusive"
      ? { status: "not checkable", reason: outcome.reason, latencyMs: null }
      : { status: "silent", reason: `the peer gave no answer: ${outcome.reason}`, latencyMs };
  }
  switch (answer.start.replace(/\r?\n$/, "")) {
    case "True":
      return { status: "well", reason: "the peer is well", latencyMs };
    case "MailProblem":
      return { status: "mail", reason: "the peer cannot send email (it answers MailProblem)", latencyMs };
    case "JobProblem":
      return { status: "jobs", reason: "the peer runs no jobs (it answers JobProblem)", latencyMs };
    default:
      return {
        status: "silent",
        reason: `the peer's answer is none of True, MailProblem and JobProblem: ${JSON.stringify(oneLine(answer.start, 40))}`,
        latencyMs,
      };
  }
}
