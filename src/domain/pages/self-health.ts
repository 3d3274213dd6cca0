import { instanceStatus, type InstanceStatus, type InstanceView } from "../instance-status.ts";
import type { JobOverview } from "../history/ports.ts";
import { judgeLoopback } from "../loopback.ts";
import type { Gap } from "../ledger.ts";
import type { JobFault } from "../ports.ts";
import type { Peer, Settings } from "../settings.ts";
import type { Viewer } from "./overview.ts";

/** Where the proof of this instance's own mail stands. */
export type MailProof =
  | { readonly kind: "proven"; readonly sentAtMs: number; readonly returnedAtMs: number }
  | { readonly kind: "overdue"; readonly sentAtMs: number }
  | { readonly kind: "unproven" }
  /** NO_MAIL is set. */
  | { readonly kind: "off" };

/** Another Checker, and what it last said. */
export interface PeerHealth {
  readonly url: string;
  /** As its job has it; null where no job watches it. */
  readonly said: Pick<JobOverview, "job" | "status" | "reason" | "sinceMs"> | null;
}

/** What only the owner is shown of an instance. */
export interface PrivateHealth {
  readonly reason: string;
  readonly peers: readonly PeerHealth[];
  readonly outbox: InstanceView["outbox"];
  readonly gaps: readonly Gap[];
  readonly faults: readonly JobFault[];
  readonly lastTick: InstanceView["lastTick"];
}

/** How Checker itself is. */
export interface SelfHealth {
  readonly word: InstanceStatus["word"];
  readonly mail: MailProof;
  /** Null for strangers. */
  readonly details: PrivateHealth | null;
}

export function selfHealth(
  jobs: readonly JobOverview[],
  instance: InstanceView,
  settings: Settings,
  viewer: Viewer,
  nowMs: number,
): SelfHealth {
  const { word, reason } = instanceStatus(instance, settings, nowMs);
  const { outbox, gaps, faults, lastTick } = instance;
  const details = { reason, peers: peersOf(jobs, settings.peers), outbox, gaps, faults, lastTick };
  return { word, mail: mailProof(instance, settings, nowMs), details: viewer === "owner" ? details : null };
}

function mailProof(instance: InstanceView, settings: Settings, nowMs: number): MailProof {
  if (settings.noMail) return { kind: "off" };
  const proof = judgeLoopback(instance.probes, settings.loopbackTimeoutSeconds * 1000, nowMs);
  if (proof.kind === "unproven") return proof;
  const { sentAtMs, returnedAtMs } = proof.probe;
  return proof.kind === "proven" && returnedAtMs !== null
    ? { kind: "proven", sentAtMs, returnedAtMs }
    : { kind: "overdue", sentAtMs };
}

/** A peer's job is known by its only argument, whatever its file is called; the file that ships goes first. */
function peersOf(jobs: readonly JobOverview[], peers: readonly Peer[]): PeerHealth[] {
  return peers.map(({ url }) => {
    const argument = JSON.stringify([url]);
    const said =
      jobs.find(({ job }) => job === `PeerChecker${argument}`) ??
      jobs.find(({ job }) => job.endsWith(argument));
    return { url, said: said ?? null };
  });
}
