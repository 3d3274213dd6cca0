import { formatUtc, oneLine } from "../core/text.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import type { PeerStatus } from "../probes/http/peer-probe.ts";

type Failing = Exclude<PeerStatus, "well" | "not checkable">;

const SUBJECTS: Record<Failing, string> = {
  mail: "Your Checker cannot send email",
  jobs: "Your Checker seems to run no jobs",
  silent: "Your Checker does not answer",
};

const MEANINGS: Record<Failing, readonly string[]> = {
  mail: [
    "It answers MailProblem: it cannot prove that its mail arrives, or messages of it are waiting.",
    "Its own alerts may not reach you, which is why I write.",
    "",
    "What to do: look at its mail settings and at the routing of its MAIL_FROM address.",
  ],
  jobs: [
    "It answers JobProblem: it has not completed a run of its jobs lately, or its settings are invalid.",
    "What it is meant to watch is not being watched.",
    "",
    "What to do: look at its cron triggers and at its log.",
  ],
  silent: [
    "It did not give one of the answers that a Checker gives. It may be gone, or broken.",
    "What it is meant to watch may not be watched.",
    "",
    "What to do: see whether its address is right and whether it is deployed and running.",
  ],
};

export function peerFailureSubject(condition: Failing, url: string): string {
  return `${SUBJECTS[condition]}: ${url}`;
}

/** Body of the mail to a peer's admin, who may not know this instance: it says who writes and why. */
export function peerFailureText(
  condition: Failing,
  serverName: string,
  url: string,
  notice: JobNotification,
): string {
  return [
    `${SUBJECTS[condition]}.`,
    "",
    `Peer:    ${oneLine(url)}`,
    `Reason:  ${oneLine(notice.reason, 500)}`,
    `Since:   ${formatUtc(notice.sinceMs)}`,
    `Checked: ${formatUtc(notice.nowMs)}`,
    "",
    ...MEANINGS[condition],
    "",
    `This is ${oneLine(serverName)}, another Checker that has yours as a peer. I tell each kind of trouble once, and`,
    "when it is over.",
    "",
  ].join("\n");
}
