/** A Checker of the Free plan with a thousand jobs on a real D1, minute by minute, and what it uses counted beside it. */
import { parseSettings } from "../../src/platform/settings/parse-settings.ts";
import type { JobFrequency } from "../../src/core/time/frequency.ts";
import { down, up, type Outcome } from "../../src/core/outcome.ts";
import type { Network } from "../../src/core/ports.ts";
import { projectDay, type ProjectedJob } from "../../src/capacity/projection.ts";
import { NO_USAGE, type DayUsage, type Usage } from "../../src/usage/usage.ts";
import { runEvent } from "../../src/worker/scheduled.ts";
import { JobBase } from "../../src/job-sdk/job-base.ts";
import type { JobConfig } from "../../src/job-sdk/job-config.ts";
import type { JobContext } from "../../src/job-sdk/job-context.ts";
import type { JobFile } from "../../src/job-loading/job-file.ts";
import { JobSpawner } from "../../src/job-sdk/job-spawner.ts";
import { loadJobs } from "../../src/job-loading/load-jobs.ts";
import { TickMemory } from "../../src/scheduling/tick-memory.ts";
import type { ShardTask } from "../../src/execution/shard-task.ts";
import { countedD1 } from "../support/d1/counted.ts";
import { FakeShards } from "../support/fakes/shards.ts";
import { answerSql } from "../support/d1/remote-worker.ts";
import { FakeClock, FakeRandom, fakeNetwork } from "../support/fakes/ports.ts";
import type { NotifyTask } from "../../src/notifications/notify-task.ts";

/** How many jobs there are. */
const JOBS: Readonly<Record<JobFrequency, number>> = { MINUTE: 1_000, HOUR: 100, DAY: 40, DAY_NOON: 40 };
/** What a job takes of its shard's time, ms: an answer of 300, six at a time. */
const ANSWER_MS = 50;
/** What a tick takes besides, ms. */
const TICK_MS = 500;
const MINUTE_MS = 60_000;

const VARS = {
  SERVER_NAME: "checker",
  ALERT_CONTACT: "admin@mine.net",
  MAIL_FROM: "checker@mine.net",
  PLAN: "free",
};

/** What was seen from outside of the Checker. */
export interface Counted {
  /** Calls of Durable Objects, those that run ticks among them. */
  readonly calls: number;
  readonly requests: number;
  readonly queries: number;
  readonly rowsRead: number;
  readonly rowsWritten: number;
  /** The most of one invocation. */
  readonly peakRequests: number;
  readonly peakQueries: number;
  /** Runs that were down, and mails. */
  readonly failures: number;
  readonly mails: number;
}

export interface DayReport {
  readonly faults: readonly string[];
  readonly counted: Counted;
  /** Of the newest tick. */
  readonly ledger: DayUsage;
  /** What comes into the ledger with the next tick. */
  readonly pendingUsage: Usage;
  /** By the name of the limit. */
  readonly projected: Readonly<Record<string, number>>;
}

/** Ticks from one minute to the other, both Unix ms, the second exclusive; all counts begin anew where asked. */
export interface Stretch {
  readonly fromMs: number;
  readonly toMs: number;
  readonly anew: boolean;
}

const NOTHING = {
  calls: 0,
  requests: 0,
  peakRequests: 0,
  peakQueries: 0,
  failures: 0,
  mails: 0,
};

class Day {
  readonly #memory = new TickMemory();
  readonly #random = new FakeRandom();
  readonly #clock = new FakeClock(0);
  readonly #shards = new Map<string, { readonly clock: FakeClock; readonly shards: FakeShards }>();
  readonly #files: readonly JobFile[];
  readonly #settings = settingsOf(VARS);
  #counts = { ...NOTHING };
  readonly #faults: string[] = [];
  readonly #database: ReturnType<typeof countedD1>;
  readonly #db: D1Database;

  constructor(db: D1Database) {
    this.#db = db;
    this.#database = countedD1(db);
    this.#files = (Object.keys(JOBS) as JobFrequency[]).map((frequency) => fileOf(frequency));
  }

  async run({ fromMs, toMs, anew }: Stretch): Promise<DayReport> {
    if (anew) {
      this.#counts = { ...NOTHING };
      Object.assign(this.#database.counts, { queries: 0, rowsRead: 0, rowsWritten: 0 });
      this.#memory.pendingUsage.take();
    }
    for (let atMs = fromMs; atMs < toMs; atMs += MINUTE_MS) await this.#tick(atMs);
    const newest = await this.#db
      .prepare("SELECT usage FROM tick ORDER BY id DESC LIMIT 1")
      .first<string>("usage");
    const pendingUsage = this.#memory.pendingUsage.take();
    this.#memory.pendingUsage.add(pendingUsage);
    return {
      faults: this.#faults,
      counted: { ...this.#counts, ...this.#database.counts },
      ledger: JSON.parse(newest ?? "null") as DayUsage,
      pendingUsage,
      projected: await this.#projected(),
    };
  }

  async #tick(atMs: number): Promise<void> {
    const startedMs = atMs + 2_000;
    this.#clock.ms = startedMs;
    const { counts } = this.#database;
    const before = counts.queries;
    this.#counts.calls += 1;
    const faults = await runEvent(
      this.#files,
      this.#memory,
      atMs,
      {
        ...VARS,
        DB: this.#database.db,
        EMAIL: { send: async () => void (this.#counts.mails += 1) } as unknown as SendEmail,
        RUNNERS: { getByName: (name) => this.#runner(name) },
      },
      { clock: this.#clock, random: this.#random, network: fakeNetwork() },
    );
    // As the object does that runs the ticks.
    this.#memory.pendingUsage.add({ ...NO_USAGE, durableObjectMs: this.#clock.ms - startedMs });
    this.#faults.push(...faults.map(String));
    this.#counts.peakQueries = Math.max(this.#counts.peakQueries, counts.queries - before);
  }

  /** Objects run side by side, so each has a clock of its own, and the tick waits for the last. */
  #runner(name: string) {
    const { shards, clock: own } = this.#shards.get(name) ?? this.#newShard(name);
    own.ms = this.#clock.ms;
    return {
      tick: () => Promise.reject(new Error("is run by the test")),
      act: () => Promise.reject(new Error("nobody asks for anything")),
      page: () => Promise.reject(new Error("shows nothing")),
      answer: () => Promise.reject(new Error("tells nothing")),
      addUsage: () => Promise.reject(new Error("counts nothing")),
      run: async (task: ShardTask) => {
        this.#counts.calls += 1;
        const startedMs = own.ms;
        const report = await shards.run(name, task);
        this.#counts.peakRequests = Math.max(this.#counts.peakRequests, (own.ms - startedMs) / ANSWER_MS);
        this.#clock.ms = Math.max(this.#clock.ms, own.ms + TICK_MS);
        return report;
      },
      notify: (task: NotifyTask) => {
        this.#counts.calls += 1;
        return shards.notify(name, task);
      },
    };
  }

  #newShard(name: string) {
    const clock = new FakeClock(this.#clock.ms);
    const network = this.#network(clock);
    const shards = new FakeShards({ files: this.#files, settings: this.#settings, network, clock });
    this.#shards.set(name, { shards, clock });
    return { shards, clock };
  }

  #network(clock: FakeClock): Network {
    return fakeNetwork({
      fetch: (url) => {
        this.#counts.requests += 1;
        clock.ms += ANSWER_MS;
        const isDown = fails(url, clock.ms);
        if (isDown) this.#counts.failures += 1;
        return Promise.resolve({ status: isDown ? 503 : 200, redirected: false } as Response);
      },
    });
  }

  async #projected(): Promise<Readonly<Record<string, number>>> {
    const { jobs } = await loadJobs(this.#files, this.#settings);
    const listed: ProjectedJob[] = jobs.map(({ jobKey, frequency }) => ({ jobKey, frequency }));
    const { plan, sharding, history } = this.#settings;
    return Object.fromEntries(
      projectDay(listed, plan, sharding, history).map(({ limit, used }) => [limit.name, used]),
    );
  }
}

/** Every hundredth server is down all day; every twentieth for three minutes every twelve hours, at times of its own. */
function fails(url: string, nowMs: number): boolean {
  const number = Number(/\d+/.exec(url)?.[0]);
  return (
    number % 100 === 13 || (number % 20 === 7 && (Math.floor(nowMs / MINUTE_MS) + 13 * number) % 720 < 3)
  );
}

function fileOf(frequency: JobFrequency): JobFile {
  class Server extends JobBase {
    readonly #url: string;
    constructor(config: JobConfig, url: string) {
      super(config, url);
      this.#url = url;
    }
    override executeEvery(): JobFrequency {
      return frequency;
    }
    async execute({ network, signal }: JobContext): Promise<Outcome> {
      const { status } = await network.fetch(this.#url, { signal });
      return status === 200 ? up("HTTP 200", 300) : down(`HTTP ${status}`);
    }
  }
  class Servers extends JobSpawner {
    *getSubJobs(config: JobConfig): Generator<JobBase> {
      for (let number = 0; number < JOBS[frequency]; number++)
        yield new Server(config, `https://server-${number}.example.com/`);
    }
  }
  const name = `Servers${frequency.replace("_", "")}`;
  return { name, load: () => Promise.resolve({ [name]: Servers }) };
}

function settingsOf(vars: Readonly<Record<string, string>>) {
  const parsed = parseSettings(vars);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.settings;
}

let day: Day | null = null;

export default {
  async fetch(request: Request, env: { readonly DB: D1Database }): Promise<Response> {
    const answer = await answerSql(request, env.DB);
    if (answer !== null) return answer;
    day ??= new Day(env.DB);
    return Response.json(await day.run(await request.json<Stretch>()));
  },
};
