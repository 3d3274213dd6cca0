import type { JobFrequency } from "../core/time/frequency.ts";
import type { Peer, Settings } from "../core/settings.ts";

/** What a job's constructor is given: the settings that concern jobs, and no secret. */
export interface JobConfig {
  /** Name of the job's file without its ending. The first part of every identity. */
  readonly fileName: string;
  readonly serverName: string;
  /** Whom `sendEmail` writes to by default. */
  readonly alertContacts: readonly string[];
  readonly peers: readonly Peer[];
  readonly peerCheckEvery: JobFrequency;
  /** How long a message to itself may take, s. */
  readonly loopbackTimeoutSeconds: number;
  readonly mailLoopbackTo: string;
  /** Nothing is mailed. */
  readonly noMail: boolean;
  /** Why no heartbeat can be pinged, with the remedy; null where they can. */
  readonly pingProblem: string | null;
}

export function jobConfig(fileName: string, settings: Settings): JobConfig {
  return {
    fileName,
    serverName: settings.serverName,
    alertContacts: settings.alertContacts,
    peers: settings.peers,
    peerCheckEvery: settings.peerCheckEvery,
    loopbackTimeoutSeconds: settings.loopbackTimeoutSeconds,
    mailLoopbackTo: settings.mailLoopbackTo,
    noMail: settings.noMail,
    pingProblem: settings.pingProblem,
  };
}
