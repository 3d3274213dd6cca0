import { workersPlatform, type Platform } from "../platform/platform.ts";
import type { JobFile } from "../job-loading/job-file.ts";
import { TickMemory } from "../scheduling/tick-memory.ts";
import { act } from "./run-admin-command.ts";
import type { ActInPlace } from "./pages/actions.tsx";
import { handleEmail } from "./email.ts";
import type { Bindings } from "./env.ts";
import { createHttp } from "./http.ts";
import { createRunner, type RunnerClass } from "./runner.ts";
import { handleScheduled } from "./scheduled.ts";
import { UsageReporter } from "./usage-reporter.ts";

export interface CheckerExports {
  readonly worker: ExportedHandler<Bindings>;
  readonly Runner: RunnerClass;
}

/** A Checker that runs the jobs of `files`. */
export function createChecker(
  files: readonly JobFile[],
  platform: Platform = workersPlatform,
): CheckerExports {
  const memory = new TickMemory();
  const { pendingUsage } = memory;
  const courier = new UsageReporter(pendingUsage, platform.clock);
  const actInPlace: ActInPlace = (task, env) => act(task, files, memory, env, platform);
  const http = createHttp(platform, actInPlace, pendingUsage);
  return {
    worker: {
      async fetch(request, env, context) {
        const answer = await http.fetch(request, env, context);
        context.waitUntil(courier.send(env));
        return answer;
      },
      async scheduled(event, env) {
        await handleScheduled(files, memory, event.scheduledTime, env, platform);
      },
      async email(message, env, context) {
        try {
          await handleEmail(message, env, platform, pendingUsage);
        } finally {
          context.waitUntil(courier.send(env));
        }
      },
    },
    Runner: createRunner(files, platform, memory),
  };
}
