/** The Worker under test: the real handlers, with jobs, mail service and database that a test can steer. */
import { workersPlatform } from "../../../src/platform/platform.ts";
import type { Notification } from "../../../src/mail/group-by-recipient.ts";
import type { ShardReport, ShardTask } from "../../../src/execution/shard-task.ts";
import { createChecker } from "../../../src/worker/worker.ts";
import type { Bindings } from "../../../src/worker/env.ts";
import type { ApiResponse, ApiTask } from "../../../src/worker/api/api-response.ts";
import type { JobFile } from "../../../src/job-loading/job-file.ts";
import { answerSql } from "../d1/remote-worker.ts";
import { CountingDatabase } from "./database.ts";
import { ask, vars } from "./jobs.ts";
import type { Steering, Verdict } from "./steering.ts";
import type { NotifyTask } from "../../../src/notifications/notify-task.ts";
import type { PageTask, RenderedPage } from "../../../src/worker/rpc.ts";

const FILES: readonly JobFile[] = [
  { name: "Broken", load: () => import("./broken-job.ts") },
  { name: "EmailChecker", load: () => import("../../../jobs/EmailChecker.ts") },
  { name: "Heartbeats", load: () => import("./jobs.ts") },
  { name: "PeerChecker", load: () => import("../../../jobs/PeerChecker.ts") },
  { name: "Steered", load: () => import("./jobs.ts") },
  { name: "WebServers", load: () => import("./jobs.ts") },
];

if (vars.TIME_SCALE !== undefined) scaleTimers(vars.TIME_SCALE);

/** How far the clock of this Worker is from the real one, ms: as the newest event wants it. */
let offsetMs: number | null = null;
const clock = { nowMs: (): number => Date.now() + (offsetMs ?? 0) };
const platform = { ...workersPlatform, clock };
const files = FILES.filter(({ name }) => vars.JOBS.includes(name));
const first = createChecker(files, platform);
let { worker } = first;

const handler: ExportedHandler<Bindings> = {
  email: (message, env, context) => worker.email?.(message, env, context),
  async fetch(request, env, context) {
    if (new URL(request.url).pathname === "/test/new") {
      offsetMs = null;
      ({ worker } = createChecker(files, platform));
      return new Response("as good as new");
    }
    const steered = { ...env, EMAIL: steeredMail(env.EMAIL, () => new Promise<never>(() => undefined)) };
    const answer = (await answerSql(request, env.DB)) ?? (await worker.fetch?.(request, steered, context));
    return answer ?? new Response(null, { status: 500 });
  },
  async scheduled(event, env, context) {
    // An event that comes late does not turn the clock back.
    offsetMs = Math.max(offsetMs ?? -Infinity, event.scheduledTime - Date.now());
    const faults = await ask<Steering["faults"]>("faults");
    const die = (): Promise<never> => {
      context.abort(new Error("the machine is gone"));
      return new Promise<never>(() => undefined);
    };
    const database = new CountingDatabase(env.DB, faults, die);
    try {
      await worker.scheduled?.(event, { ...env, DB: database, EMAIL: steeredMail(env.EMAIL, die) }, context);
    } finally {
      await ask("costs", "", JSON.stringify(database.costs()));
    }
  },
};
export default handler;

/** As in production, but for the mail service, and that a test may end it at any call. */
export class Runner extends first.Runner {
  readonly #state: DurableObjectState;

  constructor(state: DurableObjectState, env: Bindings) {
    super(state, { ...env, EMAIL: steeredMail(env.EMAIL, () => new Promise<never>(() => undefined)) });
    this.#state = state;
  }

  override tick(scheduledAtMs: number): Promise<readonly string[]> {
    return this.#watched("tick", () => super.tick(scheduledAtMs));
  }

  override run(task: ShardTask): Promise<ShardReport> {
    return this.#watched("run", () => super.run(task));
  }

  override page(task: PageTask): Promise<RenderedPage> {
    return this.#watched("page", () => super.page(task));
  }

  override answer(task: ApiTask): Promise<ApiResponse> {
    return this.#watched("answer", () => super.answer(task));
  }

  override notify(task: NotifyTask): Promise<readonly (readonly Notification[] | null)[]> {
    return this.#watched("tell", () => super.notify(task));
  }

  async #watched<T>(method: string, work: () => Promise<T>): Promise<T> {
    const call = `${method} ${this.#state.id.name ?? ""}`;
    if (await ask<boolean>("call", call)) this.#state.abort("the machine is gone");
    const result = await work();
    if (await ask<boolean>("call", `${call} at its end`)) this.#state.abort("the machine is gone");
    return result;
  }
}

/** The test says of each recipient what the mail service does; what it accepts is really sent. */
function steeredMail(binding: SendEmail, die: () => Promise<never>): SendEmail {
  return {
    async send(message: EmailMessage) {
      const verdict = await ask<Verdict>("mail", message.to);
      if (verdict === "die") return die();
      if (verdict === "hang") return new Promise<never>(() => undefined);
      if (verdict !== "accept") throw Object.assign(new Error(verdict.message), { code: verdict.code });
      return binding.send(message);
    },
  } as SendEmail;
}

/** Time limits of half a minute would make tests wait that long. What they say of themselves stays. */
function scaleTimers(factor: number): void {
  const original = globalThis.setTimeout;
  const scaled = (callback: () => void, delayMs = 0): ReturnType<typeof setTimeout> =>
    original(callback, delayMs * factor);
  Object.assign(globalThis, { setTimeout: scaled });
}
