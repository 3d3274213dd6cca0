import type { DayBar, JobCard } from "../history/ports.ts";
import { addTallies, coverageOf, NO_TALLY, uptimeOf } from "../history/rollup.ts";
import { NO_WORD, type OwnersWord } from "../hush.ts";
import { maintainedAt, type Stretch } from "../maintenance.ts";
import type { InstanceView } from "../instance-status.ts";
import type { Settings } from "../settings.ts";
import { plural } from "../text.ts";
import { jobId } from "./job-id.ts";
import { selfHealth, type SelfHealth } from "./self-health.ts";

/** Who looks at a page. */
export type Viewer = "owner" | "stranger";

/** How a job is, as a person reads it: `new` has not run yet, `maintenance` is not up while it is worked on. */
export type JobLook = "down" | "unclear" | "maintenance" | "new" | "up";

/** A job as the page shows it. */
export interface ShownJob extends Omit<JobCard, "status"> {
  readonly id: string;
  readonly look: JobLook;
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
  readonly jobs: readonly ShownJob[];
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
export interface Overview extends Freshness {
  readonly viewer: Viewer;
  /** One line that sums up. */
  readonly summary: string;
  /** The worst that any job is. */
  readonly worst: JobLook;
  readonly self: SelfHealth;
  readonly groups: readonly JobGroup[];
  /** Until when the owner wants to hear of no job at all, Unix ms; null where he does. For strangers always null. */
  readonly silencedUntilMs: number | null;
}

/** Instead of a reason. */
const NOT_TOLD = "";

/** Worst first. */
const LOOKS: readonly JobLook[] = ["down", "unclear", "maintenance", "new", "up"];

/**
 * What a viewer sees. A stranger sees public jobs alone, without reasons: what a server answered may be meant for
 * nobody else. Nothing that is shown to him depends on private jobs, not even an order or a number.
 */
export function overviewOf(
  cards: readonly JobCard[],
  instance: InstanceView,
  settings: Settings,
  viewer: Viewer,
  nowMs: number,
): Overview {
  const seen = viewer === "owner" ? cards : cards.filter(({ isPublic }) => isPublic).map(withoutReason);
  const maintained = maintainedAt(instance.maintenance, nowMs);
  const word = viewer === "owner" ? instance.word : NO_WORD;
  const jobs = seen.map((card) => shownJob(card, maintained.get(card.job) ?? null, word, nowMs));
  return {
    silencedUntilMs: silenceOf(null, word, nowMs),
    viewer,
    ...freshnessOf(instance, settings, nowMs),
    summary: summaryOf(jobs),
    worst: LOOKS.find((look) => jobs.some((job) => job.look === look)) ?? "up",
    self: selfHealth(cards, instance, settings, viewer, nowMs),
    groups: groupsOf(jobs),
  };
}

/** All of its jobs, in the order of the page. */
export function jobsOf({ groups }: Pick<Overview, "groups">): readonly ShownJob[] {
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
export function sharesOf(days: readonly DayBar[]): Pick<ShownJob, "uptime" | "coverage"> {
  let sum = NO_TALLY;
  for (const day of days) sum = addTallies(sum, day);
  return { uptime: uptimeOf(sum), coverage: coverageOf(sum) };
}

export function lookOf(status: JobCard["status"]): JobLook {
  return status === null ? "new" : status === "inconclusive" ? "unclear" : status;
}

function withoutReason(card: JobCard): JobCard {
  return { ...card, reason: NOT_TOLD };
}

function shownJob(
  { status, ...card }: JobCard,
  maintenance: Stretch | null,
  word: OwnersWord,
  nowMs: number,
): ShownJob {
  const look = lookOf(status);
  const ownSilenceUntilMs = silenceOf(card.job, word, nowMs);
  const isWorkedOn = maintenance !== null && (look === "down" || look === "unclear");
  return {
    ...card,
    id: jobId(card.job),
    look: isWorkedOn ? "maintenance" : look,
    ...sharesOf(card.days),
    maintenanceUntilMs: maintenance?.untilMs ?? null,
    silencedUntilMs: laterOf(ownSilenceUntilMs, silenceOf(null, word, nowMs)),
    ownSilenceUntilMs,
    isAcknowledged: look === "down" && word.acknowledgements.some(({ job }) => job === card.job),
  };
}

function silenceOf(job: string | null, { silences }: OwnersWord, nowMs: number): number | null {
  return silences.find((one) => one.job === job && nowMs < one.untilMs)?.untilMs ?? null;
}

function laterOf(a: number | null, b: number | null): number | null {
  return a === null || b === null ? (a ?? b) : Math.max(a, b);
}

function summaryOf(jobs: readonly ShownJob[]): string {
  const count = (look: JobLook): number => jobs.filter((job) => job.look === look).length;
  const [down, unclear, fresh] = [count("down"), count("unclear"), count("new")];
  const maintained = count("maintenance");
  if (jobs.length === 0) return "Nothing is watched here";
  const rest = [
    ...(unclear === 0 ? [] : [`${unclear} cannot be checked`]),
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
function groupsOf(jobs: readonly ShownJob[]): readonly JobGroup[] {
  const rank = ({ look }: ShownJob): number => LOOKS.indexOf(look);
  // What broke last is what its owner is most likely to look for.
  const worstFirst = (a: ShownJob, b: ShownJob): number =>
    rank(a) - rank(b) || (a.look === "up" ? 0 : (b.sinceMs ?? 0) - (a.sinceMs ?? 0));
  return [...Map.groupBy(jobs, ({ group }) => group)]
    .map(([name, members]) => ({ name, jobs: members.toSorted(worstFirst) }))
    .toSorted((a, b) => rankOf(a) - rankOf(b));

  function rankOf({ jobs: [first] }: JobGroup): number {
    return first === undefined ? LOOKS.length : rank(first);
  }
}
