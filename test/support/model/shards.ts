/** Shards behind an unreliable line: an object may be gone, late, or do its work without anybody's learning of it. */
import type { Network } from "../../../src/core/ports.ts";
import type { Settings } from "../../../src/core/settings.ts";
import type { JobFile } from "../../../src/job-loading/job-file.ts";
import type { NotifyClient } from "../../../src/notifications/notify-task.ts";
import type { ShardClient } from "../../../src/execution/shard-task.ts";
import { FakeShards } from "../fakes/shards.ts";
import type { Invocation, Run } from "./parts.ts";
import { ownerOf, type World } from "./ports.ts";
import type { Store } from "../../../src/storage/store.ts";

/** What the tick waits for an answer, beyond the time that it leaves, ms. */
const RUN_GRACE_MS = 5_000;
const TELL_GRACE_MS = 2_000;

export function hostileShards(
  world: World,
  files: readonly JobFile[],
  settings: Settings,
  network: Network,
  store: Store,
): ShardClient & NotifyClient {
  const { calls, time } = world;
  const clock = { nowMs: () => time.nowMs };
  const inner = new FakeShards({ files, settings, network, clock, store });
  const gone = (): Promise<never> => Promise.reject(new Error("the object is gone"));

  /** Work in another place, for `by`. What it found is not the tick's before it has arrived there. */
  const elsewhere = <T>(by: Invocation, part: Invocation, work: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      time.begin(part, () => {
        work().then(
          // Nobody hears it who is dead.
          (result) => by.dead || resolve(result),
          (error: unknown) => by.dead || reject(error as Error),
        );
      });
    });

  return {
    async run(shard, task) {
      const by = ownerOf(world);
      const startedMs = time.nowMs;
      for (const { jobKey } of task.jobs) by.runs.set(jobKey, notRun(task.nowMs));
      const { report, part } = await calls.ask({
        port: "shard",
        what: `has ${shard} run ${task.jobs.map(({ jobKey }) => jobKey).join(", ")}`,
        does: async () => {
          const part = partOf(by, time.nowMs + task.leftMs);
          return { report: await elsewhere(by, part, () => inner.run(shard, task)), part };
        },
        fails: gone,
      });
      if (time.nowMs - startedMs < task.leftMs + RUN_GRACE_MS)
        for (const [job, run] of part.runs) by.runs.set(job, run);
      return report;
    },

    async notify(shard, task) {
      const by = ownerOf(world);
      const startedMs = time.nowMs;
      const notices = task.requests.map(({ job, decision }) => `${decision.notification} ${job.jobKey}`);
      for (const notice of notices) by.toldForJobs.add(notice);
      const answers = await calls.ask({
        port: "shard",
        what: `has ${shard} tell ${notices.join(", ")}`,
        does: () => elsewhere(by, partOf(by, Infinity), () => inner.notify(shard, task)),
        fails: gone,
      });
      if (time.nowMs - startedMs < task.leftMs + TELL_GRACE_MS) {
        for (const [index, notice] of notices.entries())
          if (answers[index] !== null) by.toldForJobs.delete(notice);
      }
      return answers;
    },
  };
}

/** It lives and dies with `by`, and has runs of its own. */
function partOf(by: Invocation, jobsEndMs: number): Invocation {
  return Object.create(by, {
    runs: { value: new Map() },
    jobsEndMs: { value: jobsEndMs },
  }) as Invocation;
}

function notRun(atMs: number): Run {
  const seen = { atMs, status: "inconclusive", condition: null } as const;
  return { seen, public: false, hasStarted: false, asksProbe: false, endsMs: -Infinity };
}
