import { PLAIN, TIMEOUT_MS } from "./scenarios.ts";
import { format, ratio } from "./statistics.ts";
import { bytesPerCheck, counterpart, perThousand, type Figures } from "./summary.ts";
import { CHECKER, FLOOR } from "./systems.ts";

/** A goal, and what was measured with so many targets in one scenario. */
export interface Goal {
  readonly name: string;
  readonly targets: number;
  readonly scenario: string;
  readonly most: string;
  readonly value: string;
  readonly isMet: boolean;
  /** "met" or "missed by …". */
  readonly verdict: string;
  /** Whether it depends on how fast the machine is, and what else it does. */
  readonly needsSpeed: boolean;
}

/**
 * What a tick costs once, however many checks it has, is judged as that of a tick with so many: a record of 500
 * bytes is nothing beside a thousand checks, and much beside fifty.
 */
const FULL_TICK = 1_000;
const TICK_OF_FLOOR = 1.3;
const CPU_OF_FLOOR = 1.5;
const ROWS_PER_THOUSAND = 25;
const BYTES_PER_CHECK = 6;
const HANGING_MS = TIMEOUT_MS + 2_000;
const PEAK = 6;
/** What the Paid plan is to carry, within a tick of so long. */
const MOST_CHECKS = 10_000;
const MOST_CHECKS_MS = 30_000;
/** Of the isolate, bytes: a Worker has 128 MB. */
const HEAP_MB = 100;

/** Every goal that applies, for each of Checker's figures. */
export function judgeGoals(all: readonly Figures[]): readonly Goal[] {
  return all
    .filter(({ system }) => system === CHECKER)
    .flatMap((one) => judge(one, counterpart(all, one, FLOOR)));
}

function judge(one: Figures, floor: Figures | undefined): readonly Goal[] {
  const { scenario, targets, stored } = one;
  const isPlain = scenario.name === PLAIN;
  const isQuiet = isPlain || scenario.name === "at once";
  const goals: Goal[] = [];
  const judgeOne = (
    name: string,
    value: number | null,
    most: number,
    unit = "",
    needsSpeed = false,
  ): void => {
    const isMet = value !== null && value <= most;
    const missed = value === null ? "missed: not measured" : `missed by ${unitOf(value - most, unit)}`;
    goals.push({
      name,
      targets,
      scenario: scenario.name,
      most: unitOf(most, unit),
      value: value === null ? "–" : unitOf(value, unit),
      isMet,
      verdict: isMet ? "met" : missed,
      needsSpeed,
    });
  };
  if (isPlain && targets === FULL_TICK)
    judgeOne("time of a tick", ratio(one.tookMs, floor?.tookMs ?? null), TICK_OF_FLOOR, "× floor", true);
  if (isPlain)
    judgeOne(
      "CPU of a check",
      ratio(one.cpuPerCheckMs, floor?.cpuPerCheckMs ?? null),
      CPU_OF_FLOOR,
      "× floor",
      true,
    );
  if (isQuiet) {
    const written = stored === null ? null : perThousand(stored.rowsWritten, Math.max(targets, FULL_TICK));
    judgeOne("rows written for 1,000 checks", written, ROWS_PER_THOUSAND);
    judgeOne("bytes stored for a check", bytesPerCheck(one, FULL_TICK), BYTES_PER_CHECK);
  }
  if (isPlain && targets === MOST_CHECKS) judgeOne("time of a tick", one.tookMs, MOST_CHECKS_MS, "ms", true);
  if (scenario.hangingEvery > 0) judgeOne("time of a tick", one.tookMs, HANGING_MS, "ms", true);
  judgeOne("checks that ended wrong", stored?.wrong ?? null, 0);
  judgeOne("connections of a shard at once", one.peakOfShard, PEAK);
  judgeOne("memory of the isolate", one.heap === null ? null : one.heap / 1e6, HEAP_MB, "MB");
  return goals;
}

function unitOf(value: number, unit: string): string {
  return `${format(value)} ${unit}`.trim();
}
