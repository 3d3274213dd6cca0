import { MINUTE_MS } from "../../core/time/frequency.ts";
import { uptimesOf } from "../../status/job-page.ts";
import {
  jobsOf,
  displayStatusOf,
  type DisplayStatus,
  type StatusPageModel,
  type JobView,
} from "../../status/status-page.ts";
import type { MailProof, InstanceDetails, InstanceHealth } from "../../status/instance-health.ts";
import { oneLine } from "../../core/text.ts";
import { VERSION } from "../../core/version.ts";
import type { Family, Labels, Sample } from "./exposition.ts";

/** All that there is to be measured, for the owner. */
export interface MetricsSnapshot {
  readonly overview: StatusPageModel;
  /** When the oldest message that waits was decided, Unix ms; null where none does. */
  readonly oldestWaitingAtMs: number | null;
  readonly staleAfterSeconds: number;
}

const STATUSES = ["up", "down", "inconclusive", "maintenance", "new"] as const;
const WORDS: readonly InstanceHealth["status"][] = ["True", "MailProblem", "JobProblem"];
const PROOFS: readonly MailProof["kind"][] = ["proven", "overdue", "unproven", "off"];

export function metricFamilies({
  overview,
  oldestWaitingAtMs,
  staleAfterSeconds,
}: MetricsSnapshot): Family[] {
  const { instance, asOfMs } = overview;
  const jobs = jobsOf(overview);
  return [
    { name: "checker_build", type: "info", help: "What runs.", samples: [one(1, { version: VERSION })] },
    states("checker_status", "What Checker says of itself at /status.", "status", WORDS, instance.status),
    seconds("checker_last_tick_timestamp_seconds", "When the last whole tick ended.", asOfMs),
    {
      name: "checker_stale_after_seconds",
      type: "gauge",
      unit: "seconds",
      help: "Setting: without a tick for this long nothing that is told of jobs is the present.",
      samples: [one(staleAfterSeconds)],
    },
    ...mailFamilies(instance.mail),
    ...(instance.details === null ? [] : instanceFamilies(instance.details, oldestWaitingAtMs)),
    gauge(
      "checker_jobs",
      "Jobs by how they are.",
      STATUSES.map((status) =>
        one(jobs.filter(({ displayStatus }) => nameOf(displayStatus) === status).length, { status }),
      ),
    ),
    ...jobFamilies(jobs),
  ];
}

function mailFamilies(mail: MailProof): Family[] {
  const sentAtMs = "sentAtMs" in mail ? mail.sentAtMs : null;
  const returnedAtMs = mail.kind === "proven" ? mail.returnedAtMs : null;
  const tookMs = sentAtMs === null || returnedAtMs === null ? null : Math.max(0, returnedAtMs - sentAtMs);
  return [
    states("checker_mail_proof", "Where the proof of Checker's own mail stands.", "state", PROOFS, mail.kind),
    seconds(
      "checker_mail_proof_sent_timestamp_seconds",
      "When the newest message to itself that is decided was mailed.",
      sentAtMs,
    ),
    seconds(
      "checker_mail_proof_returned_timestamp_seconds",
      "When it came back. Not there while it did not.",
      returnedAtMs,
    ),
    seconds("checker_mail_round_trip_seconds", "How long it was on its way.", tookMs),
  ];
}

function instanceFamilies(details: InstanceDetails, oldestWaitingAtMs: number | null): Family[] {
  const { lastTick, outbox, peers, gaps, loadErrors } = details;
  const [gap] = gaps;
  return [
    {
      name: "checker_ticks",
      type: "counter",
      help: "Whole ticks since the database was made, and runs that the owner asked for.",
      samples: lastTick === null ? [] : [one(lastTick.id)],
    },
    seconds(
      "checker_last_tick_duration_seconds",
      "How long the last whole tick took.",
      lastTick === null ? null : Math.max(0, lastTick.finishedAtMs - lastTick.startedAtMs),
    ),
    gauge(
      "checker_last_tick_jobs",
      "Jobs that the last whole tick ran, by how they ended.",
      lastTick === null
        ? []
        : (["up", "down", "inconclusive"] as const).map((status) => one(lastTick[status], { status })),
    ),
    gauge(
      "checker_outbox_messages",
      "Messages in the outbox: waiting, delayed by the hourly limit (throttled), or given up (failed).",
      [
        one(outbox.waiting, { state: "waiting" }),
        one(outbox.throttled, { state: "throttled" }),
        one(outbox.failed, { state: "failed" }),
      ],
    ),
    seconds(
      "checker_outbox_oldest_timestamp_seconds",
      "When the oldest message that waits was decided. Not there while none does.",
      oldestWaitingAtMs,
    ),
    gauge("checker_peers", "Other Checkers that this one watches.", [one(peers.length)]),
    gauge(
      "checker_peer_status",
      "1 for how a peer was found last. All 0 where no job asks it.",
      peers.flatMap(({ url, lastResult }) =>
        STATUSES.map((status) =>
          one(Number(lastResult !== null && nameOf(displayStatusOf(lastResult.status)) === status), {
            url: oneLine(url, 400),
            status,
          }),
        ),
      ),
    ),
    seconds(
      "checker_last_gap_end_timestamp_seconds",
      "When the newest time without checks was over.",
      gap === undefined ? null : gap.toMs + MINUTE_MS,
    ),
    seconds(
      "checker_last_gap_duration_seconds",
      "How long it was.",
      gap === undefined ? null : gap.slots * MINUTE_MS,
    ),
    gauge("checker_job_file_errors", "Files in jobs/ that cannot be run, in whole or in part.", [
      one(loadErrors.length),
    ]),
  ];
}

function jobFamilies(jobs: readonly JobView[]): Family[] {
  const each = (valueMs: (job: JobView) => number | null): Sample[] =>
    jobs.flatMap((job) => {
      const ms = valueMs(job);
      return ms === null ? [] : [one(ms / 1000, labelsOf(job))];
    });
  const shares = (of: "uptime" | "coverage"): Sample[] =>
    jobs.flatMap((job) =>
      uptimesOf(job).flatMap(({ days, [of]: share }) =>
        share === null ? [] : [one(shortened(share), { ...labelsOf(job), window: `${days}d` })],
      ),
    );
  return [
    {
      name: "checker_job",
      type: "info",
      help: "What a job is, to be joined by its id.",
      samples: jobs.map((job) =>
        one(1, {
          ...labelsOf(job),
          group: oneLine(job.group),
          frequency: job.frequency,
          visibility: job.isPublic ? "public" : "private",
        }),
      ),
    },
    gauge(
      "checker_job_status",
      "1 for how a job is. As of the last tick, so look at its age first.",
      jobs.flatMap((job) =>
        STATUSES.map((status) =>
          one(Number(nameOf(job.displayStatus) === status), { ...labelsOf(job), status }),
        ),
      ),
    ),
    {
      name: "checker_job_since_timestamp_seconds",
      type: "gauge",
      unit: "seconds",
      help: "When its present status began.",
      samples: each(({ sinceMs }) => sinceMs),
    },
    {
      name: "checker_job_latency_seconds",
      type: "gauge",
      unit: "seconds",
      help: "The median of this hour so far of a job that runs every minute, and that of the newest slot of any other.",
      samples: each(({ latenciesMs }) => latenciesMs.at(-1) ?? null),
    },
    {
      name: "checker_job_uptime_ratio",
      type: "gauge",
      unit: "ratio",
      help: "Up of what was found up or down, over whole days of which the last is today so far.",
      samples: shares("uptime"),
    },
    {
      name: "checker_job_coverage_ratio",
      type: "gauge",
      unit: "ratio",
      help: "What was found up or down of all runs that were owed, over the same days.",
      samples: shares("coverage"),
    },
  ];
}

/** To six digits, rounded down, so that a failure never reads as 1. */
function shortened(share: number): number {
  return Math.floor(share * 1e6 + 1e-6) / 1e6;
}

/** A name may be that of several jobs. What is in it may have come from anywhere. */
function labelsOf({ id, name }: JobView): Labels {
  return { id, name: oneLine(name) };
}

function nameOf(look: DisplayStatus): (typeof STATUSES)[number] {
  return look === "inconclusive" ? "inconclusive" : look;
}

function one(value: number, labels: Labels = {}): Sample {
  return { labels, value };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Family {
  return { name, type: "gauge", help, samples };
}

/** One number of seconds, from ms; left out where it is null. */
function seconds(name: string, help: string, ms: number | null): Family {
  const samples = ms === null ? [] : [one(ms / 1000)];
  return { name, type: "gauge", unit: "seconds", help, samples };
}

/** A sample for each state, 1 for the present one. */
function states<State extends string>(
  name: string,
  help: string,
  label: string,
  all: readonly State[],
  present: State,
): Family {
  return gauge(
    name,
    help,
    all.map((state) => one(Number(state === present), { [label]: state })),
  );
}
