/** What Cloudflare's plan of an account allows one invocation of a Worker. */
export interface PlanLimits {
  /** Requests and connections to the outside, each redirect counted again. */
  readonly subrequests: number;
  /** Jobs of one shard: so many that each may ask twice, or be redirected once. */
  readonly shardSize: number;
}

export const PLANS = ["free", "paid"] as const;
export type Plan = (typeof PLANS)[number];

/** As Cloudflare calls them. */
export const PLAN_NAMES: Readonly<Record<Plan, string>> = { free: "Free", paid: "Paid" };

/** Source: https://developers.cloudflare.com/workers/platform/limits/#subrequests (2026-11). */
export const PLAN_LIMITS: Readonly<Record<Plan, PlanLimits>> = {
  free: { subrequests: 50, shardSize: 30 },
  paid: { subrequests: 10_000, shardSize: 50 },
};

/**
 * Connections of one invocation that may wait for an answer.
 * Source: https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections
 */
export const MAX_CONNECTIONS = 6;

/** Most requests that one look at a target is expected to make: its own, and a redirect. */
export const REQUESTS_PER_ATTEMPT = 2;

/** Requests that an invocation keeps for what is under way. It begins nothing when less is left. */
export const RESERVED_REQUESTS = MAX_CONNECTIONS * REQUESTS_PER_ATTEMPT;
