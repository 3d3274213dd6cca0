/** The Worker behind `npm run job`: runs jobs in the real runtime, without a database. Never deployed. */
import { DurableObject } from "cloudflare:workers";
import { systemClock, workersNetwork } from "../../src/platform/platform.ts";
import { parseSettings } from "../../src/platform/settings/parse-settings.ts";
import { NEW_JOB } from "../../src/alerting/job-state.ts";
import { evaluate } from "../../src/alerting/evaluate.ts";
import type { Settings } from "../../src/core/settings.ts";
import { loadJobs } from "../../src/job-loading/load-jobs.ts";
import { jobFiles } from "../../src/job-loading/registry.generated.ts";
import { withReadableErrors } from "../../src/probes/http/readable-errors.ts";
import { notifyJob } from "../../src/notifications/notify-job.ts";
import { HeartbeatReader, type PingReader } from "../../src/heartbeats/heartbeat-reader.ts";
import { runJobs, type JobRun } from "../../src/execution/run-jobs.ts";
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

/** Pings are in the database of a deployed Worker, so here every heartbeat looks as if it was never pinged. */
const NEVER_PINGED: PingReader = {
  readPings: async () => ({ records: new Map(), damage: [], outageEndMs: 0 }),
  register: async () => {},
};

async function run(request: RunRequest, settings: Settings): Promise<RunReport> {
  const jobKeys = new Set(request.jobKeys);
  const files = new Set(request.files);
  const { jobs, loadErrors } = await loadJobs(jobFiles, settings);
  const nowMs = systemClock.nowMs();
  let probes = 0;
  const runs = await runJobs(
    jobs.filter((job) => jobKeys.has(job.jobKey) || files.has(job.file)),
    {
      network: withReadableErrors(workersNetwork),
      store: { recentLoopbacks: async () => [] },
      pings: new HeartbeatReader(
        NEVER_PINGED,
        jobs.map(({ jobKey }) => jobKey),
        nowMs,
      ),
      nowMs,
      elapsedMs: () => systemClock.nowMs(),
      deadlineMs: nowMs + 240_000,
      sendLoopback: () => (probes += 1),
    },
  );
  return {
    jobs: await Promise.all(runs.map((one) => report(one, settings, nowMs))),
    faults: loadErrors.filter(({ name }) => files.has(name)),
    probes,
  };
}

/** What would be told if this run alone decided: the notice of a failure that reaches its minimum now. */
async function report(one: JobRun, settings: Settings, nowMs: number): Promise<JobReport> {
  const { definition, outcome, emails } = one;
  const minimum = definition.policy.numberFailuresBeforeNotification;
  const before = outcome.status === "down" ? { ...NEW_JOB, failures: minimum - 1 } : NEW_JOB;
  const decision = evaluate(definition.policy, before, outcome, nowMs);
  const told = await notifyJob(definition, before, outcome, decision, {
    settings,
    nowMs,
    leftMs: () => 10_000,
  });
  return {
    name: definition.name,
    jobKey: definition.jobKey,
    outcome,
    minimum,
    emails: [
      ...emails,
      ...told.map(({ to, item: { subject, body } }) => ({ subject, body: body ?? "", to })),
    ],
  };
}
