/** The Worker behind `npm run job`: runs jobs in the real runtime, on a store that forgets. Never deployed. */
import { DurableObject } from "cloudflare:workers";
import { MemoryPings } from "../../src/adapters/memory-pings.ts";
import { MemoryStore } from "../../src/adapters/memory-store.ts";
import { systemClock, workersNetwork } from "../../src/adapters/platform.ts";
import { parseSettings } from "../../src/adapters/settings/parse-settings.ts";
import { NEW_JOB } from "../../src/domain/job-state.ts";
import { decide } from "../../src/domain/decide.ts";
import type { Settings } from "../../src/domain/settings.ts";
import { loadJobs } from "../../src/job/load-jobs.ts";
import { jobFiles } from "../../src/job/registry.generated.ts";
import { explainedNetwork } from "../../src/probes/http/explained-network.ts";
import { tell } from "../../src/usecases/notify.ts";
import { PingBook } from "../../src/usecases/ping-book.ts";
import { runJobs, type JobRun } from "../../src/usecases/run-jobs.ts";
import type { JobReport, RunReport, RunRequest } from "./report.ts";

/** wrangler.toml, which wrangler reads for this Worker too, binds objects of it. None is ever made. */
export class Runner extends DurableObject {}

export default {
  async fetch(request: Request, env: Record<string, unknown>): Promise<Response> {
    const parsed = parseSettings(env);
    if (!parsed.ok) return Response.json({ error: "settings are invalid" }, { status: 500 });
    return Response.json(await run(await request.json<RunRequest>(), parsed.settings));
  },
};

async function run(request: RunRequest, settings: Settings): Promise<RunReport> {
  const identities = new Set(request.identities);
  const files = new Set(request.files);
  const { jobs, faults } = await loadJobs(jobFiles, settings);
  const nowMs = systemClock.nowMs();
  let probes = 0;
  const runs = await runJobs(
    jobs.filter((job) => identities.has(job.identity) || files.has(job.file)),
    {
      network: explainedNetwork(workersNetwork),
      store: new MemoryStore(),
      // What was pinged is not known here: each is judged as one that was never pinged.
      pings: new PingBook(
        new MemoryPings(),
        jobs.map(({ identity }) => identity),
        nowMs,
      ),
      nowMs,
      elapsedMs: () => systemClock.nowMs(),
      deadlineMs: nowMs + 240_000,
      mailProbe: () => (probes += 1),
    },
  );
  return {
    jobs: await Promise.all(runs.map((one) => report(one, settings, nowMs))),
    faults: faults.filter(({ name }) => files.has(name)),
    probes,
  };
}

/** What would be told if this run alone decided: the notice of a failure that reaches its minimum now. */
async function report(one: JobRun, settings: Settings, nowMs: number): Promise<JobReport> {
  const { planned, outcome, emails } = one;
  const minimum = planned.policy.numberFailuresBeforeNotification;
  const before = outcome.status === "down" ? { ...NEW_JOB, failures: minimum - 1 } : NEW_JOB;
  const decision = decide(planned.policy, before, outcome, nowMs);
  const told = await tell(planned, before, outcome, decision, {
    settings,
    nowMs,
    leftMs: () => 10_000,
  });
  return {
    name: planned.name,
    identity: planned.identity,
    outcome,
    minimum,
    emails: [
      ...emails,
      ...told.map(({ to, part: { subject, body } }) => ({ subject, body: body ?? "", to })),
    ],
  };
}
