import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonRows } from "../../../src/storage/d1/json-rows.ts";

const LIMIT = 600_000;

function rowsIn(texts: readonly string[]): unknown[] {
  return texts.flatMap((text) => JSON.parse(text) as unknown[]);
}

test("no rows are no text", () => {
  expect(jsonRows([])).toEqual([]);
});

test("what fits is one text", () => {
  const rows = Array.from({ length: 5_000 }, (_, index) => [index, "x".repeat(100)]);
  const texts = jsonRows(rows);
  expect(texts).toHaveLength(1);
  expect(rowsIn(texts)).toEqual(rows);
});

test("what does not fit is several, none longer than a parameter may be, and no row is lost", () => {
  const rows = Array.from({ length: 40 }, (_, index) => [index, "é".repeat(90_000)]);
  const texts = jsonRows(rows);
  expect(texts).toHaveLength(7);
  for (const text of texts) expect(new TextEncoder().encode(text).length).toBeLessThan(2_000_000);
  expect(rowsIn(texts)).toEqual(rows);
});

test("a row that is too long by itself stands alone", () => {
  const rows = ["short", "x".repeat(LIMIT), "short"];
  expect(jsonRows(rows)).toEqual(rows.map((row) => JSON.stringify([row])));
});

test("whatever the rows are, they come in order, and no text is longer than it must be", () => {
  const row = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom(0, 1_000, 200_000, 299_000, 599_990, 700_000).map((length) => "x".repeat(length)),
  );
  fc.assert(
    fc.property(fc.array(row, { maxLength: 8 }), (rows) => {
      const texts = jsonRows(rows);
      expect(JSON.stringify(rowsIn(texts))).toBe(JSON.stringify(rows));
      for (const [index, text] of texts.entries()) {
        expect(text.length <= LIMIT + 2 || rowsIn([text]).length === 1).toBe(true);
        const [next] = rowsIn(texts.slice(index + 1));
        const last = index === texts.length - 1;
        expect(last || text.length + JSON.stringify(next).length > LIMIT).toBe(true);
      }
    }),
    { seed: 6, numRuns: 60 },
  );
});
