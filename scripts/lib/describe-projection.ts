import { PLAN_LIMITS, REQUESTS_KEPT, type Plan } from "../../src/domain/plan.ts";
import { ASSUMED_ANSWER_MS, projectDay } from "../../src/domain/projection.ts";
import { NEAR } from "../../src/domain/budget.ts";
import type { Settings } from "../../src/domain/settings.ts";
import type { PlannedJob } from "../../src/job/planned-job.ts";

const PLAN_NAMES: Readonly<Record<Plan, string>> = { free: "Free", paid: "Paid" };

/** What the jobs need in a quiet day, a line for each limit, and what of it comes near one. */
export function describeProjection(
  jobs: readonly PlannedJob[],
  { plan, sharding }: Pick<Settings, "plan" | "sharding">,
): { readonly lines: readonly string[]; readonly notes: readonly string[] } {
  const rows = projectDay(jobs, plan, sharding).map(({ limit, used, share }) => {
    const number = (value: number): string => Math.ceil(value).toLocaleString("en-US");
    const unit = limit.unit === "" ? "" : ` ${limit.unit}`;
    const per = limit.per === "day" ? "a day" : "an invocation";
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
    .filter(({ share, limit }) => share >= NEAR && limit.per === "day" && plan === "free")
    .map(
      ({ limit, share }) =>
        `the jobs need ${Math.ceil(share * 100)} % of the Free plan's ${limit.name}; check less often or fewer targets, or use the Paid plan and set PLAN = "paid".`,
    );
  const room = PLAN_LIMITS[plan].subrequests - REQUESTS_KEPT;
  if (sharding.size > room) {
    notes.push(
      `SHARD_SIZE is ${sharding.size}, and an invocation of the ${PLAN_NAMES[plan]} plan has requests for ${room} checks: what is left of a shard waits for another. Set it to ${PLAN_LIMITS[plan].shardSize}.`,
    );
  }
  return { lines: [heading, ...lines.map((line) => `  ${line}`)], notes };
}
