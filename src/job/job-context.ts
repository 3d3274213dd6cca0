import type { LoopbackProbe } from "../domain/loopback.ts";
import type { ProbeContext } from "../domain/probe-context.ts";

/** The instance's proof that its own mail arrives, as its system job uses it. */
export interface Loopback {
  /** The newest few probes, newest first. */
  recent(): Promise<readonly LoopbackProbe[]>;
  /** Mails a probe with a fresh token. It is written with this tick's state and sent after it. */
  mailProbe(): void;
}

/** What `execute` is given. Jobs that need none of it may ignore it. */
export interface JobContext extends ProbeContext {
  readonly loopback: Loopback;
}
