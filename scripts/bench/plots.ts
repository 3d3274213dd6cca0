import type { Plot } from "./plot.ts";
import { PLAIN } from "./scenarios.ts";
import { bytesPerCheck, perThousand, type Figures } from "./summary.ts";
import { CHECKER } from "./systems.ts";

/** A plot, and the name of its file in docs/. */
export interface NamedPlot extends Plot {
  readonly file: string;
}

/** Those for which at least two sizes were measured. */
export function plotsOf(figures: readonly Figures[]): readonly NamedPlot[] {
  const shown = figures.filter(({ scenario }) => scenario.name === PLAIN);
  const ours = shown.filter(({ system }) => system === CHECKER);
  const linesOf = (some: readonly Figures[], of: (one: Figures) => number | null): Plot["lines"] =>
    [...Map.groupBy(some, ({ system }) => system)].map(([name, group]) => ({
      name,
      points: group.flatMap((one) => {
        const value = of(one);
        return value === null ? [] : [[one.targets, value] as const];
      }),
    }));
  const after = "targets answer after 100 ms";
  const plots: readonly NamedPlot[] = [
    {
      file: "performance-tick.svg",
      title: `Time of a tick (${after})`,
      axis: "ms",
      lines: linesOf(shown, ({ tookMs }) => tookMs),
      logarithmic: true,
    },
    {
      file: "performance-cpu.svg",
      title: `CPU of the runtime for a check (${after})`,
      axis: "ms",
      lines: linesOf(shown, ({ cpuPerCheckMs }) => cpuPerCheckMs),
      logarithmic: false,
    },
    {
      file: "performance-rows.svg",
      title: "Rows of D1 written for 1,000 checks",
      axis: "rows",
      lines: linesOf(ours, ({ stored, targets }) =>
        stored === null ? null : perThousand(stored.rowsWritten, targets),
      ),
      logarithmic: true,
    },
    {
      file: "performance-bytes.svg",
      title: "Bytes stored for a check",
      axis: "bytes",
      lines: linesOf(ours, (one) => bytesPerCheck(one)),
      logarithmic: false,
    },
    {
      file: "performance-memory.svg",
      title: "Memory of Checker's isolate",
      axis: "MB",
      lines: linesOf(ours, ({ heap }) => (heap === null ? null : heap / 1e6)),
      logarithmic: false,
    },
  ];
  return plots.filter(({ lines }) => lines.some(({ points }) => points.length > 1));
}
