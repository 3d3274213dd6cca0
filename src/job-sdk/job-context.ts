import type { LoopbackMail } from "../self-check/loopback.ts";
import type { PingReading } from "../heartbeats/ping.ts";
import type { ProbeContext } from "../core/probe-context.ts";

/** The instance's proof that its own mail arrives, as its system job uses it. */
export interface Loopback {
  /** The newest few probes, newest first. */
  recent(): Promise<readonly LoopbackMail[]>;
  /** Mails a probe with a fresh token. It is written with this tick's state and sent after it. */
  sendLoopback(): void;
}

/** What is known of pings, as jobs that wait for them use it. */
export interface Pings {
  /** Of the job with this identity. All of a tick are one query. */
  of(jobKey: string): Promise<PingReading>;
}

/** What `execute` is given. Jobs that need none of it may ignore it. */
export interface JobContext extends ProbeContext {
  readonly loopback: Loopback;
  readonly pings: Pings;
}
