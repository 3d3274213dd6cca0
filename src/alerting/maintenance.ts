/** A stretch of announced work. Times are Unix ms. */
export interface ActiveMaintenance {
  readonly fromMs: number;
  /** Exclusive. */
  readonly untilMs: number;
}

/** One that goes on, and the jobs that it is for, by identity. */
export interface OpenMaintenance extends ActiveMaintenance {
  readonly jobs: readonly string[];
}

/** Jobs that are under maintenance, by the stretch that they share. */
export function openMaintenance(
  jobs: readonly (readonly [string, ActiveMaintenance])[],
): readonly OpenMaintenance[] {
  const shared = Map.groupBy(jobs, ([, { fromMs, untilMs }]) => `${fromMs} ${untilMs}`);
  return [...shared.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const [, { fromMs, untilMs }] = first;
    return [{ fromMs, untilMs, jobs: group.map(([jobKey]) => jobKey) }];
  });
}

/** By job: the stretch in which it is at this time. */
export function maintainedAt(
  open: readonly OpenMaintenance[],
  nowMs: number,
): ReadonlyMap<string, ActiveMaintenance> {
  const running = open.filter(({ fromMs, untilMs }) => fromMs <= nowMs && nowMs < untilMs);
  return new Map(running.flatMap(({ jobs, ...stretch }) => jobs.map((job) => [job, stretch] as const)));
}
