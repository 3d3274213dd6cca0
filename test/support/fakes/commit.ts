/** Commits for tests of stores: of nothing, but for what the test adds. */
import { NO_HISTORY } from "./history.ts";
import type { LoopbackMail } from "../../../src/self-check/loopback.ts";
import type { MailError, Message, DigestItem, DeliveryResult } from "../../../src/mail/message.ts";
import type { AuditRecord } from "../../../src/alerting/audit.ts";
import { NEW_RECIPIENT, type RecipientState } from "../../../src/mail/recipient.ts";
import type { DecisionRecord } from "../../../src/alerting/decision-log.ts";
import { NO_USAGE } from "../../../src/usage/usage.ts";
import type { Gap } from "../../../src/core/gap.ts";
import type { StatusChange, TickRecord } from "../../../src/scheduling/tick-record.ts";
import type { TickCommit } from "../../../src/scheduling/ports.ts";
import type { Store } from "../../../src/storage/store.ts";

export const TICK: TickRecord = {
  scheduledAtMs: 60_000,
  startedAtMs: 61_000,
  finishedAtMs: 62_000,
  frequencies: ["MINUTE"],
  caughtUp: [],
  jobs: 3,
  up: 1,
  down: 1,
  inconclusive: 1,
};

export function commitOf(version: number, changes: Partial<TickCommit> = {}): TickCommit {
  return {
    version,
    states: new Map(),
    failureCounters: new Map(),
    churning: new Map(),
    changes: [],
    messages: [],
    loopbacks: [],
    newLoadErrors: [],
    resolvedLoadErrors: [],
    notifiedLoadErrors: [],
    resolvedNotifiedErrors: [],
    completedSlots: [],
    gaps: [],
    history: NO_HISTORY,
    repaired: [],
    decisions: [],
    maintenance: [],
    resolvedAcknowledgements: [],
    reportedFailures: [],
    action: null,
    tick: TICK,
    usage: { day: 20_000, tick: NO_USAGE, sum: NO_USAGE, told: [] },
    ...changes,
  };
}

/** Reads and commits, as a tick does that nobody disturbs. */
export async function commit(store: Store, changes: Partial<TickCommit>): Promise<void> {
  const { version } = await store.readTick(NOW_MS);
  const result = await store.commit(commitOf(version, changes));
  if (result !== "committed") throw new Error(result);
}

/** Later than every time in tests of stores, Unix ms. */
export const NOW_MS = 4_000_000_000_000;

export function partOf(subject: string, changes: Partial<DigestItem> = {}): DigestItem {
  return {
    kind: "other",
    jobKey: null,
    title: subject,
    detail: "",
    atMs: 1_000,
    subject,
    body: null,
    ...changes,
  };
}

export function messageOf(id: string, changes: Partial<Message> = {}): Message {
  return {
    id,
    to: `reader-of-${id.replaceAll(" ", "-")}@example.com`,
    subject: `subject of ${id}`,
    body: "body\n",
    job: null,
    items: [partOf(`subject of ${id}`)],
    decidedAtMs: 1_000,
    expiresAtMs: null,
    token: null,
    ...changes,
  };
}

export function changeOf(jobKey: string, changes: Partial<StatusChange> = {}): StatusChange {
  return { jobKey, name: `name of ${jobKey}`, from: null, to: "up", reason: "ok", atMs: 1_000, ...changes };
}

/** A probe and the message that carries it. */
export function probeOf(
  token: string,
  sentAtMs: number,
): { readonly loopbacks: readonly LoopbackMail[]; readonly messages: readonly Message[] } {
  const messageId = `message of ${token}`;
  return {
    loopbacks: [{ token, sentAtMs, returnedAtMs: null, messageId, sendError: null }],
    messages: [messageOf(messageId, { token, decidedAtMs: sentAtMs, expiresAtMs: sentAtMs + 600_000 })],
  };
}

export function accepted(id: string, atMs: number): DeliveryResult {
  return { id, attempts: 1, kind: "accepted", atMs, mailId: `mail of ${id}` };
}

/** @param error code and reason: `E_INTERNAL: try later` */
export function retry(id: string, nextAttemptAtMs: number, error: string, attempts = 1): DeliveryResult {
  return { id, attempts, kind: "retry", nextAttemptAtMs, error: mailError(error) };
}

export function gapOf(changes: Partial<Gap> = {}): Gap {
  return { frequency: "MINUTE", fromMs: 60_000, toMs: 180_000, slots: 3, ...changes };
}

export function failed(id: string, atMs: number, error: string): DeliveryResult {
  return { id, attempts: 1, kind: "failed", atMs, error: mailError(error) };
}

export function dropped(id: string, atMs: number, error: string): DeliveryResult {
  return { id, attempts: 1, kind: "dropped", atMs, error: mailError(error) };
}

/** Not tried, for the limit of mails an hour. */
export function held(id: string, untilMs: number, attempts = 0): DeliveryResult {
  return { id, attempts, kind: "throttled", untilMs, unfinished: 0 };
}

/** Recipients who took mail at these times, and have refused none since. */
export function mailed(times: Readonly<Record<string, readonly number[]>>): Map<string, RecipientState> {
  return new Map(Object.entries(times).map(([to, acceptedAtMs]) => [to, { ...NEW_RECIPIENT, acceptedAtMs }]));
}

/** A recipient who refused mail, and is to be tried again then. */
export function refusing(to: string, nextAttemptAtMs: number, refusals = 1): Map<string, RecipientState> {
  return new Map([[to, { ...NEW_RECIPIENT, refusals, nextAttemptAtMs }]]);
}

function mailError(text: string): MailError {
  const [code = "", reason = ""] = text.split(": ");
  return { code, reason };
}

export function actionOf(changes: Partial<AuditRecord> = {}): AuditRecord {
  return { atMs: 5_000, kind: "silence", jobKey: "A", name: "A", detail: "", by: "the owner", ...changes };
}

/** A failure that was told. */
export function decisionOf(
  jobKey: string,
  atMs: number,
  changes: Partial<DecisionRecord> = {},
): DecisionRecord {
  return {
    jobKey,
    atMs,
    from: "up",
    status: "down",
    reason: "it is gone",
    failures: 1,
    decisionReason: "failure threshold reached",
    notification: "failure",
    suppressedBy: null,
    messages: [],
    ...changes,
  };
}
