/** The parts of the model's world: what is made up at its start, and who lives in it. */
import type { JobFrequency } from "../../../src/core/time/frequency.ts";
import type { LeasedMessage, Mail } from "../../../src/mail/message.ts";
import type { JobFailureNotificationFrequency } from "../../../src/alerting/policy.ts";
import type { OutcomeStatus } from "../../../src/core/outcome.ts";
import type { ShardRule } from "../../../src/core/shard.ts";
import type { UndeliveredNotification } from "../../../src/alerting/undelivered.ts";
import type { TickMemory } from "../../../src/scheduling/tick-memory.ts";
import type { Past, Seen, Told } from "./reference.ts";
import type { Mortal } from "./time.ts";
import type { FlappingRule } from "../../../src/core/settings.ts";
import type { TickCommit } from "../../../src/scheduling/ports.ts";

/** What a call can be of. */
export type Port = "store" | "mail" | "digest" | "job" | "telling" | "network" | "reference" | "shard";

/** How a call can be answered. What makes no sense for a port is answered well. */
export type How =
  | "well"
  | "fails"
  /** It was done, and nobody learns of it. */
  | "done, but fails"
  /** As a write that was given up and reaches the database after all. */
  | "fails, and is done later"
  | "refused for good"
  | "never answers";

/** Somebody waits for this. */
export interface Call {
  readonly owner: Invocation;
  readonly port: Port;
  readonly what: string;
  answer(how: How): void;
  /** It was on its way when its caller died, and is done all the same. */
  arrive(): void;
}

/** How a job of the model behaves, always the same in a slot. */
export interface JobPlan {
  readonly frequency: JobFrequency;
  readonly every: JobFailureNotificationFrequency;
  readonly minimum: 1 | 2 | 5;
  /** Outcome by slot, over and over: U up, D down, E down with another condition, I inconclusive, T throws. */
  readonly outcomes: string;
  /** What `execute` waits for. */
  readonly waitsFor: "nothing" | "itself" | "network" | "loopback";
  /** It mails something in each run, whatever the outcome. */
  readonly writes: boolean;
  readonly tells: "by default" | "in its own words" | "elsewhere" | "slowly";
}

export interface Plan {
  /** Unix ms. */
  readonly startMs: number;
  readonly jobs: readonly JobPlan[];
  readonly recipients: 1 | 2 | 3;
  readonly maxMailsPerHour: number;
  readonly flapping: FlappingRule;
  readonly references: 0 | 1 | 2;
  readonly gapAlertMinutes: number;
  /** Null to run all jobs where the tick is. */
  readonly sharding: ShardRule | null;
}

/** A job's run, as the job itself saw it. */
export interface Run {
  seen: Seen;
  public: boolean;
  /** False for one that its shard did not get to, as far as the tick knows. */
  readonly hasStarted: boolean;
  /** It asked in time for a mail that is to come back. */
  asksProbe: boolean;
  /** Nothing counts that it finds from then on, Unix ms. */
  readonly endsMs: number;
}

/** What is decided of an invocation's runs, as the reference has it. */
export interface Verdict {
  /** By job, in the jobs' order. */
  readonly pasts: ReadonlyMap<string, Past>;
  readonly notices: readonly { readonly job: string; readonly told: Told }[];
}

/** A running copy of the Worker. */
export interface Runtime {
  readonly id: number;
  readonly memory: TickMemory;
  /** Number of the commit up to which it knows the pasts; null before it has seen the database. */
  version: number | null;
  /** The newest tick that it told without the database, scheduled time, Unix ms. */
  notifiedUntilMs: number;
  /** Pasts that it decided without the database, since that commit. */
  uncommitted: ReadonlyMap<string, Past>;
}

/** One cron event's life in a runtime. */
export interface Invocation extends Mortal {
  readonly id: number;
  readonly runtime: Runtime;
  /** Of its event. */
  readonly eventAtMs: number;
  /** Of its tick: the event's, or that of the minute in which it began where the event came far too late. */
  readonly scheduledAtMs: number;
  readonly startedMs: number;
  dead: boolean;
  ended: boolean;
  phase: "tick" | "mail";
  /** The job file that cannot be loaded was met. */
  broken: boolean;
  readonly runs: Map<string, Run>;
  /** When jobs that run here are cut short, Unix ms. */
  readonly jobsEndMs: number;
  /** Notices, such as `failure A`, that were told by mail because their jobs could not be asked. */
  readonly toldForJobs: Set<string>;
  readonly references: OutcomeStatus[];
  /** How often a job was asked to tell a notice. */
  readonly asked: Map<string, number>;
  commits: number;
  /** Notices that reached nobody, as the database knew it when it was last read. */
  unreached: readonly UndeliveredNotification[];
  /** What it tries to commit. */
  committing: TickCommit | null;
  /** What it knew of what was decided without the database, when it decided. */
  uncommitted: ReadonlyMap<string, Past>;
  /** What it decided without the database. */
  without: { readonly verdict: Verdict; readonly version: number | null } | null;
  readonly sentWithout: { readonly mail: Mail; isTold: boolean }[];
  leasedAtMs: number;
  leased: readonly LeasedMessage[];
  /** Messages that were accepted and not yet recorded as such. */
  readonly pendingUsage: Set<string>;
}
