import * as v from "valibot";
import type { JobFrequency } from "../../domain/frequency.ts";
import type { JobState } from "../../domain/job-state.ts";
import type { LoopbackProbe } from "../../domain/loopback.ts";
import type { LeasedMessage } from "../../domain/message.ts";
import type { StatusChange, TickRecord } from "../../domain/ports.ts";

/** Rows as D1 gives them, checked on the way in: a schema that drifted must not turn into a wrong green. */

const integer = v.pipe(v.number(), v.integer());
const flag = v.pipe(
  v.picklist([0, 1]),
  v.transform((value) => value === 1),
);
const status = v.picklist(["up", "down", "inconclusive"]);

const StateRow = v.object({
  job: v.string(),
  succeeding: flag,
  failures: integer,
  first_failure_at: v.nullable(integer),
  last_notify_at: v.nullable(integer),
  told_condition: v.nullable(v.string()),
  status: v.nullable(status),
  reason: v.string(),
  since: v.nullable(integer),
  inconclusive_runs: integer,
  inconclusive_told: flag,
});

export function parseState(row: unknown): readonly [string, JobState] {
  const r = v.parse(StateRow, row);
  return [
    r.job,
    {
      succeeding: r.succeeding,
      failures: r.failures,
      firstFailureAtMs: r.first_failure_at,
      lastNotifyAtMs: r.last_notify_at,
      toldCondition: r.told_condition,
      status: r.status,
      reason: r.reason,
      sinceMs: r.since,
      inconclusiveRuns: r.inconclusive_runs,
      inconclusiveTold: r.inconclusive_told,
    },
  ];
}

const frequencyName = v.picklist(["MINUTE", "HOUR", "DAY", "DAY_NOON"]);
const SlotRow = v.object({ name: frequencyName, slot: integer });

export function parseSlot(row: unknown): readonly [JobFrequency, number] {
  const { name, slot } = v.parse(SlotRow, row);
  return [name, slot];
}

const ProbeRow = v.object({
  token: v.string(),
  message_id: v.string(),
  sent_at: integer,
  returned_at: v.nullable(integer),
  send_error: v.nullable(v.string()),
});

export function parseProbe(row: unknown): LoopbackProbe {
  const r = v.parse(ProbeRow, row);
  return {
    token: r.token,
    sentAtMs: r.sent_at,
    returnedAtMs: r.returned_at,
    messageId: r.message_id,
    sendError: r.send_error,
  };
}

const MessageRow = v.object({
  id: v.string(),
  recipient: v.string(),
  subject: v.string(),
  body: v.string(),
  job: v.nullable(v.string()),
  token: v.nullable(v.string()),
  decided_at: integer,
  expires_at: v.nullable(integer),
  attempts: integer,
});

export function parseMessage(row: unknown): LeasedMessage {
  const r = v.parse(MessageRow, row);
  return {
    id: r.id,
    to: r.recipient,
    subject: r.subject,
    body: r.body,
    job: r.job,
    token: r.token,
    decidedAtMs: r.decided_at,
    expiresAtMs: r.expires_at,
    attempts: r.attempts,
  };
}

const TickRow = v.object({
  id: integer,
  scheduled_at: integer,
  started_at: integer,
  finished_at: integer,
  frequencies: v.string(),
  jobs: integer,
  up: integer,
  down: integer,
  inconclusive: integer,
});

export function parseTick(row: unknown): TickRecord & { readonly id: number } {
  const r = v.parse(TickRow, row);
  return {
    id: r.id,
    scheduledAtMs: r.scheduled_at,
    startedAtMs: r.started_at,
    finishedAtMs: r.finished_at,
    frequencies: v.parse(v.array(frequencyName), r.frequencies === "" ? [] : r.frequencies.split(" ")),
    jobs: r.jobs,
    up: r.up,
    down: r.down,
    inconclusive: r.inconclusive,
  };
}

const ChangeRow = v.object({
  id: integer,
  job: v.string(),
  name: v.string(),
  status_from: v.nullable(status),
  status_to: status,
  reason: v.string(),
  at: integer,
});

export function parseChange(row: unknown): StatusChange & { readonly id: number } {
  const r = v.parse(ChangeRow, row);
  return {
    id: r.id,
    job: r.job,
    name: r.name,
    from: r.status_from,
    to: r.status_to,
    reason: r.reason,
    atMs: r.at,
  };
}
