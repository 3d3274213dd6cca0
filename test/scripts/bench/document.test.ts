import { expect, test } from "vitest";
import { renderDocument, type Findings } from "../../../scripts/bench/document.ts";
import { judgeGoals } from "../../../scripts/bench/goals.ts";
import { plotsOf } from "../../../scripts/bench/plots.ts";
import { SCENARIOS } from "../../../scripts/bench/scenarios.ts";
import type { Figures } from "../../../scripts/bench/summary.ts";
import { figures, floor, scenario, stored } from "./support.ts";

function checkResults(all: readonly Figures[], options: Partial<Findings["options"]> = {}): Findings {
  return {
    options: { targets: [50, 1_000], scenarios: SCENARIOS, runs: 5, ...options },
    figures: all,
    goals: judgeGoals(all),
    machine: {
      cpu: "A Processor",
      cores: 2,
      memory: 8,
      load: 0.25,
      node: "24.0.0",
      workerd: "1.2.3",
      wrangler: "4.5.6",
    },
    plots: plotsOf(all),
  };
}

const SIZES = [50, 1_000].flatMap((targets) => [
  floor({ targets }),
  figures({ targets, stored: stored({ sampleBytes: targets * 3 }) }),
]);

test("the document names the machine and the command that was run", () => {
  expect(renderDocument(checkResults(SIZES)).split("\n").slice(0, 14)).toEqual([
    "# Performance",
    "",
    "Made by `npm run bench -- --write`; do not edit it by hand.",
    "",
    "Measured on 2 cores of A Processor with 8 GiB, node 24.0.0, workerd 1.2.3, wrangler 4.5.6, by",
    "",
    "```sh",
    "npm run bench -- --targets 50,1000 --runs 5 --write",
    "```",
    "",
    "The load before was 0.25: processes that wanted to run, on the average of a minute. On an idle machine it is near 0.",
    "",
    "Times differ from machine to machine, and with what else it does: compare ratios, which are of one run. Rows,",
    "bytes and connections do not.",
  ]);
});

test("a part of the scenarios is named in the command", () => {
  const text = renderDocument(
    checkResults(SIZES, { scenarios: [scenario("at once"), scenario("1 % hanging")] }),
  );
  expect(text).toContain(
    '\nnpm run bench -- --targets 50,1000 --runs 5 --scenarios "at once,1 % hanging" --write\n',
  );
});

test("the document says how many goals were missed", () => {
  expect(renderDocument(checkResults(SIZES))).toContain("\nAll are met. ");
  const bad = [floor(), figures({ peakOfShard: 8, stored: stored({ wrong: 1 }) })];
  expect(renderDocument(checkResults(bad))).toContain("\nOf 7, 2 missed. ");
});

test("the document has plots and growth where several sizes were measured", () => {
  const headings = (text: string): readonly string[] => text.split("\n").filter((line) => /^#|^!/.test(line));
  const one = renderDocument(checkResults([floor(), figures()]));
  expect(headings(one)).toEqual([
    "# Performance",
    "## Goals",
    "## Time, CPU and memory",
    "## What Checker stores",
    "## What is measured, and how",
    "## The scenarios",
    "## What only production can show",
  ]);
  expect(headings(renderDocument(checkResults(SIZES)))).toContain("## How it grows");
  expect(renderDocument(checkResults(SIZES))).toContain(
    "\n![Time of a tick (targets answer after 100 ms)](performance-tick.svg)\n",
  );
});

test("another monitor is explained where it was measured", () => {
  const text = "- **UptimeFlare** is its own worker from a checkout";
  expect(renderDocument(checkResults(SIZES))).not.toContain(text);
  expect(renderDocument(checkResults([floor({ system: "UptimeFlare" })]))).toContain(
    "\nCHECKER_BENCH_UPTIMEFLARE=… npm run bench ",
  );
  expect(renderDocument(checkResults([...SIZES, floor({ system: "UptimeFlare" })]))).toContain(text);
});
