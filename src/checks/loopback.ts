import { JobFrequency } from "../core/time/frequency.ts";
import { evaluateLoopback, isLoopbackDue } from "../self-check/loopback.ts";
import {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../alerting/policy.ts";
import { down, inconclusive, up, type Outcome } from "../core/outcome.ts";
import { formatDuration, formatUtc } from "../core/text.ts";
import { JobBase } from "../job-sdk/job-base.ts";
import type { JobContext } from "../job-sdk/job-context.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import { failureText } from "../job-sdk/notification-text.ts";

const ADVICE = [
  "Alerts of this instance may not reach you. Its peers see MailProblem at its /status.",
  "",
  "What to do: check that MAIL_FROM may send, that MAIL_LOOPBACK_TO is routed back to this Worker",
  "(Email Routing, a rule that sends the address to the Worker), and that no spam filter on the way",
  "keeps the message. The next hourly probe that comes back ends this failure.",
].join("\n");

/**
 * The system job that proves this instance's mail: mails itself a random token every hour and fails when
 * one has not come back in time. It runs every minute, so that a lost message is told as soon as its time
 * is over and not an hour later.
 */
export abstract class LoopbackJob extends JobBase {
  override executeEvery(): JobFrequency {
    return JobFrequency.MINUTE;
  }

  override notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return JobFailureNotificationFrequency.EVERYHOUR;
  }

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.ONE;
  }

  async execute(context: JobContext): Promise<Outcome> {
    if (this.config.noMail) return inconclusive("NO_MAIL is set, so nothing is mailed and nothing is proven");
    const probes = await context.loopback.recent();
    if (isLoopbackDue(probes, context.nowMs)) context.loopback.sendLoopback();

    const timeoutMs = this.config.loopbackTimeoutSeconds * 1000;
    const state = evaluateLoopback(probes, timeoutMs, context.nowMs);
    switch (state.kind) {
      case "proven":
        return up(`a message to itself came back in ${formatDuration(state.roundTripMs)}`, state.roundTripMs);
      case "overdue": {
        const { sentAtMs, sendError } = state.probe;
        const cause = sendError === null ? "" : `; the mail service answered ${sendError}`;
        return down(
          `the message mailed to itself at ${formatUtc(sentAtMs)} did not come back within ${formatDuration(timeoutMs)}${cause}`,
        );
      }
      case "unproven":
        return inconclusive("waiting for the first message to itself to come back");
    }
  }

  override onFailure(notice: JobNotification): boolean {
    return this.sendEmail("Mail to itself does not come back", failureText(this.getName(), notice, ADVICE));
  }
}
