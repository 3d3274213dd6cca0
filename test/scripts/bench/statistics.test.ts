import { expect, test } from "vitest";
import { format, median, medianOf, ratio } from "../../../scripts/bench/statistics.ts";

test("the median is the middle one, whatever their order", () => {
  expect(median([9, 100, 10])).toBe(10);
});

test("the median of an even number is the mean of the two in the middle", () => {
  expect(median([4, 1, 100, 2])).toBe(3);
});

test("nothing has no median", () => {
  expect(() => median([])).toThrow("there is no median of nothing");
  expect(medianOf([null, null])).toBeNull();
});

test("what is not known does not count", () => {
  expect(medianOf([null, 5, 7, null, 6])).toBe(6);
});

test("a ratio needs both, and something to compare with", () => {
  expect(ratio(3, 2)).toBe(1.5);
  expect(ratio(null, 2)).toBeNull();
  expect(ratio(3, null)).toBeNull();
  expect(ratio(3, 0)).toBeNull();
});

test("numbers are written with the digits that count", () => {
  expect([0, 7, 1.234, 12.34, 123.4, 1_234.5, 1_234_567, -0.456, null].map(format)).toEqual([
    "0",
    "7",
    "1.23",
    "12.3",
    "123",
    "1,235",
    "1,234,567",
    "-0.46",
    "–",
  ]);
});
