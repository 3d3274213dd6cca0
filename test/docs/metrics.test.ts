import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { exposition } from "../../src/web/metrics/exposition.ts";
import { metricFamilies } from "../../src/web/metrics/metrics.ts";
import { everything } from "../support/api/metrics.ts";

test("the metrics reference lists every metric with its labels, and no others", async () => {
  const text = await readFile(join(import.meta.dirname, "../../docs/reference/metrics.md"), "utf8");
  const documented = new Map<string, string>();
  for (const [, cell = ""] of text.matchAll(/^\| (`checker_.*?) +\|/gm)) {
    for (const [, name = "", labels = ""] of cell.matchAll(/`(\w+)(?:\{(.*?)\})?`/g))
      documented.set(name, labels);
  }
  const found = new Map<string, string>();
  for (const line of exposition(metricFamilies(everything()), "openmetrics").split("\n")) {
    const [, name, labels = ""] = /^(\w+)(?:\{(.*)\})? /.exec(line) ?? [];
    if (name !== undefined)
      found.set(name, [...labels.matchAll(/([a-z]+)="/g)].map(([, label]) => label).join(", "));
  }
  const tidy = (map: ReadonlyMap<string, string>) =>
    [...map].map(([name, labels]) => `${name} ${labels}`).toSorted();
  expect(tidy(documented)).toEqual(tidy(found));
});
