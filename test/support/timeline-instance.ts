/** A whole Checker without a platform: ticks come when the test says, and mail is read where it arrives. */
import { MemoryPings } from "../../src/adapters/memory-pings.ts";
import { MemoryStore } from "../../src/adapters/memory-store.ts";
import type { Mail, Settlement } from "../../src/domain/message.ts";
import type { PingStore } from "../../src/domain/ping.ts";
import type { Network, Store } from "../../src/domain/ports.ts";
import type { Settings } from "../../src/domain/settings.ts";
import { JobBase } from "../../src/job/job-base.ts";
import type { JobFile } from "../../src/job/job-file.ts";
import type { AskReference } from "../../src/usecases/connectivity.ts";
import { LastKnown } from "../../src/usecases/last-known.ts";
import { Meter } from "../../src/usecases/meter.ts";
import type { Shards } from "../../src/usecases/shard-task.ts";
import { up } from "../../src/domain/outcome.ts";
import { deliverMail } from "../../src/usecases/deliver-mail.ts";
import {
  runTick,
  type NothingDue,
  type TickDone,
  type TickNotRecorded,
} from "../../src/usecases/run-tick.ts";
import { at, FakeClock, FakeMailer, FakeRandom, fakeNetwork, SETTINGS } from "./fakes.ts";
import { DAY } from "./timeline.ts";

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
  readonly lastKnown = new LastKnown();
  meter = new Meter();
  shards: Shards | null = null;
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

  deliver(): Promise<readonly Settlement[]> {
    return deliverMail(this);
  }
}

export function timeOf(time: string): number {
  return at(time.includes(" ") ? time : `${DAY} ${time}`);
}
