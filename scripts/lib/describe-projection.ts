import { PLAN_LIMITS, PLAN_NAMES, RESERVED_REQUESTS } from "../../src/core/plan.ts";
import { JobFrequency } from "../../src/core/time/frequency.ts";
import {
  ASSUMED_ANSWER_MS,
  ASSUMED_HANG_MS,
  hangingGbSeconds,
  projectDay,
} from "../../src/capacity/projection.ts";
import { mayRunOut, QUOTA_WARNING, type Limit } from "../../src/usage/quota.ts";
import type { Settings } from "../../src/core/settings.ts";
import type { JobDefinition } from "../../src/job-loading/job-definition.ts";

const PERIODS: Readonly<Record<Limit["per"], string>> = {
  day: "a day",
  invocation: "an invocation",
  database: "in the end",
};

/** What the jobs need in a quiet day, a line for each limit, and what of it comes near one. */
export function describeProjection(
  jobs: readonly JobDefinition[],
  { plan, sharding, history }: Pick<Settings, "plan" | "sharding" | "history">,
): { readonly lines: readonly string[]; readonly notes: readonly string[] } {
  const rows = projectDay(jobs, plan, sharding, history).map(({ limit, used, share }) => {
    const number = (value: number): string => Math.ceil(value).toLocaleString("en-US");
    const unit = limit.unit === "" ? "" : ` ${limit.unit}`;
    const per = PERIODS[limit.per];
    return { limit, share, amount: `${number(used)} of ${number(limit.most)}${unit} ${per}` };
  });
  const width = Math.max(...rows.map(({ limit }) => limit.name.length));
  const amountWidth = Math.max(...rows.map(({ amount }) => amount.length));
  const lines = rows.map(
    ({ limit, amount, share }) =>
      `${limit.name.padEnd(width)}  ${amount.padStart(amountWidth)}  ${String(Math.ceil(share * 100)).padStart(3)} %`,
  );
  const heading = `Of the ${PLAN_NAMES[plan]} plan a quiet day needs, with answers after ${ASSUMED_ANSWER_MS} ms:`;
  const notes = rows
    .filter(({ share, limit }) => share >= QUOTA_WARNING && mayRunOut(limit, plan))
    .map(({ limit, share }) => {
      const need = `the jobs need ${Math.ceil(share * 100)} % of the ${PLAN_NAMES[plan]} plan's ${limit.name}`;
      const instead = plan === "free" ? `, or use the Paid plan and set PLAN = "paid"` : "";
      return limit.per === "database"
        ? `${need}; keep single outcomes for fewer days (HISTORY_RAW_DAYS) or check fewer targets${instead}.`
        : `${need}; check less often or fewer targets${instead}.`;
    });
  const hanging = describeHanging(jobs, sharding);
  const room = PLAN_LIMITS[plan].subrequests - RESERVED_REQUESTS;
  if (sharding.size > room) {
    notes.push(
      `SHARD_SIZE is ${sharding.size}, and an invocation of the ${PLAN_NAMES[plan]} plan has requests for ${room} checks: what is left of a shard waits for another. Set it to ${PLAN_LIMITS[plan].shardSize}.`,
    );
  }
  return { lines: [heading, ...lines.map((line) => `  ${line}`), ...hanging], notes };
}

/** What jobs that hang cost, as no quiet day shows it. */
function describeHanging(jobs: readonly JobDefinition[], sharding: Settings["sharding"]): readonly string[] {
  const count = jobs.filter(
    ({ frequency, isPassive }) => frequency === JobFrequency.MINUTE && !isPassive,
  ).length;
  const counts = [...new Set([1, 10, 100].map((most) => Math.min(most, count)))].filter((some) => some > 0);
  if (counts.length === 0) return [];
  const costs = counts.map(
    (some) =>
      `${some} ${some === 1 ? "job" : "jobs"} ${Math.ceil(hangingGbSeconds(some, count, sharding)).toLocaleString("en-US")}`,
  );
  return [
    `Jobs that hang until a time-out of ${ASSUMED_HANG_MS / 1000} s take more Durable Object time, GB-s a day: ${costs.join(", ")}.`,
  ];
}
