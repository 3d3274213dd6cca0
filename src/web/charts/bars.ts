import type { DayBar } from "../../history/ports.ts";
import { plural } from "../../core/text.ts";

/** How a day looks: without colours it is told by its height. */
type DayStatus = "none" | "inconclusive" | "maintenance" | "up" | "down";

/** Top of each look's bar, of 10; that of a day with failures or maintenance is cut in two. */
const TOPS: Readonly<Record<DayStatus, number>> = {
  none: 8,
  inconclusive: 5,
  maintenance: 0,
  up: 0,
  down: 0,
};
/** Least height of such a part: one failed run of 1,440 is to be seen. */
const LEAST_FOOT = 3;

function displayStatusOf({ up, down, inconclusive, missed, maintenance }: DayBar): DayStatus {
  if (down > 0) return "down";
  // Also where it was for a part of the day: what is announced is to be found again.
  if (maintenance > 0) return "maintenance";
  if (up > 0) return "up";
  return inconclusive + missed > 0 ? "inconclusive" : "none";
}

/** Height of the part that fails, or is under maintenance, whole, of 10; 0 where there is none. */
function footHeight(day: DayBar): number {
  const { up, down, maintenance } = day;
  const look = displayStatusOf(day);
  if (look !== "down" && look !== "maintenance") return 0;
  const part = look === "down" ? down : maintenance;
  return Math.max(LEAST_FOOT, Math.round((10 * part) / (up + part)));
}

/**
 * Ninety days as paths of an SVG of 90 by 10, one for each look. Neighbours that look alike are one rectangle, which the
 * style sheet cuts into days: a thousand jobs are mostly a thousand times the same few characters.
 */
export function barPaths(days: readonly DayBar[]): string {
  const paths: Record<DayStatus, string> = { none: "", inconclusive: "", maintenance: "", up: "", down: "" };
  let start = 0;
  for (let end = 1; end <= days.length; end++) {
    const [first, next] = [days[start], days[end]];
    if (first === undefined || (next !== undefined && isAlike(first, next))) continue;
    const [look, width] = [displayStatusOf(first), end - start];
    const rectangle = (top: number, bottom: number): string =>
      `M${start} ${top}h${width}v${bottom - top}h-${width}z`;
    if (look === "down" || look === "maintenance") {
      const cut = 10 - footHeight(first);
      paths[look] += rectangle(cut, 10);
      // A gap between the two parts tells them apart without colours.
      if (cut > 1) paths.up += rectangle(0, cut - 1);
    } else {
      paths[look] += rectangle(TOPS[look], 10);
    }
    start = end;
  }
  return (Object.keys(paths) as DayStatus[])
    .map((look) => (paths[look] === "" ? "" : `<path class="${look}" d="${paths[look]}"/>`))
    .join("");
}

function isAlike(a: DayBar, b: DayBar): boolean {
  const look = displayStatusOf(a);
  return look === displayStatusOf(b) && footHeight(a) === footHeight(b);
}

/** The same in words. */
export function barText(days: readonly DayBar[]): string {
  const count = (look: DayStatus): number => days.filter((day) => displayStatusOf(day) === look).length;
  const parts = [
    [count("down"), "with failures"],
    [count("maintenance"), "with maintenance"],
    [count("inconclusive"), "without a result"],
    [count("none"), "without data"],
  ] as const;
  const told = parts.filter(([days]) => days > 0).map(([days, how]) => `${plural(days, "day")} ${how}`);
  return `${days.length} days: ${told.length === 0 ? "no failures" : told.join(", ")}`;
}
