import { workersPlatform, type Platform } from "../adapters/platform.ts";
import type { JobFile } from "../job/job-file.ts";
import { LastKnown } from "../usecases/last-known.ts";
import { act } from "./act.ts";
import { handleEmail } from "./email.ts";
import type { Bindings } from "./env.ts";
import { createHttp } from "./http.ts";
import { createRunner, type RunnerClass } from "./runner.ts";
import { handleScheduled } from "./scheduled.ts";

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
  const http = createHttp(platform, (task, env) => act(task, files, lastKnown, env, platform));
  return {
    worker: {
      fetch: (request, env, context) => http.fetch(request, env, context),
      scheduled: (event, env) => handleScheduled(files, lastKnown, event.scheduledTime, env, platform),
      email: (message, env) => handleEmail(message, env, platform),
    },
    Runner: createRunner(files, platform, lastKnown),
  };
}
