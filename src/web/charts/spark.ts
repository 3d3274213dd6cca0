/** Width of the drawing is the number of points less one, its height this. */
export const SPARK_HEIGHT = 9;

/**
 * A line through the points as the data of an SVG path, with whole numbers and steps: short, and much alike for many
 * jobs. What has no value is a gap. The scale begins at zero, so that noise is not drawn as a mountain.
 */
export function sparkPath(values: readonly (number | null)[]): string {
  const most = Math.max(1, ...values.map((value) => value ?? 0));
  let path = "";
  let before: number | null = null;
  for (const [x, value] of values.entries()) {
    if (value === null) {
      before = null;
      continue;
    }
    const y = SPARK_HEIGHT - Math.round((value / most) * SPARK_HEIGHT);
    // A point alone is a dot: the line's ends are round.
    path += before === null ? `M${x} ${y}l0 0` : ` 1 ${y - before}`;
    before = y;
  }
  return path;
}
