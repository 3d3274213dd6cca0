/** Commits for tests of stores: of nothing, but for what the test adds. */
import type { LoopbackProbe } from "../../src/domain/loopback.ts";
import type { Message } from "../../src/domain/message.ts";
import type { StatusChange, Store, TickCommit, TickRecord } from "../../src/domain/ports.ts";

export const TICK: TickRecord = {
  scheduledAtMs: 60_000,
  startedAtMs: 61_000,
  finishedAtMs: 62_000,
  frequencies: ["MINUTE"],
  jobs: 3,
  up: 1,
  down: 1,
  inconclusive: 1,
};

export function commitOf(version: number, changes: Partial<TickCommit> = {}): TickCommit {
  return {
    version,
    states: new Map(),
    changes: [],
    messages: [],
    probes: [],
    faultsTold: [],
    faultsGone: [],
    slotsDone: [],
    tick: TICK,
    ...changes,
  };
}

/** Reads and commits, as a tick does that nobody disturbs. */
export async function commit(store: Store, changes: Partial<TickCommit>): Promise<void> {
  const { version } = await store.readTick();
  const result = await store.commit(commitOf(version, changes));
  if (result !== "committed") throw new Error(result);
}

export function messageOf(id: string, changes: Partial<Message> = {}): Message {
  return {
    id,
    to: "ops@example.com",
    subject: `subject of ${id}`,
    body: "body\n",
    job: null,
    decidedAtMs: 1_000,
    expiresAtMs: null,
    token: null,
    ...changes,
  };
}

export function changeOf(job: string, changes: Partial<StatusChange> = {}): StatusChange {
  return { job, name: `name of ${job}`, from: null, to: "up", reason: "ok", atMs: 1_000, ...changes };
}

/** A probe and the message that carries it. */
export function probeOf(
  token: string,
  sentAtMs: number,
): { readonly probes: readonly LoopbackProbe[]; readonly messages: readonly Message[] } {
  const messageId = `message of ${token}`;
  return {
    probes: [{ token, sentAtMs, returnedAtMs: null, messageId, sendError: null }],
    messages: [messageOf(messageId, { token, decidedAtMs: sentAtMs, expiresAtMs: sentAtMs + 600_000 })],
  };
}
