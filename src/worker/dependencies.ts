import { D1Store } from "../storage/d1/d1-store.ts";
import { meteredDatabase } from "../storage/d1/metered.ts";
import { D1PingStore } from "../storage/d1/heartbeats/ping-store.ts";
import { CloudflareMailer, silentMailer } from "../platform/mail/cloudflare-mailer.ts";
import type { Platform } from "../platform/platform.ts";
import type { Outcome } from "../core/outcome.ts";
import type { Settings } from "../core/settings.ts";
import { NO_USAGE } from "../usage/usage.ts";
import type { JobFile } from "../job-loading/job-file.ts";
import { withReadableErrors } from "../probes/http/readable-errors.ts";
import { probeReference } from "../probes/http/reference-probe.ts";
import type { TickMemory } from "../scheduling/tick-memory.ts";
import { UsageMeter } from "../usage/usage-meter.ts";
import type { TickDependencies } from "../scheduling/run-tick.ts";
import type { NotifyClient } from "../notifications/notify-task.ts";
import type { ShardClient } from "../execution/shard-task.ts";
import type { Store } from "../storage/store.ts";
import type { Bindings } from "./env.ts";
import type { Runners } from "./rpc.ts";

/** All that it takes to run jobs and to mail, in one invocation. */
export interface Dependencies extends TickDependencies {
  readonly store: Store;
  /** Counted by the meter. */
  readonly database: D1Database;
}

export function createDependencies(
  files: readonly JobFile[],
  memory: TickMemory,
  settings: Settings,
  env: Bindings,
  { clock, random, network: bare }: Platform,
): Dependencies {
  const meter = new UsageMeter();
  const database = meteredDatabase(env.DB, meter.onQueries);
  const network = withReadableErrors(meter.network(bare));
  return {
    files,
    memory,
    settings,
    clock,
    random,
    meter,
    database,
    network,
    store: new D1Store(database, random),
    pings: new D1PingStore(database, random),
    mailer: settings.noMail ? silentMailer : new CloudflareMailer(env.EMAIL, settings.mailFrom, clock),
    shards: env.RUNNERS === undefined ? null : shardsOf(env.RUNNERS, memory),
    askReference: (url: string): Promise<Outcome> =>
      probeReference(url, { network, signal: new AbortController().signal }),
  };
}

/** Every call is a request to a Durable Object; what a shard reports of itself counts its own. */
function shardsOf(runners: Runners, { pendingUsage }: TickMemory): ShardClient & NotifyClient {
  const oneCall = { ...NO_USAGE, invocations: 1 };
  return {
    run: (shard, task) =>
      runners
        .getByName(shard)
        .run(task)
        .catch((error: unknown) => {
          pendingUsage.add(oneCall);
          throw error;
        }),
    notify: (shard, task) => {
      pendingUsage.add(oneCall);
      return runners.getByName(shard).notify(task);
    },
  };
}
