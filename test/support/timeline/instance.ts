/** A whole Checker without a platform: ticks come when the test says, and mail is read where it arrives. */
import { MemoryPings } from "../memory-store/pings.ts";
import { MemoryStore } from "../memory-store/store.ts";
import type { Mail, DeliveryResult } from "../../../src/mail/message.ts";
import type { Network } from "../../../src/core/ports.ts";
import type { Settings } from "../../../src/core/settings.ts";
import { JobBase } from "../../../src/job-sdk/job-base.ts";
import type { JobFile } from "../../../src/job-loading/job-file.ts";
import type { AskReference } from "../../../src/execution/connectivity.ts";
import { TickMemory } from "../../../src/scheduling/tick-memory.ts";
import { UsageMeter } from "../../../src/usage/usage-meter.ts";
import type { NotifyClient } from "../../../src/notifications/notify-task.ts";
import type { ShardClient } from "../../../src/execution/shard-task.ts";
import { up } from "../../../src/core/outcome.ts";
import { deliverMail } from "../../../src/mail/deliver-mail.ts";
import {
  runTick,
  type NothingDue,
  type TickDone,
  type TickNotRecorded,
} from "../../../src/scheduling/run-tick.ts";
import { at, FakeClock, FakeMailer, FakeRandom, fakeNetwork, SETTINGS } from "../fakes/ports.ts";
import { DAY } from "./job.ts";
import type { Store } from "../../../src/storage/store.ts";
import type { PingStore } from "../../../src/heartbeats/ports.ts";

type Methods = Partial<Omit<JobBase, "sendEmail">> & ThisType<JobBase>;

/** A file of jobs/ with a job of this name that overrides `methods`; execute succeeds by default. */
export function jobFile(name: string, methods: Methods): JobFile {
  class Job extends JobBase {
    execute(): boolean {
      return true;
    }
  }
  Object.assign(Job.prototype, methods);
  return { name, load: () => Promise.resolve({ [name]: Job }) };
}

export class Instance {
  readonly clock = new FakeClock(0);
  readonly random = new FakeRandom();
  readonly mailer = new FakeMailer();
  readonly settings: Settings;
  files: readonly JobFile[];
  store: Store;
  pings: PingStore;
  network: Network = fakeNetwork();
  readonly memory = new TickMemory();
  meter = new UsageMeter();
  shards: (ShardClient & NotifyClient) | null = null;
  /** What every reference target answers. */
  askReference: AskReference = () => Promise.resolve(up("HTTP 204"));

  constructor(files: readonly JobFile[], settings: Partial<Settings> = {}, store?: Store) {
    const own = new MemoryStore();
    this.files = files;
    this.settings = { ...SETTINGS, ...settings };
    this.store = store ?? own;
    this.pings = store === undefined ? own.pings : new MemoryPings();
  }

  /**
   * A cron event two seconds after its time, or so late as said, and the sending after it.
   *
   * @param time of {@link DAY}, such as `10:04`, or with a date of its own
   * @returns the mails that were accepted meanwhile
   */
  async tick(time: string, lateMs = 2_000): Promise<readonly Mail[]> {
    const before = this.mailer.accepted.length;
    await this.runTick(time, lateMs);
    await this.deliver();
    return this.mailer.accepted.slice(before);
  }

  /** As `tick`, but only the subjects. */
  async subjects(time: string): Promise<readonly string[]> {
    return (await this.tick(time)).map((mail) => mail.subject);
  }

  /** The event alone: what it decides to mail waits in the store. */
  runTick(time: string, lateMs = 2_000): Promise<NothingDue | TickDone | TickNotRecorded> {
    const scheduledAtMs = timeOf(time);
    this.clock.ms = scheduledAtMs + lateMs;
    return runTick(this, scheduledAtMs);
  }

  deliver(): Promise<readonly DeliveryResult[]> {
    return deliverMail(this);
  }
}

export function timeOf(time: string): number {
  return at(time.includes(" ") ? time : `${DAY} ${time}`);
}
