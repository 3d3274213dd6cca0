import { MINUTE_MS } from "../core/time/frequency.ts";
import { isOver, evaluateHeartbeat, type HeartbeatRule } from "../heartbeats/evaluate-heartbeat.ts";
import { JobFailureCountMinimumBeforeNotification } from "../alerting/policy.ts";
import { inconclusive, type Outcome } from "../core/outcome.ts";
import type { JobConfig } from "../job-sdk/job-config.ts";
import type { JobContext } from "../job-sdk/job-context.ts";
import { JobError } from "../job-sdk/job-error.ts";
import type { JobNotification } from "../job-sdk/job-notification.ts";
import { CronProblem, parseCron } from "../core/time/cron.ts";
import { parseOptions, parseText } from "./entry.ts";
import { heartbeatAdvice } from "./heartbeat-text.ts";
import { ListedJob, ListSpawner, ENTRY_OPTIONS, type EntryOptions, type ListRules } from "./list-spawner.ts";

/** Work elsewhere that is to ping this Checker: every so many minutes, or by a schedule. One of the two is needed. */
export interface Heartbeat extends EntryOptions {
  /** Its name, from which its address follows: another name is another heartbeat, with another address. */
  readonly name: string;
  /** Longest time from one ping to the next. */
  readonly everyMinutes?: number;
  /** Five parts as in a crontab: `"30 2 * * *"`. */
  readonly schedule?: string;
  /** Of the schedule, such as `"Europe/Zurich"`. Default `"UTC"`. */
  readonly timeZone?: string;
  /** How late a ping may come. Default 10. */
  readonly graceMinutes?: number;
  /** How long a run may take that pings its start. Default: as long as its end is not overdue. */
  readonly maxRunMinutes?: number;
}

const DEFAULT_GRACE_MINUTES = 10;
/** A leap year. */
const MAX_MINUTES = 366 * 24 * 60;

export class HeartbeatJob extends ListedJob {
  override readonly isPassive = true;
  readonly #rule: HeartbeatRule;
  readonly target = null;
  #output = "";
  #isOver = false;

  /** @throws JobError */
  constructor(config: JobConfig, rules: ListRules, heartbeat: Heartbeat) {
    super(config, rules, heartbeat, heartbeat.name);
    this.#rule = {
      due: parseDue(heartbeat),
      graceMs: parseMinutes(heartbeat, "graceMinutes", DEFAULT_GRACE_MINUTES) * MINUTE_MS,
      maxRunMs:
        heartbeat.maxRunMinutes === undefined ? null : parseMinutes(heartbeat, "maxRunMinutes") * MINUTE_MS,
    };
  }

  async execute({ pings, nowMs }: JobContext): Promise<Outcome> {
    const { pingProblem } = this.config;
    if (pingProblem !== null) return inconclusive(pingProblem);
    const record = await pings.of(this.getStateName());
    this.#output = record.unreportedFailure?.output ?? record.output;
    this.#isOver = isOver(record);
    return evaluateHeartbeat(record, this.#rule, nowMs);
  }

  protected adviceFor({ failureKind }: JobNotification): string {
    return heartbeatAdvice(failureKind, this.#output, this.#isOver);
  }
}

const OPTIONS: readonly (keyof Heartbeat)[] = [
  "name",
  "everyMinutes",
  "schedule",
  "timeZone",
  "graceMinutes",
  "maxRunMinutes",
  ...ENTRY_OPTIONS,
];
const EXAMPLE = `{ name: "backup", schedule: "30 2 * * *", timeZone: "Europe/Zurich" } or { name: "sync", everyMinutes: 15 }`;

/** Watches whether work elsewhere pings in time, and says that it went well. */
export abstract class HeartbeatSpawner extends ListSpawner<Heartbeat> {
  override readonly duplicateHint = "Give one of them another name.";
  protected override readonly listName = "heartbeats";
  /** The list. */
  abstract heartbeats: readonly Heartbeat[];

  override get servers(): readonly Heartbeat[] {
    return this.heartbeats;
  }

  /** A ping that is missing or tells of a failure leaves nothing to be confirmed. */
  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return JobFailureCountMinimumBeforeNotification.ONE;
  }

  protected createJob(config: JobConfig, heartbeat: Heartbeat): HeartbeatJob {
    parseOptions(heartbeat, OPTIONS, EXAMPLE);
    if (parseText(heartbeat.name, "name", EXAMPLE).trim() === "") {
      throw new JobError("E_NAME", `name is ${JSON.stringify(heartbeat.name)}; write ${EXAMPLE}`);
    }
    return new HeartbeatJob(config, this, heartbeat);
  }
}

function parseDue(heartbeat: Heartbeat): HeartbeatRule["due"] {
  const { name, everyMinutes, schedule, timeZone } = heartbeat;
  if ((everyMinutes === undefined) === (schedule === undefined)) {
    const given =
      schedule === undefined ? "neither everyMinutes nor schedule" : "both everyMinutes and schedule";
    throw new JobError("E_DUE", `${JSON.stringify(name)} has ${given}; give one of them, as in ${EXAMPLE}`);
  }
  if (schedule === undefined) {
    if (timeZone !== undefined) {
      throw new JobError("E_DUE", `${JSON.stringify(name)} has a timeZone without a schedule; leave it out`);
    }
    return { kind: "every", everyMs: parseMinutes(heartbeat, "everyMinutes") * MINUTE_MS };
  }
  const parsed = parseCron(schedule, timeZone ?? "UTC");
  if (parsed instanceof CronProblem)
    throw new JobError("E_SCHEDULE", `${JSON.stringify(name)}: ${parsed.text}`);
  return { kind: "schedule", nextAfter: (atMs) => parsed.nextAfter(atMs) };
}

function parseMinutes(
  heartbeat: Heartbeat,
  option: "everyMinutes" | "graceMinutes" | "maxRunMinutes",
  byDefault?: number,
): number {
  const value: unknown = heartbeat[option] ?? byDefault;
  if (typeof value === "number" && value >= 1 && value <= MAX_MINUTES) return value;
  const given = typeof value === "number" ? String(value) : JSON.stringify(value);
  throw new JobError(
    "E_MINUTES",
    `${option} of ${JSON.stringify(heartbeat.name)} is ${given}; give minutes from 1 to ${MAX_MINUTES}`,
  );
}
