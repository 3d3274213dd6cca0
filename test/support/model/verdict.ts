/** What the reference makes of the runs of one invocation. */
import { CONNECTIVITY } from "../../../src/execution/connectivity-rules.ts";
import type { UndeliveredNotification } from "../../../src/alerting/undelivered.ts";
import type { JobPlan, Invocation, Plan, Run, Verdict } from "./parts.ts";
import { firstSeen, NO_PAST, originally, type Past, type Policy, type Seen } from "./reference.ts";
import { SLOTS } from "./ledger.ts";
import { jobName } from "./told.ts";

type Pasts = ReadonlyMap<string, Past>;

const HOUR_MS = 3_600_000;

/** A past of which nobody was notified. */
const UNTOLD = { due: [], unclearTold: false, flaps: false } satisfies Partial<Past>;

/** All contacts were tried, and an hour has passed. */
function shouldNotifyAgain(
  unreached: readonly UndeliveredNotification[],
  name: string,
  nowMs: number,
): boolean {
  return unreached.some(({ jobKey, atMs }) => jobKey === name && nowMs - atMs >= HOUR_MS);
}

/**
 * @param fresh nothing is known of jobs that are not in `before`, not even that they are new
 * @param unreached notices that reached nobody; none are known without the database
 */
export function judge(
  plan: Plan,
  by: Invocation,
  before: Pasts,
  jobs: readonly string[],
  { fresh = false, unreached = [] }: { fresh?: boolean; unreached?: readonly UndeliveredNotification[] },
): Verdict {
  const pasts = new Map<string, Past>();
  const notices: Verdict["notices"][number][] = [];
  for (const [index, job] of plan.jobs.entries()) {
    const name = jobName(index);
    const run = by.runs.get(name);
    if (run === undefined || !jobs.includes(name)) continue;
    const known = before.get(name);
    const isAgain = run.seen.status !== "up" && shouldNotifyAgain(unreached, name, by.scheduledAtMs);
    const past = known !== undefined && isAgain ? { ...known, ...UNTOLD } : known;
    const seen = seenOf(plan, by, run);
    const { told, past: after } =
      past === undefined && fresh ? firstSeen(seen) : originally(policyOf(plan, job), past ?? NO_PAST, seen);
    pasts.set(name, after);
    if (told !== null) notices.push({ job: name, told });
  }
  return { pasts, notices };
}

function policyOf({ flapping }: Plan, { every, minimum, frequency }: JobPlan): Policy {
  return { every, minimum, flapping, runEveryMs: SLOTS[frequency].everyMs };
}

/** What was down while the instance was cut off is not known to be down. */
export function seenOf(plan: Plan, by: Invocation, { seen, public: isPublic }: Run): Seen {
  return isPublic && seen.status === "down" && connectionOf(plan, by) === "down"
    ? { ...seen, status: "inconclusive", condition: null }
    : seen;
}

/** The connection is a job of its own, told once when it goes and once when it is back. */
export function judgeConnection(plan: Plan, by: Invocation, before: Pasts): Verdict {
  const status = connectionOf(plan, by);
  const past = before.get(CONNECTIVITY);
  if (status === null || (status === "up" && past === undefined)) return { pasts: new Map(), notices: [] };
  const policy: Policy = {
    every: "ONSTATECHANGE",
    minimum: 1,
    flapping: { changes: 0, runs: 0 },
    runEveryMs: SLOTS.MINUTE.everyMs,
  };
  const seen: Seen = { atMs: by.scheduledAtMs, status, condition: null };
  const { told, past: after } = originally(policy, past ?? NO_PAST, seen);
  return {
    pasts: new Map([[CONNECTIVITY, after]]),
    notices: told === null ? [] : [{ job: CONNECTIVITY, told }],
  };
}

/** Null where nothing was found out. */
function connectionOf(plan: Plan, { runs, references }: Invocation): "up" | "down" | null {
  const reached = [...runs.values()].filter((run) => run.public && run.seen.status !== "inconclusive");
  if (plan.references === 0 || reached.length === 0) return null;
  const failed = reached.filter((run) => run.seen.status === "down");
  if (failed.length * 2 <= reached.length) return "up";
  return references.includes("up") ? "up" : "down";
}
