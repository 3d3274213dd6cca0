/** Jobs as the lists of jobs/ make them, without a platform. */
import type { Network } from "../../src/domain/ports.ts";
import type { JobContext } from "../../src/job/job-context.ts";
import type { JobSpawner } from "../../src/job/job-spawner.ts";
import type { JobConfig } from "../../src/job/job-config.ts";
import { loadJobs } from "../../src/job/load-jobs.ts";
import type { PlannedJob } from "../../src/job/planned-job.ts";
import type { Settings } from "../../src/domain/settings.ts";
import { MemoryPings } from "../../src/adapters/memory-pings.ts";
import { PingBook } from "../../src/usecases/ping-book.ts";
import { at, fakeContext, SETTINGS } from "./fakes.ts";

type Spawner = new (config: JobConfig) => JobSpawner;

/** What the file `List` of jobs/ gives when it exports this class. */
export async function loadList(
  List: Spawner,
  settings: Partial<Settings> = {},
): Promise<{ jobs: readonly PlannedJob[]; fault: string | null }> {
  const file = { name: "List", load: () => Promise.resolve({ List }) };
  const { jobs, faults } = await loadJobs([file], { ...SETTINGS, ...settings });
  return { jobs, fault: faults[0]?.text ?? null };
}

export function jobContext(network: Partial<Network> = {}, changes: Partial<JobContext> = {}): JobContext {
  return {
    ...fakeContext(network),
    loopback: { recent: () => Promise.resolve([]), mailProbe: () => undefined },
    pings: new PingBook(new MemoryPings(), [], at("2026-11-23 10:00")),
    ...changes,
  };
}
