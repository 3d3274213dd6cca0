import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { renderDocument } from "./document.ts";
import type { Goal } from "./goals.ts";
import type { Machine } from "./machine.ts";
import type { BenchOptions } from "./options.ts";
import { renderPlot } from "./plot.ts";
import { plotsOf } from "./plots.ts";
import type { Figures } from "./summary.ts";

/** Writes docs/performance.md and its plots, and says which files these are, from the project's folder on. */
export async function writePerformance(
  root: string,
  options: BenchOptions,
  figures: readonly Figures[],
  goals: readonly Goal[],
  machine: Machine,
): Promise<readonly string[]> {
  const plots = plotsOf(figures);
  const document = renderDocument({ options, figures, goals, machine, plots });
  const files = [
    { path: "docs/performance.md", text: document },
    ...plots.map((plot) => ({ path: `docs/${plot.file}`, text: renderPlot(plot) })),
  ];
  for (const { path, text } of files) await writeFile(join(root, path), text);
  return files.map(({ path }) => path);
}
