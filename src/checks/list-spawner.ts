import { JobFrequency } from "../core/time/frequency.ts";
import {
  JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
} from "../alerting/policy.ts";
import { JobBase, type RetryPolicy } from "../job-sdk/job-base.ts";
import type { JobConfig } from "../job-sdk/job-config.ts";
import { JobError, jobErrorText } from "../job-sdk/job-error.ts";
import { parseMaintenance, type MaintenanceWindow } from "../job-sdk/maintenance-windows.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import { failureText } from "../job-sdk/notification-text.ts";
import { JobSpawner } from "../job-sdk/job-spawner.ts";
import { parseOptionalText } from "./entry.ts";
import type { Target } from "./target.ts";

/** When the jobs of a list run, whom they wake and who sees them; the owner overrides these in the list's file. */
export interface ListRules {
  executeEvery(): JobFrequency;
  notifyOnFailureEvery(): JobFailureNotificationFrequency;
  numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification;
  confirmFailure(): RetryPolicy;
  getGroup(): string;
  isPublic(): boolean;
  maintenance(): readonly MaintenanceWindow[];
}

/** What every entry of every list may say besides what is watched. */
export interface EntryOptions {
  /** Default: the list's. */
  readonly group?: string;
  /** Default: the list's. */
  readonly isPublic?: boolean;
  /** Times of announced work. Default: the list's. */
  readonly maintenance?: readonly MaintenanceWindow[];
}
export const ENTRY_OPTIONS: readonly (keyof EntryOptions)[] = ["group", "isPublic", "maintenance"];

/** A spawner that makes one job of each entry of a list. */
export abstract class ListSpawner<Entry> extends JobSpawner implements ListRules {
  /** The list. */
  abstract servers: readonly Entry[];
  /** What its owner knows it by. */
  protected readonly listName: string = "servers";

  executeEvery(): JobFrequency {
    return JobFrequency.MINUTE;
  }

  notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return JobFailureNotificationFrequency.ONSTATECHANGE;
  }

  numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.TWO;
  }

  confirmFailure(): RetryPolicy {
    return { retries: 0, delayMs: 0 };
  }

  getGroup(): string {
    return this.config.fileName;
  }

  /** Of every entry that does not say otherwise. */
  isPublic(): boolean {
    return false;
  }

  /** Times of announced work, of every entry that does not give its own. */
  maintenance(): readonly MaintenanceWindow[] {
    return [];
  }

  /** @throws JobError when the entry cannot be checked as it stands */
  protected abstract createJob(config: JobConfig, entry: Entry): JobBase;

  override getSubJob(config: JobConfig, index: number): JobBase | null {
    // An owner who does not check types may have written something else than a list.
    const servers: readonly Entry[] = Array.isArray(this.servers) ? this.servers : [];
    const entry = servers[index];
    return entry === undefined ? null : this.createJob(config, entry);
  }

  /** A wrong entry is reported after all right ones are running. */
  *getSubJobs(config: JobConfig): Generator<JobBase> {
    const servers: unknown = this.servers;
    if (!Array.isArray(servers)) {
      const given = servers === undefined ? "is missing" : `is ${JSON.stringify(servers)}`;
      const name = this.listName;
      throw new JobError("E_LIST", `${name} ${given}; write override ${name} = [ … ], a list of entries`);
    }
    const problems: string[] = [];
    for (const [index, entry] of this.servers.entries()) {
      let job: JobBase;
      try {
        job = this.createJob(config, entry);
      } catch (error) {
        problems.push(`entry ${index + 1}: ${jobErrorText(error)}`);
        continue;
      }
      yield job;
    }
    if (problems.length > 0) throw new JobError("E_LIST_ENTRY", problems.join("; "));
  }
}

/** A job whose timing is its list's, and whose failure comes with advice for its kind. */
export abstract class ListedJob extends JobBase {
  readonly #rules: ListRules;
  readonly #options: EntryOptions;
  /** Last paragraph of the mail about a failure. */
  protected abstract adviceFor(notice: JobNotification): string;

  /** Null where it connects to nothing. */
  abstract readonly target: Target | null;

  /** @throws JobError */
  constructor(config: JobConfig, rules: ListRules, options: EntryOptions, ...args: readonly unknown[]) {
    super(config, ...args);
    this.#rules = rules;
    this.#options = parseOptionsOf(options, this.getName());
  }

  override getGroup(): string {
    return this.#options.group ?? this.#rules.getGroup();
  }

  override maintenance(): readonly MaintenanceWindow[] {
    return this.#options.maintenance ?? this.#rules.maintenance();
  }

  override isPublic(): boolean {
    return this.#options.isPublic ?? this.#rules.isPublic();
  }

  override onFailure(notice: JobNotification): boolean {
    const advice = this.adviceFor(notice);
    return this.sendEmail(`${this.getName()} failed`, failureText(this.getName(), notice, advice));
  }

  override executeEvery(): JobFrequency {
    return this.#rules.executeEvery();
  }

  override notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return this.#rules.notifyOnFailureEvery();
  }

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return this.#rules.numberFailuresBeforeNotification();
  }

  override confirmFailure(): RetryPolicy {
    return this.#rules.confirmFailure();
  }
}

function parseOptionsOf({ group, isPublic, maintenance }: EntryOptions, of: string): EntryOptions {
  const wanted: unknown = isPublic;
  if (wanted !== undefined && typeof wanted !== "boolean") {
    throw new JobError("E_PUBLIC", `isPublic of ${of} is ${JSON.stringify(wanted)}; give true or false`);
  }
  // Here, so that it is told with the entry.
  if (maintenance !== undefined) parseMaintenance(maintenance, of);
  const heading = parseOptionalText(group, "group", of, "give a text, the heading under which it is shown");
  return {
    ...(heading === undefined ? {} : { group: heading }),
    ...(isPublic === undefined ? {} : { isPublic }),
    ...(maintenance === undefined ? {} : { maintenance }),
  };
}
