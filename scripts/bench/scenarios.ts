/** How targets behave in one measurement. */
export interface Scenario {
  readonly name: string;
  /** Time until a target answers, ms. */
  readonly delayMs: number;
  /** Every so many-th target refuses connections; 0 for none. */
  readonly refusedEvery: number;
  /** Every so many-th target accepts and never answers; 0 for none. */
  readonly hangingEvery: number;
  /** All answer HTTP 500. */
  readonly allFail: boolean;
}

/** The scenario of most goals, of the plots, and of other monitors. */
export const PLAIN = "after 100 ms";

const WELL = { delayMs: 0, refusedEvery: 0, hangingEvery: 0, allFail: false };

export const SCENARIOS: readonly Scenario[] = [
  { ...WELL, name: "at once" },
  { ...WELL, name: PLAIN, delayMs: 100 },
  { ...WELL, name: "5 % refused", delayMs: 100, refusedEvery: 20 },
  { ...WELL, name: "1 % hanging", delayMs: 100, hangingEvery: 100 },
  { ...WELL, name: "all failing", allFail: true },
];

/** The first target that refuses, and the first that hangs. */
export const REFUSED_FIRST = 3;
export const HANGING_FIRST = 7;

/** Targets of one shard, in Checker and in the floor. */
export const SHARD_SIZE = 50;
/** After which a check of a target that hangs ends, ms. */
export const TIMEOUT_MS = 5_000;

/** So many of the first `count` targets are not up. Which, is as in target-process.ts and target-list.ts. */
export function failingTargets({ refusedEvery, hangingEvery, allFail }: Scenario, count: number): number {
  if (allFail) return count;
  const refused = refusedEvery === 0 ? 0 : Math.ceil(Math.max(0, count - REFUSED_FIRST) / refusedEvery);
  const hanging = hangingEvery === 0 ? 0 : Math.ceil(Math.max(0, count - HANGING_FIRST) / hangingEvery);
  return refused + hanging;
}
