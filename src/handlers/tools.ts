import { D1Store } from "../adapters/d1/d1-store.ts";
import { meteredDatabase } from "../adapters/d1/metered.ts";
import { D1PingStore } from "../adapters/d1/ping-store.ts";
import { CloudflareMailer, silentMailer } from "../adapters/mail/cloudflare-mailer.ts";
import type { Platform } from "../adapters/platform.ts";
import type { Outcome } from "../domain/outcome.ts";
import type { Settings } from "../domain/settings.ts";
import { NO_USAGE } from "../domain/usage.ts";
import type { JobFile } from "../job/job-file.ts";
import { explainedNetwork } from "../probes/http/explained-network.ts";
import { probeReference } from "../probes/http/reference-probe.ts";
import type { LastKnown } from "../usecases/last-known.ts";
import { Meter } from "../usecases/meter.ts";
import type { TickDependencies } from "../usecases/run-tick.ts";
import type { Shards } from "../usecases/shard-task.ts";
import type { Bindings, Runners } from "./env.ts";

/** All that it takes to run jobs and to mail, in one invocation. */
export interface Tools extends TickDependencies {
  /** Counted by the meter. */
  readonly database: D1Database;
}

export function createTools(
  files: readonly JobFile[],
  lastKnown: LastKnown,
  settings: Settings,
  env: Bindings,
  { clock, random, network: bare }: Platform,
): Tools {
  const meter = new Meter();
  const database = meteredDatabase(env.DB, meter.onQueries);
  const network = explainedNetwork(meter.network(bare));
  return {
    files,
    lastKnown,
    settings,
    clock,
    random,
    meter,
    database,
    network,
    store: new D1Store(database, random),
    pings: new D1PingStore(database, random),
    mailer: settings.noMail ? silentMailer : new CloudflareMailer(env.EMAIL, settings.mailFrom, clock),
    shards: env.RUNNERS === undefined ? null : shardsOf(env.RUNNERS, lastKnown),
    askReference: (url: string): Promise<Outcome> =>
      probeReference(url, { network, signal: new AbortController().signal }),
  };
}

/** Every call is a request to a Durable Object; what a shard reports of itself counts its own. */
function shardsOf(runners: Runners, { unrecorded }: LastKnown): Shards {
  const oneCall = { ...NO_USAGE, invocations: 1 };
  return {
    run: (shard, task) =>
      runners
        .getByName(shard)
        .run(task)
        .catch((error: unknown) => {
          unrecorded.add(oneCall);
          throw error;
        }),
    tell: (shard, task) => {
      unrecorded.add(oneCall);
      return runners.getByName(shard).tell(task);
    },
  };
}
