/** A parameter of D1 has 2 MB at most; so many characters fit whatever they are in UTF-8. */
const MAX_LENGTH = 600_000;

/**
 * Rows as JSON texts for `json_each`, as few as will hold them: a statement takes 100 parameters at most,
 * and each statement counts as a query, so rows do not travel one by one.
 */
export function jsonRows(rows: readonly unknown[]): string[] {
  const texts: string[] = [];
  let current: string[] = [];
  let length = 0;
  for (const row of rows) {
    const text = JSON.stringify(row);
    if (length + text.length > MAX_LENGTH && current.length > 0) {
      texts.push(`[${current.join(",")}]`);
      current = [];
      length = 0;
    }
    current.push(text);
    length += text.length + 1;
  }
  if (current.length > 0) texts.push(`[${current.join(",")}]`);
  return texts;
}
