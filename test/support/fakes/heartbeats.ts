/** An instance that only watches heartbeats, and their pings. */
import { HeartbeatSpawner, type Heartbeat } from "../../../src/checks/heartbeat.ts";
import { jobId } from "../../../src/core/job-id.ts";
import { parsePingKind, type Ping, type PingResult } from "../../../src/heartbeats/ping.ts";
import { Instance, timeOf } from "../timeline/instance.ts";

export function heartbeats(...list: readonly Heartbeat[]): Instance {
  class Heartbeats extends HeartbeatSpawner {
    override heartbeats = list;
  }
  return new Instance([{ name: "Heartbeats", load: () => Promise.resolve({ Heartbeats }) }]);
}

/** As the handler records it. */
export function ping(
  checker: Instance,
  time: string,
  signal = "",
  rest: Partial<Ping> = {},
): Promise<PingResult> {
  const parsed = parsePingKind(signal);
  if (parsed === null) throw new Error(`${signal} is none`);
  return checker.pings.recordPing(jobId(`Heartbeats["sync"]`), {
    kind: parsed,
    runId: null,
    output: "",
    atMs: timeOf(time),
    ...rest,
  });
}

export const HOURLY: Heartbeat = { name: "sync", everyMinutes: 60 };
