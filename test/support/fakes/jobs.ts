/** Jobs as the lists of jobs/ make them, without a platform. */
import type { Network } from "../../../src/core/ports.ts";
import type { JobContext } from "../../../src/job-sdk/job-context.ts";
import type { JobSpawner } from "../../../src/job-sdk/job-spawner.ts";
import type { JobConfig } from "../../../src/job-sdk/job-config.ts";
import { loadJobs } from "../../../src/job-loading/load-jobs.ts";
import type { JobDefinition } from "../../../src/job-loading/job-definition.ts";
import type { Settings } from "../../../src/core/settings.ts";
import { MemoryPings } from "../memory-store/pings.ts";
import { HeartbeatReader } from "../../../src/heartbeats/heartbeat-reader.ts";
import { at, fakeContext, SETTINGS } from "./ports.ts";

type Spawner = new (config: JobConfig) => JobSpawner;

/** What the file `List` of jobs/ gives when it exports this class. */
export async function loadList(
  List: Spawner,
  settings: Partial<Settings> = {},
): Promise<{ jobs: readonly JobDefinition[]; fault: string | null }> {
  const file = { name: "List", load: () => Promise.resolve({ List }) };
  const { jobs, loadErrors } = await loadJobs([file], { ...SETTINGS, ...settings });
  return { jobs, fault: loadErrors[0]?.message ?? null };
}

export function jobContext(network: Partial<Network> = {}, changes: Partial<JobContext> = {}): JobContext {
  return {
    ...fakeContext(network),
    loopback: { recent: () => Promise.resolve([]), sendLoopback: () => undefined },
    pings: new HeartbeatReader(new MemoryPings(), [], at("2026-11-23 10:00")),
    ...changes,
  };
}
