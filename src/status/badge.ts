import { shortName } from "../core/job-display.ts";
import { jobsOf, sharesOf, type DisplayStatus, type StatusPageModel } from "./status-page.ts";

/** What a badge tells of. Days are those of an uptime, the last is today so far. */
export type BadgeSubject =
  | { readonly of: "status"; readonly id: string }
  | { readonly of: "uptime"; readonly id: string; readonly days: number }
  | { readonly of: "mail" };

/** `unknown`: nothing is known, or not any more. */
export type BadgeLevel = "good" | "fair" | "bad" | "unknown";

export interface Badge {
  readonly label: string;
  readonly message: string;
  readonly level: BadgeLevel;
}

const OF_STATUS: Readonly<Record<DisplayStatus, readonly [string, BadgeLevel]>> = {
  up: ["up", "good"],
  down: ["down", "bad"],
  inconclusive: ["cannot be checked", "unknown"],
  maintenance: ["under maintenance", "unknown"],
  new: ["not run yet", "unknown"],
};

/** From here on an uptime is good, or at least fair. */
const GOOD = 0.999;
const FAIR = 0.99;

/**
 * What a badge says; null for a job that there is not, or that is not public. Green is fresh: what is as old as a page that
 * turns grey is no state of anything.
 *
 * @param overview as a stranger sees it: a badge stands where everybody looks
 * @param percent writes a share for people
 */
export function badgeOf(
  subject: BadgeSubject,
  overview: StatusPageModel,
  percent: (share: number) => string,
): Badge | null {
  if (subject.of === "mail") return { label: "mail", ...mailState(overview) };
  const job = jobsOf(overview).find(({ id }) => id === subject.id);
  if (job === undefined) return null;
  if (subject.of === "status") {
    const [message, level] = OF_STATUS[job.displayStatus];
    return { label: shortName(job.jobKey, job.name), ...(overview.isStale ? STALE : { message, level }) };
  }
  const label = subject.days === 1 ? "uptime today" : `uptime ${subject.days} d`;
  if (overview.isStale) return { label, ...STALE };
  const { uptime } = sharesOf(job.days.slice(-subject.days));
  if (uptime === null) return { label, message: "no data", level: "unknown" };
  const level = uptime >= GOOD ? "good" : uptime >= FAIR ? "fair" : "bad";
  return { label, message: percent(uptime), level };
}

const STALE = { message: "stale", level: "unknown" } as const;

/** Whether alerts would arrive: that mail came back, and that nothing else is wrong with mail. */
function mailState({ instance, isStale }: StatusPageModel): Pick<Badge, "message" | "level"> {
  const { status, mail } = instance;
  if (isStale || status === "JobProblem") return STALE;
  switch (mail.kind) {
    case "proven":
      return status === "True"
        ? { message: "proven", level: "good" }
        : { message: "in trouble", level: "bad" };
    case "overdue":
      return { message: "not proven", level: "bad" };
    case "unproven":
      return { message: "not proven yet", level: "unknown" };
    case "off":
      return { message: "off", level: "unknown" };
  }
}

/** The same for a job that is private and for one that there is not. */
export const NO_BADGE: Badge = { label: "checker", message: "not found", level: "unknown" };
/** Where nothing can be read. */
export const UNKNOWN_BADGE: Badge = { label: "checker", message: "unknown", level: "unknown" };
