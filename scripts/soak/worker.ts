/**
 * The Worker of `npm run soak`: the real handlers, with targets, time and a mail service that the soak
 * steers. Never deployed.
 */
import { env } from "cloudflare:workers";
import { EmailChecker } from "../../jobs/EmailChecker.ts";
import { workersPlatform } from "../../src/platform/platform.ts";
import {
  down,
  JobBase,
  type JobFailureCountMinimumBeforeNotification,
  JobFailureNotificationFrequency,
  JobSpawner,
  up,
  type JobConfig,
  type JobContext,
  type Outcome,
} from "../../src/checker.ts";
import type { Bindings } from "../../src/worker/env.ts";
import { createChecker } from "../../src/worker/worker.ts";
import { ruleOf } from "./rules.ts";
import type { Verdict } from "./world.ts";

const { SOAK_WORLD, SOAK_TARGETS } = env as unknown as {
  readonly SOAK_WORLD: string;
  readonly SOAK_TARGETS: number;
};

class Target extends JobBase {
  readonly #index: number;

  constructor(config: JobConfig, index: number) {
    super(config, index);
    this.#index = index;
  }

  override notifyOnFailureEvery(): JobFailureNotificationFrequency {
    return JobFailureNotificationFrequency[ruleOf(this.#index).every];
  }

  override numberFailuresBeforeNotification(): JobFailureCountMinimumBeforeNotification {
    return ruleOf(this.#index).minimum;
  }

  override timeLimitMs(): number {
    return 1_000;
  }

  async execute({ network, signal }: JobContext): Promise<Outcome> {
    const response = await network.fetch(`${SOAK_WORLD}/target/${this.#index}`, { signal });
    await response.body?.cancel();
    return response.status === 200 ? up("well") : down(`HTTP ${response.status}`);
  }
}

class Targets extends JobSpawner {
  *getSubJobs(config: JobConfig): Generator<JobBase> {
    for (let index = 0; index < SOAK_TARGETS; index++) yield new Target(config, index);
  }
}

let offsetMs = 0;
const clock = { nowMs: (): number => Date.now() + offsetMs };
const { worker, Runner: Production } = createChecker(
  [
    { name: "Targets", load: () => Promise.resolve({ Targets }) },
    { name: "EmailChecker", load: () => Promise.resolve({ EmailChecker }) },
  ],
  { ...workersPlatform, clock },
);

async function ask(route: string): Promise<string> {
  return (await fetch(`${SOAK_WORLD}/${route}`)).text();
}

/** Minutes pass in less than a second here. */
async function setClock(): Promise<void> {
  offsetMs = Number(await ask("now")) - Date.now();
}

const handler: ExportedHandler<Bindings> = {
  async fetch(request, bindings, context) {
    await setClock();
    return worker.fetch?.(request, bindings, context) ?? new Response(null, { status: 500 });
  },
  async scheduled(event, bindings, context) {
    await setClock();
    await worker.scheduled?.(event, steered(bindings), context);
  },
  async email(message, bindings, context) {
    await setClock();
    await worker.email?.(message, bindings, context);
  },
};
export default handler;

/** As in production, but for the clock and the mail service. */
export class Runner extends Production {
  constructor(state: DurableObjectState, bindings: Bindings) {
    super(state, steered(bindings));
  }

  override async tick(scheduledAtMs: number): Promise<readonly string[]> {
    await setClock();
    return super.tick(scheduledAtMs);
  }
}

function steered(bindings: Bindings): Bindings {
  return { ...bindings, EMAIL: steeredMail(bindings.EMAIL) };
}

function steeredMail(binding: SendEmail): SendEmail {
  return {
    async send(message: EmailMessage) {
      const verdict = (await ask("mail")) as Verdict;
      const sent = verdict === "refuse" ? null : await binding.send(message);
      if (verdict === "accept" && sent !== null) return sent;
      throw Object.assign(new Error("try again later"), { code: "E_INTERNAL_SERVER_ERROR" });
    },
  } as SendEmail;
}
