import type { JobFrequency } from "../core/time/frequency.ts";
import {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../alerting/policy.ts";
import { down, inconclusive, up, type Outcome } from "../core/outcome.ts";
import type { Peer } from "../core/settings.ts";
import { JobBase } from "../job-sdk/job-base.ts";
import type { JobConfig } from "../job-sdk/job-config.ts";
import type { JobContext } from "../job-sdk/job-context.ts";
import { JobSpawner } from "../job-sdk/job-spawner.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import { flappingText, recoveryText } from "../job-sdk/notification-text.ts";
import { probePeer, type PeerStatus } from "../probes/http/peer-probe.ts";
import { peerFailureSubject, peerFailureText } from "./peer-text.ts";
import { targetByFetch, type Target } from "./target.ts";

/** Asks one other Checker whether it is well, and mails that Checker's admin when it is not. */
class PeerJob extends JobBase {
  readonly #peer: Peer;

  constructor(config: JobConfig, peer: Peer) {
    super(config, peer.url);
    this.#peer = peer;
  }

  get target(): Target {
    return targetByFetch(this.#peer.url);
  }

  override executeEvery(): JobFrequency {
    return this.config.peerCheckEvery;
  }

  /** With a condition in every failure this means: once for each condition, and once when it is over. */
  override notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return JobFailureNotificationFrequency.ONSTATECHANGE;
  }

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.ONE;
  }

  async execute(context: JobContext): Promise<Outcome> {
    const answer = await probePeer(this.#peer.url, context);
    switch (answer.status) {
      case "well":
        return up(answer.reason, answer.latencyMs);
      case "not checkable":
        return inconclusive(answer.reason);
      default:
        return down(answer.reason, answer.latencyMs, answer.status);
    }
  }

  override onFailure(notice: JobNotification): boolean {
    const condition: PeerStatus =
      notice.failureKind === "mail" || notice.failureKind === "jobs" ? notice.failureKind : "silent";
    const { serverName } = this.config;
    return this.sendEmail(
      peerFailureSubject(condition, this.#peer.url),
      peerFailureText(condition, serverName, this.#peer.url, notice),
      this.#peer.admin,
    );
  }

  override onFlapping(notice: JobNotification): boolean {
    const { url, admin } = this.#peer;
    return this.sendEmail(
      `Your Checker is flapping: ${url}`,
      flappingText(`Your Checker at ${url}`, notice),
      admin,
    );
  }

  override onStateChangeSuccess(notice: JobNotification): boolean {
    const { url, admin } = this.#peer;
    return this.sendEmail(
      `Your Checker is well again: ${url}`,
      recoveryText(`Your Checker at ${url}`, notice),
      admin,
    );
  }
}

/** Watches every peer in the setting PEERS. */
export abstract class PeerSpawner extends JobSpawner {
  *getSubJobs(config: JobConfig): Generator<JobBase> {
    for (const peer of config.peers) yield new PeerJob(config, peer);
  }
}
