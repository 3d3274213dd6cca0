/** A whole Checker on a real D1, which goes through what a test hands it. */
import { D1Store } from "../../../src/storage/d1/d1-store.ts";
import { instanceStatus } from "../../../src/self-check/instance-status.ts";
import { down, up } from "../../../src/core/outcome.ts";
import type { JobFile } from "../../../src/job-loading/job-file.ts";
import { ACCEPTED, refused } from "../../support/fakes/ports.ts";
import { answerSql } from "../../support/d1/remote-worker.ts";
import { Instance, jobFile } from "../../support/timeline/instance.ts";

/** What happens next. Times are of the day of `timeline.ts`, such as `10:04`. */
export type Step =
  | { readonly tick: string }
  /** From now on these jobs fail, and all others are well. */
  | { readonly failing: readonly string[] }
  /** From now on the mail service refuses mail to these. */
  | { readonly refused: readonly string[] }
  /** Every message to itself that is on its way comes back. */
  | { readonly return: true }
  | { readonly sql: string };

export interface Seen {
  /** What the tick, the delivery or the statement threw, or null. */
  readonly error: string | null;
  /** `done`, `nothing due` or `not recorded`; "" for what is no tick. */
  readonly kind: string;
  readonly mails: readonly { readonly to: string; readonly subject: string; readonly body: string }[];
  /** Of a statement. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** What `/status` says after it: `MailProblem: …`. */
  readonly status: string;
}

export interface Scenario {
  /** Jobs of every minute besides the one that mails itself. */
  readonly jobs: readonly string[];
  readonly contacts: readonly string[];
  readonly steps: readonly Step[];
}

class Checker {
  readonly #db: D1Database;
  readonly #instance: Instance;
  #failing: readonly string[] = [];

  constructor(db: D1Database, { jobs, contacts }: Scenario) {
    this.#db = db;
    const files: JobFile[] = jobs.map((name) =>
      jobFile(name, {
        execute: () => (this.#failing.includes(name) ? down("it is gone") : up("fine")),
        numberFailuresBeforeNotification: () => 1,
      }),
    );
    files.push({ name: "EmailChecker", load: () => import("../../../jobs/EmailChecker.ts") });
    this.#instance = new Instance(files, { alertContacts: contacts });
    this.#instance.store = new D1Store(db, this.#instance.random);
  }

  async take(step: Step): Promise<Seen> {
    const { mailer, store, clock, settings } = this.#instance;
    const before = mailer.accepted.length;
    let kind = "";
    let rows: Seen["rows"] = [];
    const errors: string[] = [];
    const attempt = async (work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        errors.push(String(error));
      }
    };
    if ("tick" in step) {
      await attempt(async () => (kind = (await this.#instance.runTick(step.tick)).kind));
      await attempt(() => this.#instance.deliver());
    } else if ("failing" in step) {
      this.#failing = step.failing;
    } else if ("refused" in step) {
      mailer.answer = ({ to }) => (step.refused.includes(to) ? refused() : ACCEPTED);
    } else if ("return" in step) {
      for (const { token } of await store.recentLoopbacks(50)) {
        await store.receiveLoopback(token, clock.ms, settings.loopbackTimeoutSeconds * 1000);
      }
    } else {
      await attempt(async () => (rows = (await this.#db.prepare(step.sql).all()).results));
    }
    const status = instanceStatus(await store.readStatus(), settings, clock.ms);
    return {
      error: errors.length === 0 ? null : errors.join("; "),
      kind,
      mails: mailer.accepted.slice(before).map(({ to, subject, body }) => ({ to, subject, body })),
      rows,
      status: `${status.status}: ${status.reason}`,
    };
  }
}

export default {
  async fetch(request: Request, env: { readonly DB: D1Database }): Promise<Response> {
    const answer = await answerSql(request, env.DB);
    if (answer !== null) return answer;
    const scenario = await request.json<Scenario>();
    const checker = new Checker(env.DB, scenario);
    const seen: Seen[] = [];
    for (const step of scenario.steps) seen.push(await checker.take(step));
    return Response.json(seen);
  },
};
