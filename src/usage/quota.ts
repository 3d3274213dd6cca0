import { DAY_MS } from "../core/time/frequency.ts";
import type { Plan } from "../core/plan.ts";
import type { DayUsage, Usage } from "./usage.ts";

/** Something that a plan gives so much of: a day, an invocation, or a database in all. */
export interface Limit {
  readonly name: string;
  readonly per: "day" | "invocation" | "database";
  readonly most: number;
  readonly of: (usage: Usage) => number;
  readonly unit: string;
}

/** A Durable Object that waits is counted as all of the 128 MB that it may take, in GB. */
const DURABLE_OBJECT_GB = 0.128;
/** What a paid plan includes in a month is no limit, but what is beyond it costs. */
const MONTH_DAYS = 30;

/**
 * Sources, all 2026-11: https://developers.cloudflare.com/durable-objects/platform/pricing/,
 * https://developers.cloudflare.com/d1/platform/pricing/, https://developers.cloudflare.com/d1/platform/limits/,
 * https://developers.cloudflare.com/workers/platform/limits/
 */
const AMOUNTS = {
  free: {
    invocations: 100_000,
    runnerGbSeconds: 13_000,
    rowsWritten: 100_000,
    rowsRead: 5_000_000,
    megabytes: 500,
    requests: 50,
    queries: 50,
  },
  paid: {
    invocations: 1_000_000 / MONTH_DAYS,
    runnerGbSeconds: 400_000 / MONTH_DAYS,
    rowsWritten: 50_000_000 / MONTH_DAYS,
    rowsRead: 25_000_000_000 / MONTH_DAYS,
    megabytes: 10_000,
    requests: 10_000,
    queries: 1_000,
  },
} as const satisfies Record<Plan, object>;

/** Of which jobs that hang take most. */
export const DURABLE_OBJECT_TIME = "Durable Object time";
export const ROWS_READ = "D1 rows read";

/** GB-s of Durable Objects that were awake for `ms`. */
export function gbSeconds(ms: number): number {
  return (ms / 1000) * DURABLE_OBJECT_GB;
}

export function limitsOf(plan: Plan): readonly Limit[] {
  const most = AMOUNTS[plan];
  const day = (name: string, amount: number, unit: string, of: Limit["of"]): Limit => ({
    name,
    per: "day",
    most: Math.floor(amount),
    unit,
    of,
  });
  return [
    day("Durable Object requests", most.invocations, "", (usage) => usage.invocations),
    day(DURABLE_OBJECT_TIME, most.runnerGbSeconds, "GB-s", (usage) => gbSeconds(usage.durableObjectMs)),
    day("D1 rows written", most.rowsWritten, "", (usage) => usage.rowsWritten),
    day(ROWS_READ, most.rowsRead, "", (usage) => usage.rowsRead),
    {
      name: "D1 storage",
      per: "database",
      most: most.megabytes,
      unit: "MB",
      of: (usage) => usage.peakBytes / 1e6,
    },
    {
      name: "requests to the outside",
      per: "invocation",
      most: most.requests,
      unit: "",
      of: (usage) => usage.peakRequests,
    },
    { name: "D1 queries", per: "invocation", most: most.queries, unit: "", of: (usage) => usage.peakQueries },
  ];
}

/** From here on the owner is told, as there is still time to do something. */
export const QUOTA_WARNING = 0.8;

export interface QuotaWarning {
  readonly limit: Limit;
  /** Of the day so far, or in all. */
  readonly used: number;
}

/**
 * Whether it may run out. A paid plan has no end to a day's amounts, and what one invocation may use is kept to by
 * cutting shards, and by not beginning what has no room.
 */
export function mayRunOut({ per }: Limit, plan: Plan): boolean {
  return per === "database" || (per === "day" && plan === "free");
}

/** Limits that were come near today and that nobody was told of yet. */
export function newQuotaWarnings({ sum, told }: DayUsage, plan: Plan): readonly QuotaWarning[] {
  return limitsOf(plan)
    .filter((limit) => mayRunOut(limit, plan))
    .map((limit) => ({ limit, used: limit.of(sum) }))
    .filter(({ limit, used }) => used >= limit.most * QUOTA_WARNING && !told.includes(limit.name));
}

/**
 * How much history is kept, so that what is left goes to alerts: all of it, every fifth minute, or none.
 * States, messages and the ledger of ticks are written in any case.
 */
export type HistoryDetail = "all" | "some" | "none";

export function historyDetail(day: DayUsage | null, plan: Plan): HistoryDetail {
  if (day === null) return "all";
  const { megabytes, rowsWritten } = AMOUNTS[plan];
  const share = Math.max(
    // A database that is full takes no alerts either. What held it today is not known before its first answer.
    day.tick.peakBytes / 1e6 / megabytes,
    plan === "free" ? day.sum.rowsWritten / rowsWritten : 0,
  );
  if (share >= 0.95) return "none";
  return share >= QUOTA_WARNING ? "some" : "all";
}

/** From these shares of the Durable Object time on, how often jobs that have hung for long are checked, minutes. */
const HUNG_EVERY = [
  { share: 0.95, minutes: 30 },
  { share: 0.9, minutes: 15 },
  { share: QUOTA_WARNING, minutes: 5 },
] as const;

/** At which minutes jobs are checked that have hung for long: 1 while there is enough Durable Object time. */
export function hungEveryMinutes(day: DayUsage | null, plan: Plan): number {
  if (day === null || plan === "paid") return 1;
  const share = gbSeconds(day.sum.durableObjectMs) / AMOUNTS.free.runnerGbSeconds;
  return HUNG_EVERY.find((step) => share >= step.share)?.minutes ?? 1;
}

/**
 * Shares of the rows that a day has, of which strangers may cause so much reading: what all pages are made of, and charts of
 * single jobs, which are many. The rest is for ticks and the owner, however many ask.
 */
const PUBLIC_SHARE = { pages: 0.3, charts: 0.1 } as const;

export function publicRowQuota(plan: Plan, what: keyof typeof PUBLIC_SHARE): number {
  return AMOUNTS[plan].rowsRead * PUBLIC_SHARE[what];
}

/** From 80 % of a day's rows on strangers are shown what was read before: what is left is for ticks and the owner. */
export function mayReadForPublic(day: DayUsage | undefined, plan: Plan, nowMs: number): boolean {
  if (plan !== "free" || day?.day !== Math.floor(nowMs / DAY_MS)) return true;
  return day.sum.rowsRead < AMOUNTS[plan].rowsRead * QUOTA_WARNING;
}
