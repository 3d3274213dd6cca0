import type { JobFrequency } from "../domain/frequency.ts";
import {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../domain/notification.ts";
import { down, inconclusive, up, type Outcome } from "../domain/outcome.ts";
import type { Peer } from "../domain/settings.ts";
import { JobBase } from "../job/job-base.ts";
import type { JobConfig } from "../job/job-config.ts";
import type { JobContext } from "../job/job-context.ts";
import { JobSpawner } from "../job/job-spawner.ts";
import type { JobNotice } from "../job/notice.ts";
import { flappingText, recoveryText } from "../job/notice-text.ts";
import { probePeer, type PeerCondition } from "../probes/http/peer-probe.ts";
import { peerFailureSubject, peerFailureText } from "./peer-text.ts";
import { watchedByFetch, type Watched } from "./watched.ts";

/** Asks one other Checker whether it is well, and mails that Checker's admin when it is not. */
export class PeerJob extends JobBase {
  readonly #peer: Peer;

  constructor(config: JobConfig, peer: Peer) {
    super(config, peer.url);
    this.#peer = peer;
  }

  get watched(): Watched {
    return watchedByFetch(this.#peer.url);
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
    switch (answer.condition) {
      case "well":
        return up(answer.reason, answer.latencyMs);
      case "not checkable":
        return inconclusive(answer.reason);
      default:
        return down(answer.reason, answer.latencyMs, answer.condition);
    }
  }

  override onFailure(notice: JobNotice): boolean {
    const condition: PeerCondition =
      notice.condition === "mail" || notice.condition === "jobs" ? notice.condition : "silent";
    const { serverName } = this.config;
    return this.sendEmail(
      peerFailureSubject(condition, this.#peer.url),
      peerFailureText(condition, serverName, this.#peer.url, notice),
      this.#peer.admin,
    );
  }

  override onFlapping(notice: JobNotice): boolean {
    const { url, admin } = this.#peer;
    return this.sendEmail(
      `Your Checker is flapping: ${url}`,
      flappingText(`Your Checker at ${url}`, notice),
      admin,
    );
  }

  override onStateChangeSuccess(notice: JobNotice): boolean {
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
