import type { DayBar, JobHistorySummary } from "../history/ports.ts";
import { addCounts, coverageOf, NO_OUTCOMES, uptimeOf } from "../history/rollup.ts";
import { NO_SUPPRESSIONS, type Suppressions } from "../alerting/suppression.ts";
import { maintainedAt, type ActiveMaintenance } from "../alerting/maintenance.ts";
import type { Settings } from "../core/settings.ts";
import { plural } from "../core/text.ts";
import { jobId } from "../core/job-id.ts";
import { instanceHealth, type InstanceHealth } from "./instance-health.ts";
import type { InstanceView } from "./instance-view.ts";
import type { Audience } from "./audience.ts";

/** How a job is, as a person reads it: `new` has not run yet, `maintenance` is not up while it is worked on. */
export type DisplayStatus = "down" | "inconclusive" | "maintenance" | "new" | "up";

/** A job as the page shows it. */
export interface JobView extends Omit<JobHistorySummary, "status"> {
  readonly id: string;
  readonly displayStatus: DisplayStatus;
  /** Of the days that are shown, from 0 to 1; null where neither up nor down was seen. */
  readonly uptime: number | null;
  /** From 0 to 1; null where no run was owed. */
  readonly coverage: number | null;
  /** Until when it is under maintenance, Unix ms; null where it is not. */
  readonly maintenanceUntilMs: number | null;
  /** Until when its owner wants to hear nothing of it or of any job, Unix ms; null where he does. For strangers null. */
  readonly silencedUntilMs: number | null;
  /** The same, of what he said of this job alone. */
  readonly ownSilenceUntilMs: number | null;
  /** Its owner knows of its failure. For strangers always false. */
  readonly isAcknowledged: boolean;
}

export interface JobGroup {
  readonly name: string;
  readonly jobs: readonly JobView[];
}

/** How old what is shown is. */
export interface Freshness {
  /** When it was read, Unix ms. */
  readonly readAtMs: number;
  /** When the last whole tick ended, Unix ms: what is shown of jobs is as of then. Null before the first. */
  readonly asOfMs: number | null;
  /** Older than STALE_AFTER_SECONDS: what it shows may have changed since. */
  readonly isStale: boolean;
  /** When it will be, Unix ms, if no tick comes; null where it is, or where there is no data at all. */
  readonly staleAtMs: number | null;
}

/** All jobs and the instance itself, at one moment. */
export interface StatusPageModel extends Freshness {
  readonly audience: Audience;
  /** One line that sums up. */
  readonly summary: string;
  /** The worst that any job is. */
  readonly worst: DisplayStatus;
  readonly instance: InstanceHealth;
  readonly groups: readonly JobGroup[];
  /** Until when the owner wants to hear of no job at all, Unix ms; null where he does. For strangers always null. */
  readonly silencedUntilMs: number | null;
}

/** Instead of a reason. */
const NOT_TOLD = "";

/** Worst first. */
const DISPLAY_STATUSES: readonly DisplayStatus[] = ["down", "inconclusive", "maintenance", "new", "up"];

/**
 * What a viewer sees. A stranger sees public jobs alone, without reasons: what a server answered may be meant for
 * nobody else. Nothing that is shown to him depends on private jobs, not even an order or a number.
 */
export function overviewOf(
  summaries: readonly JobHistorySummary[],
  instance: InstanceView,
  settings: Settings,
  audience: Audience,
  nowMs: number,
): StatusPageModel {
  const seen =
    audience === "admin" ? summaries : summaries.filter(({ isPublic }) => isPublic).map(withoutReason);
  const maintained = maintainedAt(instance.maintenance, nowMs);
  const word = audience === "admin" ? instance.suppressions : NO_SUPPRESSIONS;
  const jobs = seen.map((card) => toJobView(card, maintained.get(card.jobKey) ?? null, word, nowMs));
  return {
    silencedUntilMs: silenceOf(null, word, nowMs),
    audience,
    ...freshnessOf(instance, settings, nowMs),
    summary: summaryOf(jobs),
    worst: DISPLAY_STATUSES.find((look) => jobs.some((job) => job.displayStatus === look)) ?? "up",
    instance: instanceHealth(summaries, instance, settings, audience, nowMs),
    groups: groupsOf(jobs),
  };
}

/** All of its jobs, in the order of the page. */
export function jobsOf({ groups }: Pick<StatusPageModel, "groups">): readonly JobView[] {
  return groups.flatMap(({ jobs }) => jobs);
}

export function freshnessOf(
  { lastTickFinishedAtMs: asOfMs }: InstanceView,
  { staleAfterSeconds }: Settings,
  nowMs: number,
): Freshness {
  const staleAtMs = asOfMs === null ? null : asOfMs + staleAfterSeconds * 1000;
  const isStale = staleAtMs === null || nowMs >= staleAtMs;
  return { readAtMs: nowMs, asOfMs, isStale, staleAtMs: isStale ? null : staleAtMs };
}

/** Of these days: how much of what was seen was up, and how much was seen. */
export function sharesOf(days: readonly DayBar[]): Pick<JobView, "uptime" | "coverage"> {
  let sum = NO_OUTCOMES;
  for (const day of days) sum = addCounts(sum, day);
  return { uptime: uptimeOf(sum), coverage: coverageOf(sum) };
}

export function displayStatusOf(status: JobHistorySummary["status"]): DisplayStatus {
  return status === null ? "new" : status === "inconclusive" ? "inconclusive" : status;
}

function withoutReason(card: JobHistorySummary): JobHistorySummary {
  return { ...card, reason: NOT_TOLD };
}

function toJobView(
  { status, ...card }: JobHistorySummary,
  maintenance: ActiveMaintenance | null,
  word: Suppressions,
  nowMs: number,
): JobView {
  const look = displayStatusOf(status);
  const ownSilenceUntilMs = silenceOf(card.jobKey, word, nowMs);
  const isWorkedOn = maintenance !== null && (look === "down" || look === "inconclusive");
  return {
    ...card,
    id: jobId(card.jobKey),
    displayStatus: isWorkedOn ? "maintenance" : look,
    ...sharesOf(card.days),
    maintenanceUntilMs: maintenance?.untilMs ?? null,
    silencedUntilMs: laterOf(ownSilenceUntilMs, silenceOf(null, word, nowMs)),
    ownSilenceUntilMs,
    isAcknowledged: look === "down" && word.acknowledgements.some(({ jobKey }) => jobKey === card.jobKey),
  };
}

function silenceOf(job: string | null, { silences }: Suppressions, nowMs: number): number | null {
  return silences.find((one) => one.jobKey === job && nowMs < one.untilMs)?.untilMs ?? null;
}

function laterOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function summaryOf(jobs: readonly JobView[]): string {
  const count = (look: DisplayStatus): number => jobs.filter((job) => job.displayStatus === look).length;
  const [down, inconclusive, fresh] = [count("down"), count("inconclusive"), count("new")];
  const maintained = count("maintenance");
  if (jobs.length === 0) return "Nothing is watched here";
  const rest = [
    ...(inconclusive === 0 ? [] : [`${inconclusive} cannot be checked`]),
    ...(maintained === 0 ? [] : [`${maintained} ${maintained === 1 ? "is" : "are"} under maintenance`]),
    ...(fresh === 0 ? [] : [`${fresh} did not run yet`]),
  ];
  if (down > 0) {
    const all =
      jobs.length === 1
        ? "The only job is down"
        : `${down} of ${plural(jobs.length, "job")} ${down === 1 ? "is" : "are"} down`;
    return [all, ...rest].join(", ");
  }
  const up = count("up");
  if (up === jobs.length) return up === 1 ? "The only job is up" : `All ${up} jobs are up`;
  if (up > 0) return [`${up} of ${jobs.length} jobs ${up === 1 ? "is" : "are"} up`, ...rest].join(", ");
  return [`None of ${plural(jobs.length, "job")} is known to be up`, ...rest].join(", ");
}

/** Groups with the worst jobs come first, and the worst jobs of each; what is alike stays in its order. */
function groupsOf(jobs: readonly JobView[]): readonly JobGroup[] {
  const rank = ({ displayStatus }: JobView): number => DISPLAY_STATUSES.indexOf(displayStatus);
  // What broke last is what its owner is most likely to look for.
  const worstFirst = (a: JobView, b: JobView): number =>
    rank(a) - rank(b) || (a.displayStatus === "up" ? 0 : (b.sinceMs ?? 0) - (a.sinceMs ?? 0));
  return [...Map.groupBy(jobs, ({ group }) => group)]
    .map(([name, members]) => ({ name, jobs: members.toSorted(worstFirst) }))
    .toSorted((a, b) => rankOf(a) - rankOf(b));

  function rankOf({ jobs: [first] }: JobGroup): number {
    return first === undefined ? DISPLAY_STATUSES.length : rank(first);
  }
}
