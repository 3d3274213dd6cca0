/**
 * The original's rule, written down a second time and in another way than src/alerting/evaluate.ts: not as a
 * state that is carried on, but over the runs of the present failure. With the two rules of our own: what is
 * inconclusive for long, and flapping.
 */
import type { JobFailureNotificationFrequency } from "../../../src/alerting/policy.ts";
import type { OutcomeStatus } from "../../../src/core/outcome.ts";
import type { FlappingRule } from "../../../src/core/settings.ts";

export interface Policy {
  readonly every: JobFailureNotificationFrequency;
  readonly minimum: number;
  readonly flapping: FlappingRule;
  /** Time between two runs, ms. */
  readonly runEveryMs: number;
}

/** What a run found. */
export interface Seen {
  /** Scheduled time of the tick, Unix ms. */
  readonly atMs: number;
  readonly status: OutcomeStatus;
  readonly condition: string | null;
}

export type Told = "failure" | "recovery" | "inconclusive" | "flapping";

/** All that matters of a job's past. */
export interface Past {
  /** Failures since the last success, oldest first. */
  readonly failures: readonly Seen[];
  /** Those of them with which a notice was due. */
  readonly due: readonly Seen[];
  /** Inconclusive runs since the last that was not. */
  readonly unclear: readonly Seen[];
  readonly unclearTold: boolean;
  /** When failures that were due began or ended lately, Unix ms. */
  readonly turns: readonly number[];
  readonly flaps: boolean;
}

export const NO_PAST: Past = {
  failures: [],
  due: [],
  unclear: [],
  unclearTold: false,
  turns: [],
  flaps: false,
};

const MINUTE_MS = 60_000;
/** Age that the last notice must have passed; from the original's own document. */
const OLDER_THAN_MS: Partial<Record<JobFailureNotificationFrequency, number>> = {
  EVERYTIME: -Infinity,
  EVERYFIVEMINUTES: 4.5 * MINUTE_MS,
  EVERYTENMINUTES: 9.25 * MINUTE_MS,
  EVERYHOUR: 59 * MINUTE_MS,
  EVERYDAY: (23 * 60 + 50) * MINUTE_MS,
};

/** What is told of `run`, and the past that it becomes part of. */
export function originally(policy: Policy, past: Past, run: Seen): { told: Told | null; past: Past } {
  const plain = withoutFlapping(policy, past, run);
  return policy.flapping.changes === 0 || policy.every === "EVERYTIME" || run.status === "inconclusive"
    ? plain
    : flapping(policy, past, run, plain);
}

function withoutFlapping(policy: Policy, past: Past, run: Seen): { told: Told | null; past: Past } {
  if (run.status === "inconclusive") {
    const unclear = [...past.unclear, run];
    const lasts = unclear.length >= 3 && run.atMs - (unclear[0]?.atMs ?? 0) >= 10 * MINUTE_MS;
    const told = lasts && !past.unclearTold ? "inconclusive" : null;
    return { told, past: { ...past, unclear, unclearTold: past.unclearTold || told !== null } };
  }
  const clear = { ...past, unclear: [], unclearTold: false };
  if (run.status === "up") {
    const told = policy.every === "ONSTATECHANGE" && past.due.length > 0 ? "recovery" : null;
    return { told, past: { ...clear, failures: [], due: [] } };
  }
  const failures = [...past.failures, run];
  const isDue = failures.length >= policy.minimum && dueAgain(policy, past.due.at(-1), run);
  return {
    told: isDue ? "failure" : null,
    past: { ...clear, failures, due: isDue ? [...past.due, run] : past.due },
  };
}

function dueAgain({ every }: Policy, last: Seen | undefined, run: Seen): boolean {
  if (last === undefined) return true;
  const olderThanMs = OLDER_THAN_MS[every];
  return olderThanMs === undefined
    ? last.condition !== run.condition
    : olderThanMs === -Infinity || run.atMs - last.atMs > olderThanMs;
}

function flapping(
  { flapping: rule, runEveryMs }: Policy,
  before: Past,
  run: Seen,
  plain: { told: Told | null; past: Past },
): { told: Told | null; past: Past } {
  const alarmed = plain.past.due.length > 0;
  const turned = alarmed !== before.due.length > 0;
  const recent = before.turns.filter((atMs) => run.atMs - atMs < rule.runs * runEveryMs);
  const turns = turned ? [...recent, run.atMs] : before.turns;
  const past = { ...plain.past, turns };
  if (!before.flaps) {
    const begins = turned && turns.length >= rule.changes;
    return begins ? { told: "flapping", past: { ...past, flaps: true } } : { ...plain, past };
  }
  const restedMs = run.atMs - (turns.at(-1) ?? -Infinity);
  if (restedMs < Math.ceil(rule.runs / 2) * runEveryMs) return { told: null, past };
  const settled = { ...past, turns: [], flaps: false };
  return alarmed
    ? { told: "failure", past: { ...settled, due: [...past.due, run] } }
    : { told: "recovery", past: settled };
}

/**
 * A run of which nothing before is known, as a fresh copy of the Worker has it whose database is away: a
 * failure is told at once, since nobody can count it.
 */
export function firstSeen(run: Seen): { told: Told | null; past: Past } {
  if (run.status === "down") return { told: "failure", past: { ...NO_PAST, failures: [run], due: [run] } };
  return { told: null, past: run.status === "up" ? NO_PAST : { ...NO_PAST, unclear: [run] } };
}
