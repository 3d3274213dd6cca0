import * as v from "valibot";
import { jobId } from "../../core/job-id.ts";
import { displayStatusOf } from "../../status/status-page.ts";
import type { MailProof, PeerHealth, InstanceHealth } from "../../status/instance-health.ts";
import { VERSION } from "../../core/version.ts";
import { Count, FreshnessFields, JobId, Milliseconds, Status, textOrNull, Time, timeOf } from "./common.ts";
import { statusOf } from "./job.ts";
import { Gap, gapFields, Tick, tickFields } from "./ticks.ts";

export const Instance = v.pipe(
  v.object({
    ...FreshnessFields,
    title: v.pipe(v.string(), v.description("PAGE_TITLE, and SERVER_NAME for the owner.")),
    status: v.pipe(
      v.picklist(["True", "MailProblem", "JobProblem"]),
      v.description("How this Checker is, as it tells its peers at /status. `True`: well."),
    ),
    mail: v.pipe(
      v.object({
        state: v.pipe(
          v.picklist(["proven", "overdue", "unproven", "off"]),
          v.description(
            "`overdue`: the newest message to itself did not come back; `unproven`: none was due yet; `off`: NO_MAIL.",
          ),
        ),
        sentAt: v.nullable(Time),
        returnedAt: v.nullable(Time),
        roundTripMs: v.nullable(Milliseconds),
      }),
      v.description("The proof of this Checker's own mail: the newest message to itself."),
    ),
    details: v.pipe(
      v.nullable(
        v.object({
          version: v.string(),
          reason: v.pipe(v.string(), v.description("Why the status is what it is.")),
          lastTick: v.nullable(Tick),
          outbox: v.object({ waiting: Count, throttled: Count, failed: Count }),
          gaps: v.pipe(v.array(Gap), v.description("The newest in the minutes, at most 5, newest first.")),
          jobErrors: v.pipe(
            v.array(v.object({ file: v.string(), problem: v.string() })),
            v.description("Files in jobs/ that cannot be run, in whole or in part."),
          ),
        }),
      ),
      v.description("For the owner alone."),
    ),
  }),
  v.title("Instance"),
);

export const Peer = v.pipe(
  v.object({
    url: v.string(),
    jobId: v.pipe(v.nullable(JobId), v.description("Of the job that asks it; null where none does.")),
    status: v.nullable(Status),
    reason: v.nullable(v.string()),
    since: v.nullable(Time),
  }),
  v.title("Peer"),
);

export const PeerList = v.pipe(
  v.object({ ...FreshnessFields, items: v.pipe(v.array(Peer), v.description("In the order of PEERS.")) }),
  v.title("PeerList"),
);

function mailFields(mail: MailProof): v.InferOutput<typeof Instance>["mail"] {
  const sentAtMs = "sentAtMs" in mail ? mail.sentAtMs : null;
  const returnedAtMs = mail.kind === "proven" ? mail.returnedAtMs : null;
  return {
    state: mail.kind,
    sentAt: timeOf(sentAtMs),
    returnedAt: timeOf(returnedAtMs),
    roundTripMs: sentAtMs === null || returnedAtMs === null ? null : Math.max(0, returnedAtMs - sentAtMs),
  };
}

export function instanceFields(
  { status, mail, details }: InstanceHealth,
  title: string,
): Omit<v.InferOutput<typeof Instance>, keyof typeof FreshnessFields> {
  return {
    title,
    status,
    mail: mailFields(mail),
    details:
      details === null
        ? null
        : {
            version: VERSION,
            reason: details.reason,
            lastTick: details.lastTick === null ? null : tickFields(details.lastTick),
            outbox: { ...details.outbox },
            gaps: details.gaps.map(gapFields),
            jobErrors: details.loadErrors.map(({ name, message }) => ({
              file: `jobs/${name}`,
              problem: message,
            })),
          },
  };
}

export function peerFields({ url, lastResult }: PeerHealth): v.InferOutput<typeof Peer> {
  if (lastResult === null) return { url, jobId: null, status: null, reason: null, since: null };
  return {
    url,
    jobId: jobId(lastResult.jobKey),
    status: statusOf(displayStatusOf(lastResult.status)),
    reason: textOrNull(lastResult.reason),
    since: timeOf(lastResult.sinceMs),
  };
}
