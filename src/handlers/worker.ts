import type { JobFile } from "../job/load-jobs.ts";
import { handleEmail } from "./email.ts";
import type { Bindings } from "./env.ts";
import { createHttp } from "./http.ts";
import { handleScheduled } from "./scheduled.ts";

/** A Checker that runs the jobs of `files`. */
export function createWorker(files: readonly JobFile[]): ExportedHandler<Bindings> {
  const http = createHttp();
  return {
    fetch: (request, env, context) => http.fetch(request, env, context),
    scheduled: (event, env) => handleScheduled(files, event.scheduledTime, env),
    email: (message, env) => handleEmail(message, env),
  };
}
