/** Sees every decision as it comes to be, and holds it against the reference. */
import { CONNECTIVITY } from "../../../src/execution/connectivity-rules.ts";
import { NEW_JOB, type JobState } from "../../../src/alerting/job-state.ts";
import type { Counts } from "./counts.ts";
import { Ledger } from "./ledger.ts";
import type { MailBook } from "./mail.ts";
import type { Invocation, Plan, Runtime } from "./parts.ts";
import type { Past } from "./reference.ts";
import { PastBook } from "./past.ts";
import { expectedParts, jobName, partsByRecipient, recipientsOf } from "./told.ts";
import { judge, judgeConnection, seenOf } from "./verdict.ts";
import type { TickCommit } from "../../../src/scheduling/ports.ts";

type Pasts = ReadonlyMap<string, Past>;

export class Witness {
  readonly ledger: Ledger;
  readonly violations: string[] = [];
  readonly #counts: Counts;
  readonly #plan: Plan;
  readonly #book: MailBook;
  /** What each job's past was after so many commits. */
  readonly #history: Pasts[] = [new Map()];
  /** What the database holds. */
  readonly #states = new Map<string, JobState>();
  readonly #pastBook = new PastBook();
  /** The fault of the broken file was notified and is not resolved. */
  #isFaultKnown = false;
  #faultMissedSinceMs: number | null = null;

  constructor(plan: Plan, book: MailBook, counts: Counts) {
    this.#plan = plan;
    this.#book = book;
    this.#counts = counts;
    this.ledger = new Ledger(counts);
  }

  /** The database has taken this. */
  committed(by: Invocation, commit: TickCommit): void {
    by.commits += 1;
    this.ledger.committed(commit);
    this.#book.written(commit.messages);
    const base = new Map([...(this.#history.at(-1) ?? []), ...by.uncommitted]);
    const counted = this.#countedBy(by, commit);
    const { pasts, notices } = judge(this.#plan, by, base, counted, by);
    const connection = judgeConnection(this.#plan, by, base);
    const news = this.#newsOf(by, commit);
    this.#compareParts(by, commit, [
      ...expectedParts(this.#plan, by, notices),
      ...connection.notices.map(({ told }) => `${told} ${CONNECTIVITY}`),
      ...news,
    ]);
    this.#compareCounts(by, commit, counted);
    for (const [job, state] of [...commit.states, ...commit.churning]) this.#states.set(job, state);
    for (const [job, { failures }] of commit.failureCounters) {
      const state = this.#states.get(job);
      if (state !== undefined) this.#states.set(job, { ...state, failures });
    }
    const seen = new Map(
      counted.flatMap((job) => {
        const run = by.runs.get(job);
        return run === undefined ? [] : [[job, seenOf(this.#plan, by, run).status] as const];
      }),
    );
    const after = new Map([...base, ...pasts, ...connection.pasts]);
    this.#compareStates(by, this.#states, after);
    this.#history.push(after);
    const failing = [...after].flatMap(
      ([
        job,
        {
          failures: [first],
        },
      ]) => (first === undefined ? [] : [[job, first.atMs] as const]),
    );
    const uncommitted = new Set(by.uncommitted.keys());
    for (const wrong of this.#pastBook.committed(commit, seen, new Map(failing), uncommitted))
      this.#wrong(by, wrong);

    for (const { told } of notices) this.#counts.add(`notices of ${told}`);
    for (const { told } of connection.notices) this.#counts.add(`notices of ${told}, of the connection`);
    for (const one of news) this.#counts.add(`notices of ${one}`);
    if (by.uncommitted.size > 0) this.#counts.add("commits of what was decided without the database");
    by.toldForJobs.forEach(() => this.#counts.add("notices told for a job that could not be asked"));
    for (const { hasStarted } of by.runs.values())
      if (!hasStarted) this.#counts.add("runs that were lost with their shard");
    if (counted.length < by.runs.size) this.#counts.add("ticks that were overtaken");
  }

  /** What a runtime knows of the database from now on. What it decided without it is valid only if nobody else commits. */
  remembered(runtime: Runtime, version: number, states: ReadonlyMap<string, JobState>): void {
    if (version !== runtime.version) runtime.uncommitted = new Map();
    runtime.version = version;
    this.#compareStates(null, states, this.#history[version] ?? new Map<string, Past>());
  }

  /** The runs of `by` are decided without the database, unless that was done for this tick or a later one. */
  decides(by: Invocation, decides: boolean): void {
    const { version, uncommitted, notifiedUntilMs } = by.runtime;
    if (decides !== by.scheduledAtMs > notifiedUntilMs)
      this.#wrong(by, "tells a tick that was told, or does not tell");
    if (!decides) return;
    by.runtime.notifiedUntilMs = by.scheduledAtMs;
    const known = version === null ? null : (this.#history[version] ?? new Map<string, Past>());
    const base = new Map([...(known ?? []), ...uncommitted]);
    by.without = {
      verdict: judge(this.#plan, by, base, [...by.runs.keys()], { fresh: known === null }),
      version,
    };
  }

  /** The tick of `by` is over, and had to be recorded or told without the database. */
  compareWithout(by: Invocation): void {
    const { without, sentWithout } = by;
    if (without === null) return;
    const expected = expectedParts(this.#plan, by, without.verdict.notices);
    const recipients = expected.length === 0 ? [] : recipientsOf(this.#plan);
    const sent = sentWithout.map(({ mail }) => mail.to);
    if (sent.toSorted().join() !== recipients.join()) {
      this.#wrong(by, `mails ${sent.join()} without the database instead of ${recipients.join()}`);
    }
    const jobs = new Set(expected.map((part) => part.split(" ")[1] ?? ""));
    for (const { mail } of sentWithout) {
      const told = this.#plan.jobs
        .map((_, index) => jobName(index))
        .filter((job) => `${mail.subject} ${mail.body}`.includes(job));
      if (told.join() !== [...jobs].toSorted().join()) {
        this.#wrong(
          by,
          `mails ${mail.to} of ${told.join()} without the database instead of ${[...jobs].join()}`,
        );
      }
    }
    // What did not reach its person is decided anew; and all of it where somebody has committed meanwhile.
    const untold = sentWithout.every(({ isTold }) => isTold) ? new Set<string>() : jobs;
    const { runtime } = by;
    const news =
      without.version === runtime.version
        ? [...without.verdict.pasts].filter(([job]) => !untold.has(job))
        : [];
    runtime.uncommitted = new Map([...runtime.uncommitted, ...news]);
    const { uncommitted } = runtime.memory.stateCache;
    if ([...uncommitted.keys()].toSorted().join() !== [...runtime.uncommitted.keys()].toSorted().join()) {
      this.#wrong(
        by,
        `knows more of ${[...uncommitted.keys()].join()} instead of ${[...runtime.uncommitted.keys()].join()}`,
      );
    }
    this.#compareStates(by, uncommitted, runtime.uncommitted);
  }

  /** Jobs whose slot is done by this commit. */
  #countedBy(by: Invocation, { completedSlots }: TickCommit): readonly string[] {
    const done = new Set(completedSlots.map(({ frequency }) => frequency));
    const jobs = this.#plan.jobs.flatMap((job, index) => (done.has(job.frequency) ? [jobName(index)] : []));
    for (const job of jobs) {
      if (!by.runs.has(job)) this.#wrong(by, `the slot of ${job} is done, and ${job} did not run`);
    }
    return jobs.filter((job) => by.runs.has(job));
  }

  /** What is to be told of the instance itself. */
  #newsOf(by: Invocation, { gaps }: TickCommit): readonly string[] {
    const gap = gaps.find(({ frequency }) => frequency === "MINUTE");
    const isFault = this.#isFaultNews(by);
    return [
      ...(gap !== undefined && gap.slots >= this.#plan.gapAlertMinutes ? ["gap"] : []),
      ...(isFault ? ["fault"] : []),
    ];
  }

  /** It is resolved after ten minutes without it. That it was seen again is noted five minutes after it was missed. */
  #isFaultNews({ broken, scheduledAtMs }: Invocation): boolean {
    const missedMs = scheduledAtMs - (this.#faultMissedSinceMs ?? scheduledAtMs);
    const isNews = broken && !this.#isFaultKnown;
    if (broken) {
      if (isNews || missedMs >= 300_000) this.#faultMissedSinceMs = null;
      this.#isFaultKnown = true;
    } else if (this.#isFaultKnown && missedMs >= 600_000) {
      this.#isFaultKnown = false;
      this.#faultMissedSinceMs = null;
    } else if (this.#isFaultKnown) {
      this.#faultMissedSinceMs ??= scheduledAtMs;
    }
    return isNews;
  }

  #compareStates(by: Invocation | null, states: ReadonlyMap<string, JobState>, pasts: Pasts): void {
    for (const [job, { failures, due }] of pasts) {
      const state = states.get(job) ?? NEW_JOB;
      const is = [state.succeeding, state.failures, state.firstFailureAtMs, state.lastNotifiedAtMs].join(" ");
      const [first, last] = [failures[0]?.atMs ?? null, due.at(-1)?.atMs ?? null];
      const shouldBe = [failures.length === 0, failures.length, first, last].join(" ");
      if (is !== shouldBe) this.#wrong(by, `${job} is remembered as ${is} instead of ${shouldBe}`);
    }
  }

  #compareParts(by: Invocation, commit: TickCommit, expected: readonly string[]): void {
    const told = partsByRecipient(commit.messages);
    for (const to of new Set([...told.keys(), ...recipientsOf(this.#plan)])) {
      const is = (told.get(to) ?? []).toSorted().join(", ");
      const shouldBe = (recipientsOf(this.#plan).includes(to) ? expected : []).toSorted().join(", ");
      if (is !== shouldBe) this.#wrong(by, `tells ${to}: ${is}; instead of: ${shouldBe}`);
    }
    if (commit.loopbacks.length === 0 && [...by.runs.values()].some(({ asksProbe }) => asksProbe))
      this.#wrong(by, "decides no probe though a job asked for one");
    const probes = commit.messages.flatMap(({ token }) => token ?? []);
    if (probes.join() !== commit.loopbacks.map(({ token }) => token).join())
      this.#wrong(by, "a probe has no mail");
  }

  #compareCounts(by: Invocation, { tick }: TickCommit, counted: readonly string[]): void {
    if (tick === null) throw new Error("a commit without a tick");
    const statuses = counted.flatMap((job) => {
      const run = by.runs.get(job);
      return run === undefined ? [] : [seenOf(this.#plan, by, run).status];
    });
    const shouldBe = ["up", "down", "inconclusive"].map(
      (status) => statuses.filter((s) => s === status).length,
    );
    const is = [tick.up, tick.down, tick.inconclusive];
    if (tick.jobs !== counted.length || is.join() !== shouldBe.join()) {
      this.#wrong(by, `counts ${is.join()} of ${tick.jobs} instead of ${shouldBe.join()}`);
    }
  }

  #wrong(by: Invocation | null, text: string): void {
    this.violations.push(by === null ? text : `#${by.id} ${text}`);
  }
}
