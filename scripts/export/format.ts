/** Lines of an export as text. */

export type Cell = string | number | null;
export type Format = "csv" | "ndjson";

/** What a spreadsheet takes for a formula. Source: https://owasp.org/www-community/attacks/CSV_Injection */
const FORMULA = /^[=+\-@\t\r]/;

/**
 * What stands before the first line: the names of columns, or nothing.
 *
 * @param columns as in every line
 */
export function headOf(columns: readonly string[], format: Format): string {
  return format === "csv" ? csvLine(columns, true) : "";
}

/**
 * One line with its end. Null is an empty cell of CSV.
 *
 * @param raw leave texts of CSV as they are that a spreadsheet would run
 */
export function formatLine(
  columns: readonly string[],
  cells: readonly Cell[],
  format: Format,
  raw: boolean,
): string {
  if (format === "csv") return csvLine(cells, raw);
  return `${JSON.stringify(Object.fromEntries(columns.map((name, index) => [name, cells[index] ?? null])))}\n`;
}

/** @see https://www.rfc-editor.org/rfc/rfc4180#section-2 */
function csvLine(cells: readonly Cell[], raw: boolean): string {
  return `${cells.map((cell) => csvCell(cell, raw)).join(",")}\r\n`;
}

function csvCell(cell: Cell, raw: boolean): string {
  if (cell === null) return "";
  // Numbers are counts and times of ours.
  if (typeof cell === "number") return String(cell);
  const text = !raw && FORMULA.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
