import { workersPlatform, type Platform } from "../adapters/platform.ts";
import type { JobFile } from "../job/load-jobs.ts";
import { LastKnown } from "../usecases/last-known.ts";
import { handleEmail } from "./email.ts";
import type { Bindings } from "./env.ts";
import { createHttp } from "./http.ts";
import { handleScheduled } from "./scheduled.ts";

/** A Checker that runs the jobs of `files`. */
export function createWorker(
  files: readonly JobFile[],
  platform: Platform = workersPlatform,
): ExportedHandler<Bindings> {
  const http = createHttp(platform);
  const lastKnown = new LastKnown();
  return {
    fetch: (request, env, context) => http.fetch(request, env, context),
    scheduled: (event, env) => handleScheduled(files, lastKnown, event.scheduledTime, env, platform),
    email: (message, env) => handleEmail(message, env, platform),
  };
}
