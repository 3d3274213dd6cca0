import * as v from "valibot";
import { uptimesOf } from "../../status/job-page.ts";
import type { DisplayStatus, JobView } from "../../status/status-page.ts";
import {
  Count,
  Frequency,
  FreshnessFields,
  JobId,
  Milliseconds,
  NextCursor,
  Share,
  Status,
  textOrNull,
  Time,
  timeOf,
} from "./common.ts";

export const OutcomeCounts = {
  up: v.pipe(Count, v.description("Runs that were up.")),
  down: v.pipe(Count, v.description("Runs that were down.")),
  inconclusive: v.pipe(Count, v.description("Runs that found nothing out.")),
  missed: v.pipe(Count, v.description("Slots in which the job was owed a run and had none.")),
  maintenance: v.pipe(
    Count,
    v.description("Runs under maintenance, however they ended. They are in none of the other counts."),
  ),
};

export const Uptime = v.pipe(
  v.object({
    days: v.pipe(Count, v.description("Over so many days, of which the last is today so far.")),
    uptime: v.pipe(v.nullable(Share), v.description("up / (up + down); null where neither was seen.")),
    coverage: v.pipe(
      v.nullable(Share),
      v.description("(up + down) / all slots that were owed; null where none was."),
    ),
  }),
  v.title("Uptime"),
);

const Fields = {
  id: JobId,
  name: v.pipe(v.string(), v.examples(["HTTPServer https://example.com/"])),
  group: v.pipe(v.string(), v.description("The heading under which it stands."), v.examples(["Shop"])),
  status: Status,
  reason: v.pipe(
    v.nullable(v.string()),
    v.description("Why it is so. For the owner alone."),
    v.examples(["answered HTTP 503 instead of 200"]),
  ),
  since: v.pipe(v.nullable(Time), v.description("When the present status began.")),
  maintenanceUntil: v.pipe(v.nullable(Time), v.description("Null where it is under no maintenance.")),
  silencedUntil: v.pipe(
    v.nullable(Time),
    v.description("Until when nobody is told of it, by its owner's wish. For the owner alone."),
  ),
  acknowledged: v.pipe(
    v.nullable(v.boolean()),
    v.description("Its owner knows of its failure. For the owner alone."),
  ),
  frequency: Frequency,
  isPublic: v.pipe(v.boolean(), v.description("Strangers see it too.")),
  jobKey: v.pipe(
    v.nullable(v.string()),
    v.description("By which Checker knows it: its file and arguments. For the owner alone."),
    v.examples(['HTTPServerChecker["https://example.com/"]']),
  ),
  latencyMs: v.pipe(
    v.nullable(Milliseconds),
    v.description(
      "The median of this hour so far of a job that runs every minute, and that of the newest slot of any other. Null where no run was up.",
    ),
    v.examples([84]),
  ),
  uptimes: v.pipe(v.array(Uptime), v.description("Of 1, 7, 30 and 90 days.")),
};

export const JobSummary = v.pipe(v.object(Fields), v.title("JobSummary"));

export const Job = v.pipe(
  v.object({
    ...FreshnessFields,
    ...Fields,
    days: v.pipe(
      v.array(
        v.object({
          date: v.pipe(v.string(), v.isoDate(), v.description("UTC."), v.examples(["2026-11-23"])),
          ...OutcomeCounts,
        }),
      ),
      v.description("90 days, oldest first; the last is today so far."),
    ),
    latenciesMs: v.pipe(
      v.array(v.nullable(Milliseconds)),
      v.description(
        "24 points, oldest first: medians of hours of a job that runs every minute, the last runs of any other.",
      ),
    ),
  }),
  v.title("Job"),
);

export const JobList = v.pipe(
  v.object({
    ...FreshnessFields,
    total: v.pipe(
      Count,
      v.description("Jobs of all pages: that fit the filters, and that whoever asks may see."),
    ),
    items: v.pipe(v.array(JobSummary), v.description("Ordered by name.")),
    nextCursor: NextCursor,
  }),
  v.title("JobList"),
);

const STATUS_OF: Readonly<Record<DisplayStatus, v.InferOutput<typeof Status>>> = {
  up: "up",
  down: "down",
  inconclusive: "inconclusive",
  maintenance: "maintenance",
  new: "new",
};

export function statusOf(look: DisplayStatus): v.InferOutput<typeof Status> {
  return STATUS_OF[look];
}

/** @param isAdmin an identity may hold what was meant for nobody else */
export function jobSummary(job: JobView, isAdmin: boolean): v.InferOutput<typeof JobSummary> {
  return {
    id: job.id,
    name: job.name,
    group: job.group,
    status: statusOf(job.displayStatus),
    reason: textOrNull(job.reason),
    since: timeOf(job.sinceMs),
    maintenanceUntil: timeOf(job.maintenanceUntilMs),
    silencedUntil: timeOf(job.silencedUntilMs),
    acknowledged: isAdmin ? job.isAcknowledged : null,
    frequency: job.frequency,
    isPublic: job.isPublic,
    jobKey: isAdmin ? job.jobKey : null,
    latencyMs: job.latenciesMs.at(-1) ?? null,
    uptimes: uptimesOf(job).map(({ days, uptime, coverage }) => ({ days, uptime, coverage })),
  };
}

export function jobDetails(
  job: JobView,
  isAdmin: boolean,
): Omit<v.InferOutput<typeof Job>, keyof typeof FreshnessFields> {
  return {
    ...jobSummary(job, isAdmin),
    days: job.days.map(({ atMs, up, down, inconclusive, missed, maintenance }) => ({
      date: timeOf(atMs).slice(0, 10),
      up,
      down,
      inconclusive,
      missed,
      maintenance,
    })),
    latenciesMs: [...job.latenciesMs],
  };
}

/** The order of the list, which does not change with the jobs' states: pages of it fit together. */
export function byName(a: JobView, b: JobView): number {
  return compare(a.name, b.name) || compare(a.id, b.id);
}

/** @param place of the last job of the page before */
export function isAfter(job: JobView, [name, id]: readonly [string, string]): boolean {
  return (compare(job.name, name) || compare(job.id, id)) > 0;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
