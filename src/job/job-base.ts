import { JobFrequency } from "../domain/frequency.ts";
import {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../domain/notification.ts";
import type { Outcome } from "../domain/outcome.ts";
import { MAIL_ADDRESS } from "../domain/mail-address.ts";
import { displayName, stateName } from "./identity.ts";
import type { JobConfig } from "./job-config.ts";
import type { JobContext } from "./job-context.ts";
import type { MaintenanceWindow } from "./maintenance.ts";
import type { JobNotice } from "./notice.ts";
import { failureText, flappingText, recoveryText } from "./notice-text.ts";

/** A mail that a job asked for and that the tick has not yet written down. */
export interface RequestedEmail {
  readonly subject: string;
  readonly body: string;
  readonly to: readonly string[];
}

/** How a failure is confirmed before it counts. */
export interface Confirmation {
  /** Further tries, 0 to 5. */
  readonly times: number;
  /** Pause before each, ms, 0 to 30 000. */
  readonly pauseMs: number;
}

/** Default time limit of a run, ms. */
export const DEFAULT_TIME_LIMIT_MS = 30_000;

/**
 * One thing that is checked. Write a class in jobs/, in a file of the same name, and say in `execute`
 * whether all is well; everything else has a default.
 */
export abstract class JobBase {
  protected readonly config: JobConfig;
  /** It waits for pings and reaches out to nothing, so it needs no connection and is judged where the tick runs. */
  readonly awaitsPings: boolean = false;
  readonly #args: readonly unknown[];
  readonly #stateName: string;
  #requested: RequestedEmail[] = [];

  /**
   * @param args what distinguishes this job from others of the same file, such as a URL: strings,
   *   numbers or other JSON. They are part of its identity; change one and the job starts afresh.
   * @throws JobError `E_JOB_ARGUMENT`
   */
  constructor(config: JobConfig, ...args: readonly unknown[]) {
    this.config = config;
    this.#args = args;
    this.#stateName = stateName(config.fileName, args);
  }

  /**
   * Runs the check: true or `up()` when all is well, false or `down(reason)` when not. Throwing counts
   * as failing. Called once a tick in which the job is due, at most `timeLimitMs()` long; `context.signal`
   * is aborted then.
   */
  abstract execute(context: JobContext): boolean | Outcome | Promise<boolean | Outcome>;

  /** How often it runs. All times are UTC. */
  executeEvery(): JobFrequency {
    return JobFrequency.MINUTE;
  }

  /** How often a lasting failure is told. */
  notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return JobFailureNotificationFrequency.ONSTATECHANGE;
  }

  /** How many failures in a row it takes before the first notice. */
  numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.TWO;
  }

  /**
   * How often a failure is looked at again, in the same tick, before it counts: so many times, with a pause
   * before each. One try that succeeds makes the run a success.
   */
  confirmFailure(): Confirmation {
    return { times: 0, pauseMs: 0 };
  }

  /** How long one run may take, ms, counted from the moment at which a connection is free for it. */
  timeLimitMs(): number {
    return DEFAULT_TIME_LIMIT_MS;
  }

  /**
   * Tells that the job failed; called only when a notice is due.
   *
   * @returns whether it could be told. On false, or when this throws, Checker mails the failure itself.
   */
  onFailure(notice: JobNotice): boolean | Promise<boolean> {
    return this.sendEmail(`${this.getName()} failed`, failureText(this.getName(), notice));
  }

  /** With ONSTATECHANGE: tells that a failure which was told is over. Same return as `onFailure`. */
  onStateChangeSuccess(notice: JobNotice): boolean | Promise<boolean> {
    return this.sendEmail(`${this.getName()} is well again`, recoveryText(this.getName(), notice));
  }

  /**
   * Tells that the job fails and recovers over and over: said once, in place of a notice for each change.
   * When it has come to rest, `onFailure` or `onStateChangeSuccess` is called. Same return as `onFailure`.
   */
  onFlapping(notice: JobNotice): boolean | Promise<boolean> {
    return this.sendEmail(`${this.getName()} is flapping`, flappingText(this.getName(), notice));
  }

  /**
   * Mails `body` to the alert contacts, or to `to`. The message is written down together with the state
   * of this tick, sent right after it, and sent again by later ticks until it is accepted.
   *
   * @returns true: the message will not be lost; false when `to` names no address
   */
  sendEmail(subject: string, body: string, to?: string | readonly string[]): boolean {
    const wanted = to === undefined ? this.config.alertContacts : typeof to === "string" ? [to] : to;
    const recipients = wanted.filter((address) => MAIL_ADDRESS.test(address));
    if (recipients.length === 0) return false;
    // Coerced for authors without a compiler: what is no text would lose the alert on its way.
    this.#requested.push({ subject: asText(subject), body: asText(body), to: recipients });
    return true;
  }

  /** What people read: the file's name and the distinguishing arguments. */
  getName(): string {
    return displayName(this.config.fileName, this.#args);
  }

  /**
   * Times of announced work. Checks run on, nobody is told, and the time counts neither as up nor as down. What still
   * fails afterwards is told then.
   */
  maintenance(): readonly MaintenanceWindow[] {
    return [];
  }

  /** The heading under which it is shown. */
  getGroup(): string {
    return this.config.fileName;
  }

  /** Whether strangers see it on the page, with its name. What it fails with is its owner's alone. */
  isPublic(): boolean {
    return false;
  }

  /** The identity under which state is kept. */
  getStateName(): string {
    return this.#stateName;
  }

  /** For the tick: the file that it comes from, without the ending. */
  static fileOf(job: JobBase): string {
    return job.config.fileName;
  }

  /** For the tick: the mails asked for since the last call. */
  static takeRequestedEmails(job: JobBase): readonly RequestedEmail[] {
    const requested = job.#requested;
    job.#requested = [];
    return requested;
  }
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
}
