import { instanceStatus, type InstanceStatus } from "../self-check/instance-status.ts";
import type { JobStatusRow } from "../history/ports.ts";
import { evaluateLoopback } from "../self-check/loopback.ts";
import type { Peer, Settings } from "../core/settings.ts";
import type { Gap } from "../core/gap.ts";
import type { JobLoadError } from "../job-loading/load-error.ts";
import type { InstanceView } from "./instance-view.ts";
import type { Audience } from "./audience.ts";

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
  readonly lastResult: Pick<JobStatusRow, "jobKey" | "status" | "reason" | "sinceMs"> | null;
}

/** What only the owner is shown of an instance. */
export interface InstanceDetails {
  readonly reason: string;
  readonly peers: readonly PeerHealth[];
  readonly outbox: InstanceView["outbox"];
  readonly gaps: readonly Gap[];
  readonly loadErrors: readonly JobLoadError[];
  readonly lastTick: InstanceView["lastTick"];
}

/** How Checker itself is. */
export interface InstanceHealth {
  readonly status: InstanceStatus["status"];
  readonly mail: MailProof;
  /** Null for strangers. */
  readonly details: InstanceDetails | null;
}

export function instanceHealth(
  jobs: readonly JobStatusRow[],
  instance: InstanceView,
  settings: Settings,
  audience: Audience,
  nowMs: number,
): InstanceHealth {
  const { status, reason } = instanceStatus(instance, settings, nowMs);
  const { outbox, gaps, loadErrors, lastTick } = instance;
  const details = { reason, peers: peersOf(jobs, settings.peers), outbox, gaps, loadErrors, lastTick };
  return {
    status,
    mail: mailProof(instance, settings, nowMs),
    details: audience === "admin" ? details : null,
  };
}

function mailProof(instance: InstanceView, settings: Settings, nowMs: number): MailProof {
  if (settings.noMail) return { kind: "off" };
  const proof = evaluateLoopback(instance.loopbacks, settings.loopbackTimeoutSeconds * 1000, nowMs);
  if (proof.kind === "unproven") return proof;
  const { sentAtMs, returnedAtMs } = proof.probe;
  return proof.kind === "proven" && returnedAtMs !== null
    ? { kind: "proven", sentAtMs, returnedAtMs }
    : { kind: "overdue", sentAtMs };
}

/** A peer's job is known by its only argument, whatever its file is called; the file that ships goes first. */
function peersOf(jobs: readonly JobStatusRow[], peers: readonly Peer[]): PeerHealth[] {
  return peers.map(({ url }) => {
    const argument = JSON.stringify([url]);
    const said =
      jobs.find(({ jobKey }) => jobKey === `PeerChecker${argument}`) ??
      jobs.find(({ jobKey }) => jobKey.endsWith(argument));
    return { url, lastResult: said ?? null };
  });
}
