import { describe, expect, test } from "vitest";
import type { DayBar } from "../../../src/history/ports.ts";
import { barPaths, barText } from "../../../src/web/charts/bars.ts";
import { percent } from "../../../src/web/charts/numbers.ts";
import { sparkPath } from "../../../src/web/charts/spark.ts";

function day(up: number, down = 0, inconclusive = 0, missed = 0, maintenance = 0): DayBar {
  return { atMs: 0, up, down, inconclusive, missed, maintenance };
}

describe("bars", () => {
  test("of days that look alike are one rectangle, and each look has a height of its own", () => {
    const days = [day(0), day(0), day(1_440), day(1), day(0, 0, 5), day(0, 0, 0, 9), day(3)];
    expect(barPaths(days)).toBe(
      `<path class="none" d="M0 8h2v2h-2z"/>` +
        `<path class="inconclusive" d="M4 5h2v5h-2z"/>` +
        `<path class="up" d="M2 0h2v10h-2zM6 0h1v10h-1z"/>`,
    );
    expect(barText(days)).toBe("7 days: 2 days without a result, 2 days without data");
  });

  test("show one failed run among 1,440, cut off from what was up", () => {
    expect(barPaths([day(1_439, 1)])).toBe(
      `<path class="up" d="M0 0h1v6h-1z"/><path class="down" d="M0 7h1v3h-1z"/>`,
    );
  });

  test("grow with the share of failures, up to the whole", () => {
    expect(barPaths([day(1, 1)])).toContain(`class="down" d="M0 5h1v5h-1z"`);
    expect(barPaths([day(0, 7)])).toBe(`<path class="down" d="M0 0h1v10h-1z"/>`);
    expect(barPaths([day(1, 20)])).toBe(`<path class="down" d="M0 0h1v10h-1z"/>`);
  });

  test("of two bad days that are unlike stay two", () => {
    expect(barPaths([day(1, 1), day(0, 1)])).toContain(`class="down" d="M0 5h1v5h-1zM1 0h1v10h-1z"`);
  });

  test("say in words what they show", () => {
    expect(barText([day(1), day(2)])).toBe("2 days: no failures");
    expect(barText([day(1, 1), day(0, 1), day(0)])).toBe("3 days: 2 days with failures, 1 day without data");
  });
});

describe("a line of latencies", () => {
  test("is drawn from zero, in steps", () => {
    expect(sparkPath([50, 100, 0, 100])).toBe("M0 4l0 0 1 -4 1 9 1 -9");
  });

  test("has a gap where there is no value, and a dot for a value alone", () => {
    expect(sparkPath([null, 10, null, null, 10, 5])).toBe("M1 0l0 0M4 0l0 0 1 4");
    expect(sparkPath([null, null])).toBe("");
  });

  test("of nothing but zeros lies on the ground", () => {
    expect(sparkPath([0, 0])).toBe("M0 9l0 0 1 0");
  });
});

test.each([
  [1, "100 %"],
  [0, "0 %"],
  [0.99995, "99.99 %"],
  [0.999, "99.90 %"],
  [0.57, "57.00 %"],
  [1 / 3, "33.33 %"],
])("%d is %s: a failure never reads as 100 %%", (share, text) => {
  expect(percent(share)).toBe(text);
});
