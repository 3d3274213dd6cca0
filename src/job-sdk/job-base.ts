import { JobFrequency } from "../core/time/frequency.ts";
import {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../alerting/policy.ts";
import { MAX_BODY_LENGTH } from "../mail/message.ts";
import type { Outcome } from "../core/outcome.ts";
import { boundedText, oneLine } from "../core/text.ts";
import { MAIL_ADDRESS } from "../core/net/mail-address.ts";
import { displayName, buildJobKey } from "./job-key.ts";
import type { JobConfig } from "./job-config.ts";
import type { JobContext } from "./job-context.ts";
import type { MaintenanceWindow } from "./maintenance-windows.ts";
import type { JobNotification } from "./job-notification.ts";
import { failureText, flappingText, recoveryText } from "./notification-text.ts";

/** A mail that a job asked for and that the tick has not yet written down. */
export interface RequestedEmail {
  readonly subject: string;
  readonly body: string;
  readonly to: readonly string[];
}

/** How a failure is confirmed before it counts. */
export interface RetryPolicy {
  /** Further tries, 0 to 5. */
  readonly retries: number;
  /** Pause before each, ms, 0 to 30 000. */
  readonly delayMs: number;
}

/** Mails that one run of a job may ask for. */
export const MAX_MAILS_A_RUN = 20;
/** Characters of their texts, counted once for each recipient. The first mail of a run may be longer. */
export const MAX_CHARACTERS_A_RUN = 1_000_000;

/** Default time limit of a run, ms. */
const DEFAULT_TIME_LIMIT_MS = 30_000;

/**
 * One thing that is checked. Write a class in jobs/, in a file of the same name, and say in `execute`
 * whether all is well; everything else has a default.
 */
export abstract class JobBase {
  protected readonly config: JobConfig;
  /** It waits for pings and reaches out to nothing, so it needs no connection and is judged where the tick runs. */
  readonly isPassive: boolean = false;
  readonly #args: readonly unknown[];
  readonly #buildJobKey: string;
  #requested: RequestedEmail[] = [];
  #requestedCharacters = 0;
  #refused = 0;

  /**
   * @param args what distinguishes this job from others of the same file, such as a URL: strings,
   *   numbers or other JSON. They are part of its identity; change one and the job starts afresh.
   * @throws JobError `E_JOB_ARGUMENT`
   */
  constructor(config: JobConfig, ...args: readonly unknown[]) {
    this.config = config;
    this.#args = args;
    this.#buildJobKey = buildJobKey(config.fileName, args);
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
  confirmFailure(): RetryPolicy {
    return { retries: 0, delayMs: 0 };
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
  onFailure(notice: JobNotification): boolean | Promise<boolean> {
    return this.sendEmail(`${this.getName()} failed`, failureText(this.getName(), notice));
  }

  /** With ONSTATECHANGE: tells that a failure which was told is over. Same return as `onFailure`. */
  onStateChangeSuccess(notice: JobNotification): boolean | Promise<boolean> {
    return this.sendEmail(`${this.getName()} is well again`, recoveryText(this.getName(), notice));
  }

  /**
   * Tells that the job fails and recovers over and over: said once, in place of a notice for each change.
   * When it has come to rest, `onFailure` or `onStateChangeSuccess` is called. Same return as `onFailure`.
   */
  onFlapping(notice: JobNotification): boolean | Promise<boolean> {
    return this.sendEmail(`${this.getName()} is flapping`, flappingText(this.getName(), notice));
  }

  /**
   * Mails `body` to the alert contacts, or to `to`. The message is written down together with the state
   * of this tick, sent right after it, and sent again by later ticks until it is accepted.
   *
   * One run may ask for 20 mails and 1,000,000 characters, counted once for each recipient: more would keep other alerts from
   * their time. What is over is not sent, and the alert contacts are told so.
   *
   * @returns true: the message will not be lost; false when `to` names no address, or the run has mailed too much
   */
  sendEmail(subject: string, body: string, to?: string | readonly string[]): boolean {
    const wanted = to === undefined ? this.config.alertContacts : typeof to === "string" ? [to] : to;
    const recipients = wanted.filter((address) => MAIL_ADDRESS.test(address));
    if (recipients.length === 0) return false;
    // Coerced for authors without a compiler: what is no text would lose the alert on its way.
    const mail = {
      subject: oneLine(asText(subject)),
      body: boundedText(asText(body), MAX_BODY_LENGTH),
      to: recipients,
    };
    const characters = this.#requestedCharacters + mail.body.length * recipients.length;
    const isFirst = this.#requested.length === 0;
    if (!isFirst && (this.#requested.length >= MAX_MAILS_A_RUN || characters > MAX_CHARACTERS_A_RUN)) {
      this.#refused += 1;
      return false;
    }
    this.#requested.push(mail);
    this.#requestedCharacters = characters;
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
    return this.#buildJobKey;
  }

  /** For the tick: the file that it comes from, without the ending. */
  static fileOf(job: JobBase): string {
    return job.config.fileName;
  }

  /** For the tick: the mails asked for since the last call. */
  static takeRequestedEmails(job: JobBase): readonly RequestedEmail[] {
    const requested = job.#requested;
    job.#requested = [];
    job.#requestedCharacters = 0;
    return requested;
  }

  /** For the tick: how many further mails were refused since the last call, as too many for one run. */
  static takeRefusedEmails(job: JobBase): number {
    const refused = job.#refused;
    job.#refused = 0;
    return refused;
  }
}

function asText(value: unknown): string {
  const text = typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  return text.toWellFormed();
}
