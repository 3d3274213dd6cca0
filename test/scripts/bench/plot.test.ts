import { expect, test } from "vitest";
import { decades, renderPlot, steps } from "../../../scripts/bench/plot.ts";
import { plotsOf } from "../../../scripts/bench/plots.ts";
import { figures, floor, scenario } from "./support.ts";

test("steps are round and reach the highest value", () => {
  expect(steps(0.7)).toEqual([0, 0.2, 0.4, 0.6, 0.8]);
  expect(steps(5)).toEqual([0, 1, 2, 3, 4, 5]);
  expect(steps(243)).toEqual([0, 50, 100, 150, 200, 250]);
});

test("decades enclose all values, and are two at least", () => {
  expect(decades([74, 5_100])).toEqual([10, 100, 1_000, 10_000]);
  expect(decades([1_000])).toEqual([1_000, 10_000]);
});

const PLOT = {
  title: "Time of a tick & more",
  axis: "ms",
  lines: [
    {
      name: "floor",
      points: [
        [50, 100],
        [5_000, 10_000],
      ] as const,
    },
    {
      name: "Checker",
      points: [
        [50, 1_000],
        [5_000, 10_000],
      ] as const,
    },
  ],
  logarithmic: true,
};

test("a point stands where its logarithms are", () => {
  const lines = [...renderPlot(PLOT).matchAll(/<polyline class="line (l\d)".* points="(.*)"/g)];
  expect(lines.map(([, name, points]) => [name, points])).toEqual([
    ["l0", "90,300 480,44"],
    ["l1", "90,172 480,44"],
  ]);
});

test("every text of a plot is there, and escaped", () => {
  const texts = [...renderPlot(PLOT).matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text);
  expect(texts).toEqual([
    "Time of a tick &amp; more",
    "100",
    "1,000",
    "10,000",
    "50",
    "5,000",
    "targets",
    "ms",
    "floor",
    "Checker",
  ]);
});

test("a plot is light or dark as the reader's screen is", () => {
  expect(renderPlot(PLOT)).toMatch(
    /\.bg { fill: #fff }[^]*prefers-color-scheme: dark[^]*\.bg { fill: #0d1117 }/,
  );
});

test("each plot has a line for each system, of plain targets alone", () => {
  const all = [50, 1_000].flatMap((targets) => [
    floor({ targets }),
    figures({ targets }),
    figures({ targets, scenario: scenario("at once"), tookMs: 1 }),
  ]);
  const plots = plotsOf(all);
  expect(plots.map(({ file }) => file)).toEqual([
    "performance-tick.svg",
    "performance-cpu.svg",
    "performance-rows.svg",
    "performance-bytes.svg",
    "performance-memory.svg",
  ]);
  expect(plots[0]?.lines).toEqual([
    {
      name: "floor",
      points: [
        [50, 1_000],
        [1_000, 1_000],
      ],
    },
    {
      name: "Checker",
      points: [
        [50, 1_200],
        [1_000, 1_200],
      ],
    },
  ]);
  expect(plots[2]?.lines).toEqual([
    {
      name: "Checker",
      points: [
        [50, 80],
        [1_000, 4],
      ],
    },
  ]);
});

test("one size makes no plot", () => {
  expect(plotsOf([floor(), figures()])).toEqual([]);
});

test("an axis and a line enclose no area", () => {
  expect(renderPlot(PLOT)).toMatch(/\.axis { fill: none;[^]*\.line { fill: none;/);
});
