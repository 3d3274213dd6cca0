import * as v from "valibot";
import { MAIL_ADDRESS } from "../../../core/net/mail-address.ts";
import { latestPossible } from "../../../core/time/frequency.ts";
import {
  priorityOf,
  type LeasedMessage,
  type MailError,
  type Message,
  type DigestItem,
} from "../../../mail/message.ts";
import type { OutboxEntry, WaitingRecipient } from "../../../mail/outbox.ts";
import { NEW_RECIPIENT, type RecipientState } from "../../../mail/recipient.ts";
import { count, flag, json, parseRow, ParseProblem, time } from "../rows.ts";

type Row = Readonly<Record<string, unknown>>;

/** For messages as JSON. Nobody has tried to send them yet. */
export const INSERT_MESSAGES = `
  INSERT INTO message (id, recipient, subject, body, job, items, token, decided_at, expires_at, priority,
                       attempts, next_attempt_at, closed)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->5, value->>6, value->>7, value->>8, value->>9,
         0, 0, 0 FROM json_each(?1)`;

export function messageColumns(m: Message): readonly unknown[] {
  return [
    m.id,
    m.to,
    m.subject,
    m.body,
    m.job,
    m.items,
    m.token,
    m.decidedAtMs,
    m.expiresAtMs,
    priorityOf(m),
  ];
}

const ItemSchema = v.object({
  kind: v.picklist(["failure", "recovery", "inconclusive", "flapping", "other"]),
  jobKey: v.nullable(v.string()),
  title: v.string(),
  detail: v.string(),
  atMs: time,
  subject: v.string(),
  body: v.nullable(v.string()),
});

/**
 * To whom and what must be there, and for a probe until when. All else is kept for other ends: an alert is worth
 * more than that, so where it cannot be read it is taken for missing.
 */
const MessageRow = v.object({
  id: v.string(),
  recipient: v.pipe(v.string(), v.regex(MAIL_ADDRESS)),
  subject: v.string(),
  body: v.string(),
  job: v.fallback(v.nullable(v.string()), null),
  items: v.fallback(v.nullable(json(v.array(ItemSchema))), null),
  token: v.nullable(v.string()),
  decided_at: time,
  expires_at: v.nullable(time),
  attempts: v.fallback(count, 1),
  unfinished: v.fallback(count, 1),
  throttled: v.fallback(flag, false),
  last_error_code: v.fallback(v.nullable(v.string()), null),
  last_error: v.fallback(v.nullable(v.string()), null),
});
type MessageRow = v.InferOutput<typeof MessageRow>;

/** @param nowMs stands for a time of decision that cannot be one */
export function parseMessage(row: Row, nowMs: number): LeasedMessage | ParseProblem {
  const isTime = v.is(time, row["decided_at"]) && row["decided_at"] <= latestPossible(nowMs);
  const decidedAtMs = isTime ? Number(row["decided_at"]) : nowMs;
  // Nothing but a probe is of no use after its time.
  const expiry = row["token"] === null ? { expires_at: null } : {};
  const r = parseRow(MessageRow, { ...row, ...expiry, decided_at: decidedAtMs });
  if (r instanceof ParseProblem) return r;
  return {
    id: r.id,
    to: r.recipient,
    subject: r.subject,
    body: r.body,
    job: r.job,
    items: r.items ?? [itemOf(r)],
    token: r.token,
    decidedAtMs: r.decided_at,
    expiresAtMs: r.expires_at,
    attempts: r.attempts,
    unfinished: r.unfinished,
    lastError: errorOf(r.last_error_code, r.last_error),
    throttled: r.throttled,
  };
}

/** A message that an older version wrote has no parts: it is one, under its own subject. */
function itemOf(row: MessageRow): DigestItem {
  const subject = row.subject.replace(/^\[[^\]]*\] /, "");
  const { job, decided_at: atMs } = row;
  return { kind: "other", jobKey: job, title: subject, detail: "", atMs, subject, body: null };
}

function errorOf(code: string | null, reason: string | null): MailError | null {
  if (code !== null) return { code, reason: reason ?? "" };
  // Of an older version, which wrote both as one text.
  const match = reason === null ? null : /^(E_\w+): (.*)$/s.exec(reason);
  if (match?.[1] !== undefined) return { code: match[1], reason: match[2] ?? "" };
  return reason === null ? null : { code: "E_UNKNOWN", reason };
}

const RecipientRow = json(v.tuple([v.array(v.unknown()), count, time]));

/** What cannot be read is forgotten: its recipient is then sent more mail in that hour, and not less. */
export function parseRecipients(rows: readonly Row[]): ReadonlyMap<string, RecipientState> {
  return new Map(
    rows.flatMap((row): [string, RecipientState][] => {
      const { success, output } = v.safeParse(RecipientRow, row["recipient_state"]);
      if (!success) return [];
      const [accepted, refusals, nextAttemptAtMs] = output;
      const acceptedAtMs = accepted.filter((atMs) => typeof atMs === "number");
      return [[String(row["recipient"]), { ...NEW_RECIPIENT, acceptedAtMs, refusals, nextAttemptAtMs }]];
    }),
  );
}

const WaitingRow = v.object({
  address: v.string(),
  refusals: v.fallback(count, 0),
  next_attempt_at: v.fallback(time, 0),
});

export function parseWaitingRecipient(row: Row): WaitingRecipient | ParseProblem {
  const r = parseRow(WaitingRow, row);
  if (r instanceof ParseProblem) return r;
  return { to: r.address, refusals: r.refusals, nextAttemptAtMs: r.next_attempt_at };
}

/** Whatever is in the row: what cannot be sent must be seen all the same. */
export function parseOutboxEntry(row: Row): OutboxEntry {
  const text = (name: string): string =>
    typeof row[name] === "string" ? row[name] : JSON.stringify(row[name] ?? "");
  const number = (name: string): number | null => (v.is(time, row[name]) ? row[name] : null);
  const orNull = (name: string): string | null => (row[name] === null ? null : text(name));
  const message = parseMessage(row, 0);
  const failedAtMs = number("failed_at");
  const jobs = message instanceof ParseProblem ? [] : message.items.flatMap(({ jobKey }) => jobKey ?? []);
  return {
    id: text("id"),
    state: failedAtMs !== null ? "failed" : row["throttled"] === 1 ? "throttled" : "waiting",
    to: text("recipient"),
    subject: text("subject"),
    body: text("body"),
    jobs: [...new Set(jobs)],
    decidedAtMs: number("decided_at") ?? 0,
    attempts: number("attempts") ?? 0,
    nextAttemptAtMs: failedAtMs === null ? nextAttemptOf(number) : null,
    failedAtMs,
    lastError: errorOf(orNull("last_error_code"), orNull("last_error")),
  };
}

/** Its own, or that of its recipient, which all of the recipient's messages wait for. */
function nextAttemptOf(number: (name: string) => number | null): number | null {
  const own = number("next_attempt_at");
  return own === null ? null : Math.max(own, number("recipient_next_attempt_at") ?? 0);
}

const Crowded = json(v.array(v.string()));

/** @param text a JSON list of addresses. What cannot be read keeps no mail back. */
export function parseCrowded(text: unknown): readonly string[] {
  return v.parse(v.fallback(Crowded, []), text);
}
