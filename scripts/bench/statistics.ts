/** The middle one; of an even number, the mean of the two in the middle. @throws of none */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = Math.floor(sorted.length / 2);
  const above = sorted[half];
  const below = sorted.length % 2 === 0 ? sorted[half - 1] : above;
  if (above === undefined || below === undefined) throw new Error("there is no median of nothing");
  return (above + below) / 2;
}

/** Median of those that are known; null when none is. */
export function medianOf(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : median(known);
}

/** How many times as large; null where one is not known, or there is nothing to compare with. */
export function ratio(value: number | null, base: number | null): number | null {
  return value === null || base === null || base === 0 ? null : value / base;
}

/** Three digits that count, and more where they stand before the point. */
export function format(value: number | null): string {
  if (value === null) return "–";
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const text = Number.isInteger(value) ? String(value) : value.toFixed(digits);
  return text.replace(/\B(?=(\d{3})+(?!\d))(?<!\.\d*)/g, ",");
}
