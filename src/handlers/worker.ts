import { workersPlatform, type Platform } from "../adapters/platform.ts";
import type { JobFile } from "../job/job-file.ts";
import { LastKnown } from "../usecases/last-known.ts";
import { act } from "./act.ts";
import type { ActInPlace } from "./actions.tsx";
import { handleEmail } from "./email.ts";
import type { Bindings } from "./env.ts";
import { createHttp } from "./http.ts";
import { createRunner, type RunnerClass } from "./runner.ts";
import { handleScheduled } from "./scheduled.ts";
import { UsageCourier } from "./usage-courier.ts";

export interface CheckerExports {
  readonly worker: ExportedHandler<Bindings>;
  readonly Runner: RunnerClass;
}

/** A Checker that runs the jobs of `files`. */
export function createChecker(
  files: readonly JobFile[],
  platform: Platform = workersPlatform,
): CheckerExports {
  const lastKnown = new LastKnown();
  const { unrecorded } = lastKnown;
  const courier = new UsageCourier(unrecorded, platform.clock);
  const actInPlace: ActInPlace = (task, env) => act(task, files, lastKnown, env, platform);
  const http = createHttp(platform, actInPlace, unrecorded);
  return {
    worker: {
      async fetch(request, env, context) {
        const answer = await http.fetch(request, env, context);
        context.waitUntil(courier.send(env));
        return answer;
      },
      async scheduled(event, env) {
        await handleScheduled(files, lastKnown, event.scheduledTime, env, platform);
      },
      async email(message, env, context) {
        try {
          await handleEmail(message, env, platform, unrecorded);
        } finally {
          context.waitUntil(courier.send(env));
        }
      },
    },
    Runner: createRunner(files, platform, lastKnown),
  };
}
