import * as v from "valibot";
import type { OutboxEntry } from "../../mail/outbox.ts";
import { jobId } from "../../core/job-id.ts";
import { Count, JobId, NextCursor, Time, timeOf } from "./common.ts";

export const Message = v.pipe(
  v.object({
    id: v.string(),
    state: v.pipe(
      v.picklist(["waiting", "throttled", "failed"]),
      v.description(
        "`waiting`: for its first or next attempt; `throttled`: by the limit of mails an hour; `failed`: given up.",
      ),
    ),
    to: v.string(),
    subject: v.string(),
    body: v.string(),
    jobIds: v.pipe(v.array(JobId), v.description("Of the jobs that it is about.")),
    decidedAt: Time,
    attempts: Count,
    nextAttemptAt: v.pipe(v.nullable(Time), v.description("Null for what is due at once or has failed.")),
    failedAt: v.nullable(Time),
    lastError: v.pipe(
      v.nullable(v.object({ code: v.string(), reason: v.string() })),
      v.description("What the mail service said."),
    ),
  }),
  v.title("Message"),
);

export const Outbox = v.pipe(
  v.object({
    items: v.pipe(
      v.array(Message),
      v.description("What was decided and is not told yet, or not at all. Newest first."),
    ),
    nextCursor: NextCursor,
  }),
  v.title("Outbox"),
);

export function messageFields(entry: OutboxEntry): v.InferOutput<typeof Message> {
  const { id, state, to, subject, body, jobs, decidedAtMs, attempts, lastError } = entry;
  return {
    id,
    state,
    to,
    subject,
    body,
    jobIds: jobs.map(jobId),
    decidedAt: timeOf(decidedAtMs),
    attempts,
    nextAttemptAt: entry.nextAttemptAtMs === 0 ? null : timeOf(entry.nextAttemptAtMs),
    failedAt: timeOf(entry.failedAtMs),
    lastError: lastError === null ? null : { code: lastError.code, reason: lastError.reason },
  };
}
