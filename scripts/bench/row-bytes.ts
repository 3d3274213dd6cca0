import type { SQLOutputValue } from "node:sqlite";

/**
 * Bytes that SQLite stores for one row of a table with an INTEGER PRIMARY KEY: pointer, length, key, header and
 * values. Pages that are not full come on top. After https://www.sqlite.org/fileformat.html, 1.6 and 2.1.
 */
export function bytesOfRow(key: number, values: readonly SQLOutputValue[]): number {
  const sizes = values.map(sizeOf);
  const header = sizes.reduce((sum, { type }) => sum + varintBytes(type), 1);
  const payload = header + sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  return CELL_POINTER + varintBytes(payload) + varintBytes(key) + payload;
}

const CELL_POINTER = 2;

/** The serial type of a value, and what follows the header for it. The key itself is stored as null. */
function sizeOf(value: SQLOutputValue): { readonly type: number; readonly bytes: number } {
  if (value === null) return { type: 0, bytes: 0 };
  if (typeof value === "string") return lengthOf(new TextEncoder().encode(value).length, 13);
  if (typeof value === "object") return lengthOf(value.byteLength, 12);
  if (value === 0 || value === 1) return { type: 8, bytes: 0 };
  if (!Number.isInteger(Number(value))) return { type: 7, bytes: 8 };
  const magnitude = value < 0 ? -Number(value) - 1 : Number(value);
  const bytes = [1, 2, 3, 4, 6].find((size) => magnitude < 2 ** (size * 8 - 1)) ?? 8;
  return { type: 1, bytes };
}

function lengthOf(bytes: number, firstType: number): { readonly type: number; readonly bytes: number } {
  return { type: bytes * 2 + firstType, bytes };
}

/** Seven bits a byte, and eight in the ninth. */
function varintBytes(value: number): number {
  let bytes = 1;
  for (let left = value; left >= 128 && bytes < 9; left = Math.floor(left / 128)) bytes += 1;
  return bytes;
}
