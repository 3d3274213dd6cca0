/** An instance that only watches heartbeats, and their pings. */
import { HeartbeatSpawner, type Heartbeat } from "../../src/checks/heartbeat.ts";
import { jobId } from "../../src/domain/pages/job-id.ts";
import { parseSignal, type Ping, type PingReceipt } from "../../src/domain/ping.ts";
import { Instance, timeOf } from "./timeline-instance.ts";

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
): Promise<PingReceipt> {
  const parsed = parseSignal(signal);
  if (parsed === null) throw new Error(`${signal} is none`);
  return checker.pings.recordPing(jobId(`Heartbeats["sync"]`), {
    signal: parsed,
    run: null,
    output: "",
    atMs: timeOf(time),
    ...rest,
  });
}

export const HOURLY: Heartbeat = { name: "sync", everyMinutes: 60 };
