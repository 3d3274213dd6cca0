/** A Checker among ports that answer when and as the model wants, and whose parts may die at any time. */
import { MemoryPings } from "../memory-store/pings.ts";
import { UsageMeter } from "../../../src/usage/usage-meter.ts";
import type { Settings } from "../../../src/core/settings.ts";
import type { JobBase } from "../../../src/job-sdk/job-base.ts";
import { JobSpawner } from "../../../src/job-sdk/job-spawner.ts";
import { deliverMail } from "../../../src/mail/deliver-mail.ts";
import { FakeRandom, SETTINGS } from "../fakes/ports.ts";
import { Calls } from "./calls.ts";
import { Counts } from "./counts.ts";
import type { Weather } from "./happenings.ts";
import { invoke, newInvocation, newRuntime, type Tools } from "./invocation.ts";
import { plannedFile } from "./jobs.ts";
import { MailBook } from "./mail.ts";
import type { How, Invocation, Plan, Port, Runtime } from "./parts.ts";
import {
  hostileMailer,
  hostileNetwork,
  hostileReference,
  ownerOf,
  watchedStore,
  type World,
} from "./ports.ts";
import { hostileShards } from "./shards.ts";
import { drained, ModelTime } from "./time.ts";
import { jobName, recipientsOf } from "./told.ts";
import { Witness } from "./witness.ts";
import type { Store } from "../../../src/storage/store.ts";

/** The platform ends an invocation after so long, ms. */
const INVOCATION_LIMIT_MS = 15 * 60_000;

export class ModelWorld implements World {
  readonly time: ModelTime<Invocation>;
  readonly calls: Calls;
  readonly book: MailBook;
  readonly witness: Witness;
  readonly store: Store;
  weather: Weather = {};
  fileIsBroken = false;
  readonly counts = new Counts();
  readonly #tools: Tools;
  readonly #runtimes: Runtime[];
  readonly #violations: string[] = [];
  readonly #asked = new Map<Port, number>();
  #invocations: Invocation[] = [];
  #newest = 0;

  constructor(plan: Plan, createStore: (world: World) => Store) {
    this.time = new ModelTime(plan.startMs);
    this.calls = new Calls(this.time, this.counts);
    this.book = new MailBook(this.time, this.counts, plan.maxMailsPerHour);
    this.witness = new Witness(plan, this.book, this.counts);
    this.#runtimes = [0, 1].map((id) => newRuntime(this, id));
    this.store = watchedStore(this, createStore(this));
    const files = [
      ...plan.jobs.map((job, index) => plannedFile(this, jobName(index), job)),
      { name: "Broken", load: () => this.#loadBroken() },
    ];
    const settings = settingsOf(plan);
    const network = hostileNetwork(this);
    const { store } = this;
    this.#tools = {
      files,
      settings,
      store,
      pings: new MemoryPings(),
      mailer: hostileMailer(this),
      network,
      askReference: hostileReference(this),
      clock: { nowMs: () => this.time.nowMs },
      random: new FakeRandom(),
      meter: new UsageMeter(),
      shards: plan.sharding === null ? null : hostileShards(this, files, settings, network, store),
    };
  }

  /** All that was wrong so far. */
  get violations(): readonly string[] {
    return [
      ...this.#violations,
      ...this.book.violations,
      ...this.witness.violations,
      ...this.witness.ledger.violations,
    ];
  }

  get alive(): readonly Invocation[] {
    return this.#invocations.filter(({ dead, ended }) => !dead && !ended);
  }

  /** An event is delivered to a runtime. It gets as far as its first call. */
  async event(scheduledAtMs: number, runtime: number): Promise<void> {
    const what = `the event of ${new Date(scheduledAtMs).toISOString().slice(5, 16)}`;
    await this.#begin(what, scheduledAtMs, runtime, async (invocation) => {
      this.#violations.push(...(await invoke(invocation, this, this.#tools)));
    });
  }

  /** Sending alone. */
  async delivery(): Promise<void> {
    await this.#begin("a delivery", this.time.nowMs, 0, async (invocation) => {
      invocation.phase = "mail";
      await deliverMail(this.#tools);
    });
  }

  /** Answers every call as the weather has it, until nobody is left who waits. */
  async goesOn(order: number): Promise<void> {
    for (;;) {
      const { waiting } = this.calls;
      const call = waiting[(order * 7) % Math.max(1, waiting.length)];
      if (call !== undefined) {
        await this.calls.answer(call, this.#usualAnswer(call.port));
        continue;
      }
      if (this.alive.length === 0) return;
      const { nextMs } = this.time;
      if (nextMs === null) {
        this.#violations.push(`#${this.alive[0]?.id} waits for nothing, for ever`);
        return;
      }
      await this.time.passUntil(nextMs);
    }
  }

  /** @param arrives what they have asked for is done all the same */
  async die(invocations: readonly Invocation[], arrives: boolean): Promise<void> {
    for (const invocation of invocations) {
      this.counts.add("deaths");
      invocation.dead = true;
      this.calls.tell(`#${invocation.id} dies${arrives ? ", and what it asked for is done" : ""}`);
      this.book.losesTrack(invocation);
      this.book.isUnsureOf(null);
      await this.calls.abandon(invocation, arrives);
    }
  }

  /** All of its invocations die, and another takes its place that knows nothing. */
  async runtimeDies(index: number, arrives: boolean): Promise<void> {
    const runtime = this.#runtimes[index];
    if (runtime === undefined) return;
    this.calls.tell(`runtime ${runtime.id} ends`);
    await this.die(
      this.alive.filter((invocation) => invocation.runtime === runtime),
      arrives,
    );
    this.#runtimes[index] = newRuntime(this, runtime.id + 2);
  }

  checkLimits(): void {
    this.#invocations = [...this.alive];
    for (const invocation of this.#invocations) this.#checkLimit(invocation);
  }

  #checkLimit({ id, startedMs }: Invocation): void {
    if (this.time.nowMs - startedMs <= INVOCATION_LIMIT_MS) return;
    this.#violations.push(`#${id} has not ended after 15 minutes`);
  }

  async #begin(
    what: string,
    scheduledAtMs: number,
    index: number,
    work: (by: Invocation) => Promise<void>,
  ): Promise<void> {
    const runtime = this.#runtimes[index % this.#runtimes.length];
    if (runtime === undefined) return;
    const invocation = newInvocation(++this.#newest, runtime, scheduledAtMs, this.time.nowMs);
    this.#invocations.push(invocation);
    this.counts.add("events");
    this.calls.tell(`${what} starts #${invocation.id} in runtime ${runtime.id}`);
    const live = async (): Promise<void> => {
      try {
        await work(invocation);
        this.#checkLimit(invocation);
        invocation.ended = true;
      } catch (error) {
        this.#violations.push(`#${invocation.id} rejects: ${String(error)}`);
      }
    };
    this.time.begin(invocation, () => void live());
    await drained();
  }

  #usualAnswer(port: Port): How {
    const weather = this.weather[port];
    if (weather === undefined) return "well";
    const asked = (this.#asked.get(port) ?? 0) + 1;
    this.#asked.set(port, asked);
    return asked % weather.nth === 0 ? weather.how : "well";
  }

  #loadBroken(): Promise<Record<string, unknown>> {
    const invocation = ownerOf(this);
    invocation.broken = this.fileIsBroken;
    return this.fileIsBroken ? Promise.reject(KEY_IS_MISSING) : Promise.resolve({ Broken: WithoutJobs });
  }
}

const KEY_IS_MISSING = new Error("a key is missing");

class WithoutJobs extends JobSpawner {
  getSubJobs(): readonly JobBase[] {
    return [];
  }
}

function settingsOf(plan: Plan): Settings {
  return {
    ...SETTINGS,
    alertContacts: recipientsOf(plan),
    maxMailsPerHour: plan.maxMailsPerHour,
    referenceTargets: ["https://one.example/", "https://two.example/"].slice(0, plan.references),
    gapAlertAfterSeconds: plan.gapAlertMinutes * 60,
    flapping: plan.flapping,
    sharding: plan.sharding ?? SETTINGS.sharding,
  };
}
